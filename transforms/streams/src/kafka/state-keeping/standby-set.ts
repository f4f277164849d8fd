import { type Admin, type Clock, type Consumer, type TopicPartition, TopicPartitionMap } from '@spillway/api'
import { LockException, messageOf } from '../../core/errors.ts'
import type { StreamTask } from '../../runtime/stream-task.ts'
import type { TaskChangelog } from '../../runtime/task-stores.ts'
import type { StateStore } from '../../stores/key-value-store.ts'
import type { ChangelogReader, Restore } from '../changelog-reader.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { StreamsLogger } from '../streams-logger.ts'
import { planRestores } from './restore-plan.ts'
import { TaskInputs, makeTask, type TaskMakerSettings } from '../task-maker.ts'
import type { PlannedTask } from '../topics/topology-topics.ts'

/** How long to wait before a task's stores are opened once more, ms. */
export const lockRetryMs = 50
/** A changelog goes on for ever. */
const noEnd = 2n ** 63n - 1n

export interface StandbySetSettings extends TaskMakerSettings {
  readonly reader: ChangelogReader
  /** Without a group: asked for the beginnings of changelogs. */
  readonly restoreConsumer: Consumer
  readonly admin: Admin
  readonly directory: StateDirectory
  readonly clock: Clock
  readonly logger: StreamsLogger
}

/** A task whose stores are kept up. It has no nodes. */
interface Standby {
  readonly planned: PlannedTask
  readonly task: StreamTask
  readonly inputs: TaskInputs
  readonly changelogs: readonly TaskChangelog[]
  /** By store: the changelog offset that its committed rows stand for. */
  readonly committed: Map<string, bigint>
}

/** A task that is kept up, as others may read it. */
export interface StandbyCopy {
  readonly id: string
  readonly partition: number
  readonly stores: ReadonlyMap<string, StateStore>
  readonly changelogs: readonly TaskChangelog[]
}

/** A standby task that becomes an active one, its stores open. */
export interface FormerStandby {
  readonly task: StreamTask
  readonly inputs: TaskInputs
  /** By store: the changelog offset that its rows stand for. */
  readonly positions: ReadonlyMap<string, bigint>
}

/**
 * Copies of other processes' tasks: stores alone, kept up from their changelogs, so that the task can go on here at once.
 * Corresponds to Java's `StandbyTask`s of a `TaskManager`.
 */
export class StandbySet {
  readonly #settings: StandbySetSettings
  /** Who has the tasks' locks. */
  readonly #owner: object
  readonly #tasks = new Map<string, Standby>()
  #wanted: ReadonlySet<string> = new Set()
  #retryAt = -Infinity

  constructor(settings: StandbySetSettings, owner: object) {
    this.#settings = settings
    this.#owner = owner
  }

