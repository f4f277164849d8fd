import type { Consumer, ConsumerRecord, TopicPartition } from '@spillway/api'
import { Headers } from '../core/headers.ts'
import type { StreamTask, TaskProgress } from '../runtime/stream-task.ts'
import type { TaskChangelog } from '../runtime/task-stores.ts'
import type { StartOffset } from './topics/start-offsets.ts'

/** Where a task of a thread stands in its life (Java: `Task.State`). */
export type AssignedTaskState = 'CREATED' | 'RESTORING' | 'RUNNING' | 'SUSPENDED' | 'CLOSED'

/** What a consumer knows of where it stands, without a request. */
export type ReadPositions = Pick<Consumer, 'lag' | 'endOffset'>

/** Records of a partition that are not processed yet; undefined while that is not known. */
export interface InputLag extends TopicPartition {
  readonly lag: number | undefined
}

/** The sum; undefined where one of them is not known. */
export function sumOfLags(lags: readonly InputLag[]): number | undefined {
  return lags.reduce<number | undefined>(
    (sum, { lag }) => (sum === undefined || lag === undefined ? undefined : sum + lag),
    0,
  )
}

/** A task that a thread has been given, and the topics it reads. */
export class AssignedTask {
  readonly id: string
  readonly task: StreamTask
  /** By topic. */
  readonly partitions: ReadonlyMap<string, TopicPartition>
  readonly #starts: ReadonlyMap<string, StartOffset>
  /** By topic. */
  readonly #committed = new Map<string, bigint>()
  /** Where the rows of stores stand that are open already, by store; undefined: the stores are to be opened. */
  readonly kept: ReadonlyMap<string, bigint> | undefined
  state: AssignedTaskState = 'CREATED'
  /** Not before this time are the stores opened once more, ms: somebody else still had them. */
  retryAt = -Infinity
  /** What it waits for before it goes on: an answer that a serde needs. */
  waiting: { isOver: boolean } | undefined
  changelogs: readonly TaskChangelog[] = []
  /** By store: the changelog offset that the restored rows stand for. */
  readonly restoredTo = new Map<string, bigint>()

  constructor(
    task: StreamTask,
    partitions: ReadonlyMap<string, TopicPartition>,
    starts: ReadonlyMap<string, StartOffset>,
    kept?: ReadonlyMap<string, bigint>,
  ) {
    this.id = task.id
    this.task = task
    this.partitions = partitions
    this.#starts = starts
    this.kept = kept
  }

  /** Where the task began to read the topic. */
  startOffset(topic: string): bigint {
    return this.#starts.get(topic)?.offset ?? 0n
  }

  /** The first offset of the topic that the task's rows do not include. */
  nextOffset(topic: string): bigint {
    return this.task.consumedOffset(topic) ?? this.startOffset(topic)
  }

  /** How far it has come: over all that its topics have at present, where it has processed the last record of it. */
  progress(consumer: ReadPositions): ReadonlyMap<string, TaskProgress> {
    return new Map(
      [...this.task.progress()].map(([topic, { offset, metadata }]) => {
        const end = this.#endIfRead(consumer, topic)
        return [topic, { offset: end !== undefined && end > offset ? end : offset, metadata }]
      }),
    )
  }

  /** A commit with this progress lasts. */
  committed(progress: ReadonlyMap<string, TaskProgress>): void {
    for (const [topic, { offset }] of progress) this.#committed.set(topic, offset)
  }

  /**
   * Whether it has read on over what is no record since its last commit, as the end of a transaction: without a commit of that, the
   * group would seem to lag behind for ever.
   */
  hasPassedMarkers(consumer: ReadPositions): boolean {
    for (const [topic, committed] of this.#committed)
      if ((this.#endIfRead(consumer, topic) ?? 0n) > committed) return true
    return false
  }

  /** Records that wait to be processed, in its topics and in memory. */
  inputLags(consumer: ReadPositions): InputLag[] {
    return [...this.partitions.values()].map((partition) => {
      const lag = consumer.lag(partition)
      const waiting = this.task.waiting(partition.topic)
      return { ...partition, lag: lag === undefined ? undefined : Number(lag) + waiting }
    })
  }

  #endIfRead(consumer: ReadPositions, topic: string): bigint | undefined {
    const partition = this.partitions.get(topic)
    if (partition === undefined || this.task.waiting(topic) > 0 || consumer.lag(partition) !== 0n)
      return undefined
    return consumer.endOffset(partition)
  }

  /** Where another life of the task begins, that had come so far. */
  startsAfter(progress: ReadonlyMap<string, TaskProgress>): ReadonlyMap<string, StartOffset> {
    return new Map([...this.#starts].map(([topic, start]) => [topic, progress.get(topic) ?? start]))
  }

  /** Makes the nodes: from here on it takes records. */
  start(): void {
    this.task.start(new Map([...this.#starts].map(([topic, { metadata }]) => [topic, metadata])))
    this.state = 'RUNNING'
  }

  add(record: ConsumerRecord): void {
    const { topic, offset, timestamp, key, value, headers } = record
    this.task.add(topic, { offset, timestamp, key, value, headers: Headers.over(headers) })
  }

  /**
   * What the rows stand for, once what was sent is acknowledged.
   *
   * @param acknowledged the offset after the last record of a changelog that this thread has written
   */
  changelogOffsets(
    acknowledged: (topic: string, partition: number) => bigint | undefined,
  ): ReadonlyMap<string, bigint> {
    const offsets = new Map<string, bigint>()
    const progress = this.state === 'RUNNING' ? this.task.progress() : new Map<string, never>()
    for (const { storeName, topic, isSource } of this.changelogs) {
      const restored = this.restoredTo.get(storeName)
      if (restored === undefined) continue
      const written = isSource
        ? progress.get(topic)?.offset
        : this.state === 'RUNNING'
          ? acknowledged(topic, this.task.context.taskPartition)
          : undefined
      offsets.set(storeName, written !== undefined && written > restored ? written : restored)
    }
    return offsets
  }
}
