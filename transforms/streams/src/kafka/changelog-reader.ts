import {
  type Consumer,
  type ConsumerRecord,
  OffsetOutOfRangeError,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import { TaskCorruptedException } from './errors.ts'
import { hasReached } from './state-keeping/log-end.ts'
import type { ChangelogRecord } from '../state/store.ts'

/** A store that is being restored. */
export interface Restore {
  readonly taskId: string
  readonly storeName: string
  readonly topic: string
  readonly partition: number
  /** First offset to apply. */
  readonly from: bigint
  /** Offset at which the store is as the changelog: known when the restore begins. */
  readonly end: bigint
  /** Goes on for ever, as a standby task does: {@link Restore.end} is only the end as far as it may be read at present. */
  readonly isStandby?: boolean
  /** Applies records, oldest first. */
  apply(records: readonly ChangelogRecord[]): void
}

/** Told of the progress of restores. Corresponds to Java's `StateRestoreListener`. */
export interface StateRestoreListener {
  onRestoreStart?(
    partition: TopicPartition,
    storeName: string,
    startingOffset: bigint,
    endingOffset: bigint,
  ): void
  onBatchRestored?(
    partition: TopicPartition,
    storeName: string,
    batchEndOffset: bigint,
    numRestored: number,
  ): void
  onRestoreEnd?(partition: TopicPartition, storeName: string, totalRestored: bigint): void
  /** The task has left before its store was restored. */
  onRestoreSuspended?(partition: TopicPartition, storeName: string, totalRestored: bigint): void
}

class Running {
  readonly restore: Restore
  position: bigint
  end: bigint
  restored = 0n

  constructor(restore: Restore) {
    this.restore = restore
    this.position = restore.from
    this.end = restore.end
  }

  get isStandby(): boolean {
    return this.restore.isStandby === true
  }

  get isDone(): boolean {
    return this.position >= this.end
  }

  get at(): TopicPartition {
    return { topic: this.restore.topic, partition: this.restore.partition }
  }
}

/** How much of a restore is done. */
export interface RestoreProgress {
  readonly taskId: string
  readonly storeName: string
  readonly partition: TopicPartition
  readonly position: bigint
  readonly end: bigint
}

/**
 * Brings stores back from their changelogs in slices, beside the processing of other tasks. Corresponds to Java's
 * `StoreChangelogReader`.
 */
export class ChangelogReader {
  readonly #consumer: Consumer
  readonly #listener: StateRestoreListener
  /** By `topic-partition`: several stores never share a changelog partition. */
  readonly #running = new Map<string, Running>()
  #assigned: ReadonlySet<Running> = new Set()
  #isClosed = false

  /** @param consumer without a group; nobody else uses it */
  constructor(consumer: Consumer, listener: StateRestoreListener) {
    this.#consumer = consumer
    this.#listener = listener
  }

  /** Whether no task waits for its stores. */
  get isIdle(): boolean {
    return !this.#hasActive
  }

  /** Whether there are stores to be kept up. */
  get hasStandbys(): boolean {
    return [...this.#running.values()].some(({ isStandby }) => isStandby)
  }

  /** Begins restores. One whose end is reached already is reported as done at once. */
  add(restores: readonly Restore[]): void {
    for (const restore of restores) {
      const running = new Running(restore)
      if (running.isStandby) {
        this.#running.set(topicPartitionName(restore), running)
        continue
      }
      this.#listener.onRestoreStart?.(running.at, restore.storeName, restore.from, restore.end)
      if (running.isDone) this.#listener.onRestoreEnd?.(running.at, restore.storeName, 0n)
      else this.#running.set(topicPartitionName(restore), running)
    }
    this.#assign()
  }

  /** Gives up the restores of a task. */
  remove(taskId: string): void {
    for (const [key, running] of this.#running) {
      if (running.restore.taskId !== taskId) continue
      this.#running.delete(key)
      if (!running.isStandby)
        this.#listener.onRestoreSuspended?.(running.at, running.restore.storeName, running.restored)
    }
    this.#assign()
  }

  isRestoring(taskId: string): boolean {
    return [...this.#running.values()].some(({ restore }) => restore.taskId === taskId)
  }

  /** Of tasks that wait for their stores. */
  progress(): readonly RestoreProgress[] {
    return [...this.#running.values()].filter(({ isStandby }) => !isStandby).map(progressOf)
  }

  /** Of stores that are kept up: their end is as far as the broker has told. */
  standbyProgress(): readonly RestoreProgress[] {
    return [...this.#running.values()]
      .filter(({ isStandby }) => isStandby)
      .map((running) => {
        const end = this.#consumer.endOffset(running.at)
        return {
          ...progressOf(running),
          end: end !== undefined && end > running.position ? end : running.position,
        }
      })
  }

  /** Lets the store of a standby task be read up to there. */
  extend({ topic, partition }: TopicPartition, end: bigint): void {
    const running = this.#running.get(topicPartitionName({ topic, partition }))
    if (running?.isStandby === true && end > running.end) running.end = end
  }

  /** Where the store of a running restore stands: what its rows include. */
  position(topic: string, partition: number): bigint | undefined {
    return this.#running.get(topicPartitionName({ topic, partition }))?.position
  }

  /**
   * Reads and applies a slice: one poll's worth of records. Stores that are kept up wait until no task waits for its own.
   *
   * @param waitMs how long to wait for records at most
   * @returns how many records were applied
   * @throws TaskCorruptedException when a changelog has lost what a store lacks
   */
  async step(waitMs: number): Promise<number> {
    if (this.#running.size === 0) return 0
    const isActive = this.#hasActive
    const wanted = [...this.#running.values()].filter((each) => each.isStandby !== isActive && !each.isDone)
    const records = await this.#poll(waitMs, wanted)
    this.#apply(records)
    let finished = false
    for (const [key, running] of this.#running) {
      if (running.isStandby) continue
      if (hasReached(this.#consumer, running.at, running.restore.end)) running.position = running.restore.end
      if (!running.isDone) continue
      finished = true
      this.#running.delete(key)
      this.#listener.onRestoreEnd?.(running.at, running.restore.storeName, running.restored)
    }
    if (finished) this.#assign()
    return records.length
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#running.clear()
    await this.#consumer.close()
  }

  async #poll(waitMs: number, wanted: readonly Running[]): Promise<readonly ConsumerRecord[]> {
    try {
      return await this.#consumer.poll(
        waitMs,
        wanted.map(({ at }) => at),
      )
    } catch (error) {
      if (!(error instanceof OffsetOutOfRangeError)) throw error
      const lost = error.partitions.flatMap((at) => this.#running.get(topicPartitionName(at)) ?? [])
      throw new TaskCorruptedException(
        [...new Set(lost.map(({ restore }) => restore.taskId))],
        true,
        `${error.partitions.map((at) => `${topicPartitionName(at)}@${at.offset}`).join(', ')} was to be restored from, and is not ` +
          'kept any more (purged, or the topic was made anew)',
        error,
      )
    }
  }

  #apply(records: readonly ConsumerRecord[]): void {
    for (let first = 0; first < records.length;) {
      const { topic, partition } = records[first] as ConsumerRecord
      let last = first
      while (last < records.length && isOf(records[last] as ConsumerRecord, topic, partition)) last++
      const running = this.#running.get(topicPartitionName({ topic, partition }))
      if (running !== undefined) this.#applyTo(running, records.slice(first, last))
      first = last
    }
  }

  #applyTo(running: Running, records: readonly ConsumerRecord[]): void {
    const { restore } = running
    // A source topic goes on behind the end: that is for the task itself.
    const due = records.filter(({ offset }) => offset < running.end)
    // A changelog has no rows without a key; a topic of others may.
    const rows = due.filter(({ key }) => key !== null)
    restore.apply(
      rows.map(({ key, value, timestamp }) => ({
        key: Uint8Array.from(key as Buffer),
        value: value === null ? null : Uint8Array.from(value),
        timestamp,
      })),
    )
    const isCut = due.length < records.length
    running.position = isCut ? running.end : (records.at(-1) as ConsumerRecord).offset + 1n
    running.restored += BigInt(rows.length)
    if (running.isStandby) {
      // What is behind the end comes again when the end has moved.
      if (isCut) this.#consumer.seek(running.at, running.position)
      return
    }
    this.#listener.onBatchRestored?.(running.at, restore.storeName, running.position - 1n, rows.length)
  }

  get #hasActive(): boolean {
    return [...this.#running.values()].some(({ isStandby }) => !isStandby)
  }

  /** Those that go on keep what was fetched of them. */
  #assign(): void {
    if (this.#isClosed) return
    const all = [...this.#running.values()]
    this.#consumer.assign(
      all.map((running) =>
        this.#assigned.has(running) ? running.at : { ...running.at, offset: running.position },
      ),
    )
    this.#assigned = new Set(all)
  }
}

function progressOf({ restore, at, position, end }: Running): RestoreProgress {
  return { taskId: restore.taskId, storeName: restore.storeName, partition: at, position, end }
}

function isOf(record: ConsumerRecord, topic: string, partition: number): boolean {
  return record.partition === partition && record.topic === topic
}