  get ids(): readonly string[] {
    return [...this.#tasks.keys()]
  }

  get copies(): readonly StandbyCopy[] {
    return [...this.#tasks.values()].map(({ planned, task, changelogs }) => ({
      id: planned.id,
      partition: planned.partition,
      stores: task.context.stores,
      changelogs,
    }))
  }

  /** From the next {@link open} on these are kept up, and no others. */
  want(taskIds: readonly string[]): void {
    this.#wanted = new Set(taskIds)
    this.#retryAt = -Infinity
  }

  /** Hands a task over that becomes an active one of the same thread. */
  take(taskId: string): FormerStandby | undefined {
    const standby = this.#tasks.get(taskId)
    if (standby === undefined) return undefined
    const positions = this.#positions(standby)
    this.#tasks.delete(taskId)
    this.#settings.reader.remove(taskId)
    return { task: standby.task, inputs: standby.inputs, positions }
  }

  /** Gives up what is not wanted any more, and begins what is wanted and free. */
  async open(): Promise<void> {
    for (const [taskId, standby] of this.#tasks) if (!this.#wanted.has(taskId)) this.#close(standby)
    if (this.#tasks.size === this.#wanted.size || this.#settings.clock.monotonic() < this.#retryAt) return
    const { plans, reader, logger, clock } = this.#settings
    const missing = [...this.#wanted].filter((taskId) => !this.#tasks.has(taskId))
    if (missing.some((taskId) => plans.current?.tasks.has(taskId) !== true)) await plans.refresh()
    const opened: Standby[] = []
    for (const taskId of missing) {
      const planned = plans.current?.tasks.get(taskId)
      const standby = planned === undefined ? undefined : this.#tryOpen(planned)
      if (standby === undefined) this.#retryAt = clock.monotonic() + lockRetryMs
      else opened.push(standby)
    }
    if (opened.length === 0) return
    let restores: readonly Restore[]
    try {
      restores = await this.#restores(opened)
    } catch (error) {
      for (const { task, planned } of opened) {
        task.abandon()
        this.#settings.directory.unlock(planned.id, this.#owner)
      }
      throw error
    }
    for (const standby of opened) this.#tasks.set(standby.planned.id, standby)
    reader.add(restores)
    logger.info(`keeps up standby tasks ${this.ids.join(', ')}`)
  }

  /** Makes rows durable, and reads on in topics that are a task's input too: up to where the task has come. */
  async commit(): Promise<void> {
    for (const standby of this.#tasks.values()) this.#commitRows(standby)
    const { consumer, reader } = this.#settings
    const sources = [...this.#tasks.values()].flatMap((standby) => sourcesOf(standby))
    if (sources.length === 0) return
    const committed = await consumer.committed(sources)
    for (const [index, partition] of sources.entries())
      reader.extend(partition, committed[index]?.offset ?? 0n)
  }

  /** Gives a task up with its rows, which do not fit its changelog: {@link open} begins it anew. */
  wipe(taskId: string): void {
    const standby = this.#tasks.get(taskId)
    if (standby === undefined) return
    // First, or its rows would be committed with the position in the changelog.
    this.#settings.reader.remove(taskId)
    standby.task.wipeStores()
    this.#close(standby)
  }

  /** Gives everything up; rows stay. */
  closeAll(): void {
    for (const standby of this.#tasks.values()) this.#close(standby)
  }

  /** Undefined while somebody else has the state. */
  #tryOpen(planned: PlannedTask): Standby | undefined {
    const { directory } = this.#settings
    if (!directory.lock(planned.id, this.#owner)) return undefined
    const inputs = new TaskInputs()
    const task = makeTask(this.#settings, planned, inputs)
    try {
      task.openStores()
    } catch (error) {
      directory.unlock(planned.id, this.#owner)
      if (error instanceof LockException) return undefined
      throw error
    }
    return { planned, task, inputs, changelogs: task.changelogs(), committed: new Map() }
  }

  async #restores(opened: readonly Standby[]): Promise<readonly Restore[]> {
    const sources = opened.flatMap((standby) => sourcesOf(standby))
    const committed = sources.length === 0 ? [] : await this.#settings.consumer.committed(sources)
    const read = new TopicPartitionMap(
      sources.map((partition, index) => [partition, committed[index]?.offset ?? 0n] as const),
    )
    return await planRestores(
      this.#settings,
      opened.flatMap(({ task, changelogs, planned: { partition } }) =>
        changelogs.map((changelog) => ({
          task,
          changelog,
          checkpoint: changelog.checkpoint,
          end: () => (changelog.isSource ? (read.get({ topic: changelog.topic, partition }) ?? 0n) : noEnd),
          isStandby: true,
        })),
      ),
    )
  }

  #positions({ changelogs, planned }: Standby): ReadonlyMap<string, bigint> {
    const { reader } = this.#settings
    return new Map(
      changelogs.flatMap(({ storeName, topic }) => {
        const position = reader.position(topic, planned.partition)
        return position === undefined ? [] : [[storeName, position] as const]
      }),
    )
  }

  #commitRows(standby: Standby): void {
    const positions = this.#positions(standby)
    if ([...positions].every(([store, position]) => standby.committed.get(store) === position)) return
    standby.task.prepareCommit()
    standby.task.committed(positions)
    for (const [store, position] of positions) standby.committed.set(store, position)
  }

  #close(standby: Standby): void {
    const { reader, directory, logger } = this.#settings
    const { id } = standby.planned
    try {
      this.#commitRows(standby)
    } catch (error) {
      logger.warn(`rows of standby task ${id} are lost, and will be read again: ${messageOf(error)}`)
    }
    this.#tasks.delete(id)
    reader.remove(id)
    try {
      standby.task.abandon()
    } finally {
      directory.unlock(id, this.#owner)
    }
  }
}

function sourcesOf({ changelogs, planned: { partition } }: Standby): readonly TopicPartition[] {
  return changelogs.filter(({ isSource }) => isSource).map(({ topic }) => ({ topic, partition }))
}
