import { type Clock, type LostRecord, type Producer, RetriableError } from '@spillway/api'
import { StreamsException } from '../core/errors.ts'
import type { ProducerRecord } from '../config/exception-handlers.ts'
import type { RecordOrigin } from '../context/record-origin.ts'
import type { RecordSink } from '../context/task-context.ts'
import { ProductionErrors, type ProductionErrorsSettings } from './production-errors.ts'

/** How many partitions topics have. */
export interface TopicWidths {
  /** Undefined while nobody has asked. */
  known(topic: string): number | undefined
  /** @throws StreamsException when it cannot be found out in time */
  find(topic: string): Promise<number>
}

/** A record that may have to be taken back. */
interface HeldRecord {
  readonly topic: string
  readonly record: ProducerRecord
  readonly origin: RecordOrigin | undefined
  readonly originOffset: bigint | undefined
}

/** Sends what the tasks of one thread produce. Corresponds to Java's `RecordCollector`. */
export class RecordCollector implements RecordSink {
  /** For who begins and ends its transactions. */
  readonly producer: Producer
  readonly #widths: TopicWidths
  readonly #clock: Clock
  /** What waits for its topic to be known. */
  #waiting: { readonly topic: string; readonly run: () => void }[] = []
  #looking: Promise<void> | undefined
  #failure: unknown
  /** What the record in process has sent so far, where that may have to be taken back. */
  #held: (HeldRecord | { readonly topic: string; readonly run: () => void })[] | null = null
  readonly #errors: ProductionErrors

  /** @param producer is to tell of what it loses by the callback that it is made with */
  constructor(
    producer: (lost: (records: readonly LostRecord[], error: Error) => void) => Producer,
    widths: TopicWidths,
    errors: ProductionErrorsSettings,
  ) {
    this.#errors = new ProductionErrors(errors)
    this.producer = producer(this.#errors.add)
    this.#widths = widths
    this.#clock = errors.clock
  }

  /** From here on sends are kept, until {@link release} or {@link discard}. */
  hold(): void {
    this.#held = []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const each of held) {
      if (!('run' in each)) this.send(each.record, each.origin, each.originOffset)
      else if (this.partitionsFor(each.topic) === undefined) this.whenKnown(each.topic, each.run)
      else each.run()
    }
  }

  /** Takes back what was sent since {@link hold}. */
  discard(): void {
    this.#held = null
  }

  send(record: ProducerRecord, origin?: RecordOrigin, originOffset?: bigint): void {
    if (this.#held !== null) {
      this.#held.push({ topic: record.topic, record, origin, originOffset })
      return
    }
    const { topic, partition, key, value } = record
    const timestamp = record.timestamp < 0 ? this.#clock.now() : record.timestamp
    const headers = record.headers.toArray()
    try {
      // Two literals of fixed shapes: this runs for each record.
      if (partition === null)
        this.producer.append({ topic, key, value, timestamp, headers }, origin, originOffset)
      else this.producer.append({ topic, partition, key, value, timestamp, headers }, origin, originOffset)
    } catch (error) {
      throw sendFailed(error, topic)
    }
  }

  partitionsFor(topic: string): number | undefined {
    if (this.#held?.some((each) => 'run' in each && each.topic === topic) === true) return undefined
    // What waits goes first, or records of one key would change places.
    return this.#waiting.some((each) => each.topic === topic) ? undefined : this.#widths.known(topic)
  }

  whenKnown(topic: string, run: () => void): void {
    if (this.#held !== null) {
      this.#held.push({ topic, run })
      return
    }
    this.#waiting.push({ topic, run })
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  /** What to await before more records are processed, undefined: nothing. */
  pressure(): Promise<void> | undefined {
    return this.#looking ?? this.producer.pressure()
  }

  /**
   * Asks the production exception handler about records that could not be sent.
   *
   * @throws StreamsException when it says that the thread ends
   * @throws TaskCorruptedException when tasks are to begin anew
   */
  check(): void {
    this.#settle()
  }

  /** The tasks are with others, who do again what was not committed: what of it has not been sent must not come after theirs. */
  dropUnsent(): void {
    this.#waiting = []
    this.producer.dropUnsent()
  }

  /** The task has begun anew, or is not here any more. */
  revived(taskId: string): void {
    this.#errors.revived(taskId)
  }

  /**
   * Resolves when all that was sent is acknowledged, or passed over by the production exception handler.
   *
   * @throws StreamsException when a record could not be sent
   * @throws TaskCorruptedException when tasks are to begin anew
   */
  async flush(): Promise<void> {
    await this.#looking
    if (this.#failure !== undefined) throw this.#failure
    try {
      await this.producer.flush()
    } catch (error) {
      throw sendFailed(error, null)
    }
    // Dead letters are to be there before the records that they are of are committed.
    if (this.#settle()) await this.flush()
  }

  /** The offset after the last record that was acknowledged, undefined: none of this collector's. */
  acknowledged(topic: string, partition: number): bigint | undefined {
    const last = this.producer.acknowledged(topic, partition)
    return last === undefined ? undefined : last + 1n
  }

  async close(): Promise<void> {
    await this.#looking
    await this.producer.close()
  }

  #settle(): boolean {
    return this.#errors.settle((record, origin, originOffset) => this.send(record, origin, originOffset))
  }

  async #look(): Promise<void> {
    try {
      for (;;) {
        const topic = this.#waiting[0]?.topic
        if (topic === undefined) return
        await this.#widths.find(topic)
        const known = this.#waiting.filter((each) => each.topic === topic)
        this.#waiting = this.#waiting.filter((each) => each.topic !== topic)
        for (const { run } of known) run()
      }
    } catch (error) {
      this.#failure ??= error
      this.#waiting = []
    }
  }
}

function sendFailed(error: unknown, topic: string | null): StreamsException {
  const reason = error instanceof Error ? error.message : String(error)
  const remedy =
    error instanceof RetriableError ? '' : ' The records since the last commit are processed again.'
  return new StreamsException(
    `Error encountered sending ${topic === null ? 'records' : `a record to topic ${topic}`}: ${reason}.${remedy}`,
    error,
  )
}
