import { type Admin, type TopicPartition, topicPartitionName } from '@spillway/api'
import { messageOf } from '../../core/errors.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { StreamsLogger } from '../streams-logger.ts'
import type { TaskPlans } from '../topics/task-plans.ts'

export interface StateLagsSettings {
  readonly directory: StateDirectory
  readonly plans: TaskPlans
  readonly admin: Admin
  /** Of tasks that threads of this process have open: records that their stores lack. */
  readonly open: () => ReadonlyMap<string, bigint>
  readonly logger: StreamsLogger
}

/** What a file said when it was read. */
interface KeptOffsets {
  readonly lastWrite: number
  readonly offsets: ReadonlyMap<string, bigint>
}

/**
 * How much a process lacks of each task's state that it keeps, whether a thread has it open or it lies on disk: so that the leader
 * gives tasks to who has their state. Corresponds to Java's `TaskManager.taskOffsetSums`.
 */
export class StateLags {
  readonly #settings: StateLagsSettings
  readonly #kept = new Map<string, KeptOffsets>()
  /** Ends of changelog partitions when they were last asked for. */
  #ends: ReadonlyMap<string, bigint> = new Map()

  constructor(settings: StateLagsSettings) {
    this.#settings = settings
  }

  /** By task. */
  current(): ReadonlyMap<string, bigint> {
    const lags = new Map(this.#settings.open())
    for (const [taskId, offsets] of this.#dormant()) {
      if (lags.has(taskId)) continue
      const lag = this.#lagOf(taskId, offsets)
      if (lag !== undefined) lags.set(taskId, lag)
    }
    return lags
  }

  /** Asks for the ends of the changelogs of state that lies on disk. A failure is told; what was known stays. */
  async refresh(): Promise<void> {
    const partitions = [...this.#dormant()].flatMap(([taskId]) =>
      this.#changelogsOf(taskId).map(({ at }) => at),
    )
    if (partitions.length === 0) return
    try {
      const ends = await this.#settings.admin.listOffsets(partitions, 'latest')
      this.#ends = new Map(partitions.map((at, index) => [topicPartitionName(at), ends[index] as bigint]))
    } catch (error) {
      this.#settings.logger.debug(`the ends of changelogs could not be read: ${messageOf(error)}`)
    }
  }

  /** State that no thread has open. Files are read again when they were written since. */
  *#dormant(): Iterable<readonly [taskId: string, offsets: ReadonlyMap<string, bigint>]> {
    const { directory } = this.#settings
    for (const taskId of directory.tasks()) {
      if (directory.isLocked(taskId)) continue
      const lastWrite = directory.lastWrite(taskId)
      let kept = this.#kept.get(taskId)
      if (kept?.lastWrite !== lastWrite) {
        const offsets = directory.offsets(taskId)
        if (offsets === undefined) continue
        kept = { lastWrite, offsets }
        this.#kept.set(taskId, kept)
      }
      yield [taskId, kept.offsets]
    }
  }

  #lagOf(taskId: string, offsets: ReadonlyMap<string, bigint>): bigint | undefined {
    let lag: bigint | undefined
    for (const { storeName, at } of this.#changelogsOf(taskId)) {
      const end = this.#ends.get(topicPartitionName(at))
      if (end === undefined) return undefined
      const from = offsets.get(storeName) ?? 0n
      lag = (lag ?? 0n) + (end > from ? end - from : 0n)
    }
    return lag
  }

  #changelogsOf(taskId: string): readonly { readonly storeName: string; readonly at: TopicPartition }[] {
    const { plans } = this.#settings
    const planned = plans.current?.tasks.get(taskId)
    if (planned === undefined) return []
    return plans.topics
      .changelogsOf(planned)
      .map(({ storeName, topic }) => ({ storeName, at: { topic, partition: planned.partition } }))
  }
}
