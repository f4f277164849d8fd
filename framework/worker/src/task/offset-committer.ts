import {
  type Clock,
  type Consumer,
  type ConsumerRecord,
  type OffsetAndMetadata,
  type SinkTask,
  type TopicPartition,
  TopicPartitionMap,
  topicPartitionName,
} from '@spillway/api'
import type { Logger } from 'pino'

/** What became of a commit; `rewind`: records since the last one must be read again. */
export type CommitOutcome = 'done' | 'rewind' | 'failed'

/**
 * Keeps what a task has consumed and what it has committed, and commits the difference
 * (Java: the offset half of `WorkerSinkTask`).
 *
 * Invariant: a commit never passes the consumed position, and never names a partition that is not assigned.
 */
export class OffsetCommitter {
  readonly #task: SinkTask
  readonly #consumer: Consumer
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #logger: Logger
  readonly #consumed = new TopicPartitionMap<OffsetAndMetadata>()
  readonly #committed = new TopicPartitionMap<OffsetAndMetadata>()
  #nextDue: number
  /** Commits that failed, for status and metrics. */
  failures = 0

  constructor(parts: {
    task: SinkTask
    consumer: Consumer
    clock: Clock
    intervalMs: number
    logger: Logger
  }) {
    this.#task = parts.task
    this.#consumer = parts.consumer
    this.#clock = parts.clock
    this.#intervalMs = parts.intervalMs
    this.#logger = parts.logger
    this.#nextDue = parts.clock.now() + parts.intervalMs
  }

  isDue(): boolean {
    return this.#clock.now() >= this.#nextDue
  }

  msUntilDue(): number {
    return this.#nextDue - this.#clock.now()
  }

  assigned(partition: TopicPartition, position: bigint): void {
    this.#consumed.set(partition, { offset: position })
    this.#committed.set(partition, { offset: position })
  }

  unassigned(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#consumed.delete(partition)
      this.#committed.delete(partition)
    }
  }

  /** All these records are in the task's hands, or were skipped. They are in order per partition. */
  consumedAll(records: readonly ConsumerRecord[]): void {
    let last: ConsumerRecord | undefined
    for (const record of records) {
      if (last !== undefined && (record.partition !== last.partition || record.topic !== last.topic)) {
        this.#advance(last)
      }
      last = record
    }
    if (last !== undefined) this.#advance(last)
  }

  /**
   * The consumer has passed everything below this position, and all of it that were records is in the task's hands:
   * transaction markers and aborted records must not show as lag.
   */
  passedTo(partition: TopicPartition, position: bigint): void {
    const consumed = this.#consumed.get(partition)
    if (consumed !== undefined && position > consumed.offset)
      this.#consumed.set(partition, { offset: position })
  }

  rewound(partition: TopicPartition, offset: bigint): void {
    if (!this.#consumed.has(partition)) return
    this.#consumed.set(partition, { offset })
    this.#committed.set(partition, { offset })
  }

  lastCommitted(): [TopicPartition, bigint][] {
    return [...this.#committed].map(([partition, { offset }]) => [partition, offset])
  }

  /** Offsets of assigned partitions that were consumed and are not committed. */
  uncommitted(): number {
    let offsets = 0n
    for (const [partition, { offset }] of this.#consumed) {
      offsets += offset - (this.#committed.get(partition)?.offset ?? offset)
    }
    return Number(offsets)
  }

  /**
   * Commits what the task says is durable of these partitions.
   *
   * @param closing true where the partitions are about to leave.
   * @returns `rewind` where the task's preCommit failed: records since the last commit must be read again.
   */
  async commit(partitions: readonly TopicPartition[], closing: boolean): Promise<CommitOutcome> {
    this.#nextDue = this.#clock.now() + this.#intervalMs
    const consumed = new TopicPartitionMap<OffsetAndMetadata>()
    for (const partition of partitions) {
      const position = this.#consumed.get(partition)
      if (position !== undefined) consumed.set(partition, position)
    }
    if (consumed.size === 0) return 'done'
    let durable: TopicPartitionMap<OffsetAndMetadata>
    try {
      durable = await this.#task.preCommit(consumed, closing)
    } catch (error) {
      this.failures++
      this.#logger.error(
        { err: error },
        'Offset commit failed in preCommit, rewinding to the last committed offsets',
      )
      return closing ? 'failed' : 'rewind'
    }
    return await this.#commitDurable(durable, consumed)
  }

  async #commitDurable(
    durable: TopicPartitionMap<OffsetAndMetadata>,
    consumed: TopicPartitionMap<OffsetAndMetadata>,
  ): Promise<'done' | 'failed'> {
    const changed = new Map<TopicPartition, OffsetAndMetadata>()
    for (const [partition, position] of durable) {
      const limit = consumed.get(partition)
      if (limit === undefined || position.offset > limit.offset) {
        this.#logger.warn(
          `Ignoring the offset ${position.offset} of ${topicPartitionName(partition)}: ` +
            (limit === undefined ? 'the partition is not assigned' : `only ${limit.offset} is consumed`),
        )
        continue
      }
      const before = this.#committed.get(partition)
      if (before?.offset === position.offset && before.metadata === position.metadata) continue
      changed.set(partition, position)
    }
    if (changed.size === 0) return 'done'
    try {
      await this.#consumer.commit(changed)
    } catch (error) {
      this.failures++
      this.#logger.error({ err: error }, `Offset commit of ${changed.size} partitions failed`)
      return 'failed'
    }
    for (const [partition, position] of changed) this.#committed.set(partition, position)
    this.#logger.debug(`Committed the offsets of ${changed.size} partitions`)
    return 'done'
  }

  #advance(record: ConsumerRecord): void {
    // A partition revoked while its records were under way must not come back by them.
    if (this.#consumed.has(record)) this.#consumed.set(record, { offset: record.offset + 1n })
  }
}
