import type { Consumer, ConsumerRecord, TopicPartition } from '@spillway/api'
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
  restored = 0n

  constructor(restore: Restore) {
    this.restore = restore
    this.position = restore.from
  }

  get isDone(): boolean {
    return this.position >= this.restore.end
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

  /** @param consumer without a group; nobody else uses it */
  constructor(consumer: Consumer, listener: StateRestoreListener) {
    this.#consumer = consumer
    this.#listener = listener
  }

  get isIdle(): boolean {
    return this.#running.size === 0
  }

  /** Begins restores. One whose end is reached already is reported as done at once. */
  add(restores: readonly Restore[]): void {
    for (const restore of restores) {
      const running = new Running(restore)
      this.#listener.onRestoreStart?.(running.at, restore.storeName, restore.from, restore.end)
      if (running.isDone) this.#listener.onRestoreEnd?.(running.at, restore.storeName, 0n)
      else this.#running.set(keyOf(restore), running)
    }
    this.#assign()
  }

  /** Gives up the restores of a task. */
  remove(taskId: string): void {
    for (const [key, running] of this.#running) {
      if (running.restore.taskId !== taskId) continue
      this.#running.delete(key)
      this.#listener.onRestoreSuspended?.(running.at, running.restore.storeName, running.restored)
    }
    this.#assign()
  }

  isRestoring(taskId: string): boolean {
    return [...this.#running.values()].some(({ restore }) => restore.taskId === taskId)
  }

  progress(): readonly RestoreProgress[] {
    return [...this.#running.values()].map(({ restore, at, position }) => ({
      taskId: restore.taskId,
      storeName: restore.storeName,
      partition: at,
      position,
      end: restore.end,
    }))
  }

  /** Where the store of a running restore stands: what its rows include. */
  position(topic: string, partition: number): bigint | undefined {
    return this.#running.get(keyOf({ topic, partition }))?.position
  }

  /**
   * Reads and applies a slice: one poll's worth of records.
   *
   * @param waitMs how long to wait for records at most
   * @returns how many records were applied
   */
  async step(waitMs: number): Promise<number> {
    if (this.#running.size === 0) return 0
    const records = await this.#consumer.poll(waitMs)
    this.#apply(records)
    let finished = false
    for (const [key, running] of this.#running) {
      // Behind the last record there may be none any more, only what compaction and transactions have left.
      const end = this.#consumer.endOffset(running.at)
      if (end !== undefined && end >= running.restore.end && this.#consumer.lag(running.at) === 0n)
        running.position = running.restore.end
      if (!running.isDone) continue
      finished = true
      this.#running.delete(key)
      this.#listener.onRestoreEnd?.(running.at, running.restore.storeName, running.restored)
    }
    if (finished) this.#assign()
    return records.length
  }

  async close(): Promise<void> {
    this.#running.clear()
    await this.#consumer.close()
  }

  #apply(records: readonly ConsumerRecord[]): void {
    for (let first = 0; first < records.length;) {
      const { topic, partition } = records[first] as ConsumerRecord
      let last = first
      while (last < records.length && isOf(records[last] as ConsumerRecord, topic, partition)) last++
      const running = this.#running.get(keyOf({ topic, partition }))
      if (running !== undefined) this.#applyTo(running, records.slice(first, last))
      first = last
    }
  }

  #applyTo(running: Running, records: readonly ConsumerRecord[]): void {
    const { restore } = running
    // A source topic goes on behind the end: that is for the task itself.
    const due = records.filter(({ offset }) => offset < restore.end)
    // A changelog has no rows without a key; a topic of others may.
    const rows = due.filter(({ key }) => key !== null)
    restore.apply(
      rows.map(({ key, value, timestamp }) => ({
        key: Uint8Array.from(key as Buffer),
        value: value === null ? null : Uint8Array.from(value),
        timestamp,
      })),
    )
    running.position =
      due.length < records.length ? restore.end : (records.at(-1) as ConsumerRecord).offset + 1n
    running.restored += BigInt(rows.length)
    this.#listener.onBatchRestored?.(running.at, restore.storeName, running.position - 1n, rows.length)
  }

  #assign(): void {
    this.#consumer.assign(
      [...this.#running.values()].map((running) => ({ ...running.at, offset: running.position })),
    )
  }
}

function isOf(record: ConsumerRecord, topic: string, partition: number): boolean {
  return record.partition === partition && record.topic === topic
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
