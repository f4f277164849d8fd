import {
  type Clock,
  CommitFailedError,
  type Consumer,
  type ConsumerGroupMetadata,
  type OffsetAndMetadata,
  type Producer,
  ProducerFencedError,
  RetriableError,
  type TopicPartition,
  UnknownTopicError,
} from '@spillway/api'
import { messageOf } from '../core/errors.ts'
import type { Delivery } from './delivery.ts'
import { TaskCorruptedException, TaskMigratedException } from './errors.ts'
import type { RecordCollector } from './record-collector.ts'
import type { StreamsLogger } from './streams-logger.ts'

export interface ExactlyOnceSettings {
  readonly consumer: Consumer
  /** With a transactional id. Nobody else begins or ends its transactions. */
  readonly producer: Producer
  readonly collector: RecordCollector
  readonly clock: Clock
  readonly logger: StreamsLogger
}

/** How long a commit waits for the member's new generation, and an abort for its answer, ms. */
const patienceMs = 5_000
const lookMs = 20
/** A chain of causes is not longer, or a ring. */
const longestChain = 20

/**
 * One transaction holds what all tasks of a thread have sent, changelogs too, and how far they have read (KIP-447): both are
 * committed, or neither. Corresponds to Java's `StreamsProducer` under `exactly_once_v2`.
 *
 * The transaction of this side is always open. The broker hears of it with the first record, so one without records costs no request.
 * After any failure this object commits nothing more: the thread gives up all its tasks and begins anew.
 */
export class ExactlyOnce implements Delivery {
  readonly isOfAllTasks = true
  readonly #settings: ExactlyOnceSettings
  #isOpen = false
  /** Why this transaction must not be committed. */
  #doom: string | undefined

  constructor(settings: ExactlyOnceSettings) {
    this.#settings = settings
  }

  /** Ends what a former holder of the transactional id has left open. */
  async begin(): Promise<void> {
    const { producer } = this.#settings
    await producer.initTransactions()
    await producer.beginTransaction()
    this.#isOpen = true
  }

  async commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    const { producer, collector } = this.#settings
    if (this.#doom !== undefined) {
      if (!this.#isOpen && offsets.size === 0) return
      throw new TaskMigratedException(this.#doom)
    }
    // Whatever comes in between, nobody tries to commit the rest of it.
    this.#doom = 'an earlier commit of the transaction has failed'
    try {
      await collector.flush()
      if (offsets.size > 0) await this.#sendOffsets(offsets)
      await producer.commitTransaction()
    } catch (error) {
      // Who begins anew finds out what has become of the topic.
      if (error instanceof UnknownTopicError) throw new TaskMigratedException(error.message, error)
      throw this.migration(error) ?? error
    }
    await producer.beginTransaction()
    this.#doom = undefined
  }

  gaveUp(): void {
    this.#doom ??= 'a task was given up whose work is part of the transaction'
  }

  migration(error: unknown): Error | undefined {
    if (error instanceof TaskMigratedException) return undefined
    // What one task has sent cannot be taken back without that of the others.
    if (error instanceof TaskCorruptedException)
      return error.isStateLost ? undefined : new TaskMigratedException(error.message, error)
    let cause = error
    for (let depth = 0; cause instanceof Error && depth < longestChain; depth++, cause = cause.cause) {
      if (cause instanceof ProducerFencedError || cause instanceof CommitFailedError)
        return new TaskMigratedException(`The transaction was ended by others: ${cause.message}`, error)
      if (cause instanceof TaskMigratedException) return cause
      // Whether it was committed is not known: who begins anew finds out.
      if (cause instanceof RetriableError)
        return new TaskMigratedException(`The transaction could not be committed: ${cause.message}`, error)
    }
    return undefined
  }

  async abort(): Promise<void> {
    this.#doom ??= 'the transaction was aborted'
    if (!this.#isOpen) return
    this.#isOpen = false
    const { producer, clock, logger } = this.#settings
    const over = new AbortController()
    const timer = clock.sleep(patienceMs, over.signal).then(
      () =>
        logger.debug(
          'aborting the transaction takes long: its coordinator ends it after transaction.timeout.ms',
        ),
      () => undefined,
    )
    const aborting = producer
      .abortTransaction()
      .catch((error: unknown) => logger.debug(`the transaction was not aborted: ${messageOf(error)}`))
      .finally(() => over.abort())
    await Promise.race([aborting, timer])
  }

  /** The group may have come to a new generation without this side knowing: the same member sends them once more, as of that. */
  async #sendOffsets(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    const { producer } = this.#settings
    let member = this.#member()
    for (;;) {
      try {
        await producer.sendOffsetsToTransaction(offsets, member)
        return
      } catch (error) {
        if (!(error instanceof CommitFailedError)) throw error
        const newer = await this.#newerThan(member)
        if (newer === undefined) throw error
        member = newer
      }
    }
  }

  #member(): ConsumerGroupMetadata {
    const member = this.#settings.consumer.membership()
    if (member !== undefined) return member
    throw new CommitFailedError('the consumer is not a member of its group any more')
  }

  async #newerThan({
    memberId,
    generation,
  }: ConsumerGroupMetadata): Promise<ConsumerGroupMetadata | undefined> {
    const { consumer, clock } = this.#settings
    const until = clock.monotonic() + patienceMs
    while (clock.monotonic() < until) {
      const now = consumer.membership()
      // Another member, as which it has joined again, has none of the tasks.
      if (now?.memberId !== memberId) return undefined
      if (now.generation > generation) return now
      await clock.sleep(lookMs)
    }
    return undefined
  }
}
