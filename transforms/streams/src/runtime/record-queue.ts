import { isTime, shownWithType } from '../core/arguments.ts'
import { StreamsException } from '../core/errors.ts'
import type { Headers } from '../core/headers.ts'
import { AsyncResultException, locatedAsync, PendingException, settled } from '../core/synchronous.ts'
import type { SourceNode } from './source-node.ts'
import { type RecordPosition, takeOriginal } from '../context/original-position.ts'
import type { TaskContext } from '../context/task-context.ts'
import type { TopicTraffic } from '../context/task-metrics.ts'
import { countTraffic } from '../context/traffic.ts'
import { failOnInvalidTimestamp } from '../config/timestamp-extractors.ts'

/** A record as it was read from a topic. */
export interface RawRecord {
  readonly offset: bigint
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  /** Where it was read first, where it has crossed repartition topics. */
  readonly original?: RecordPosition | null
}

/** The next record of a queue, deserialized; corrupted ones are only counted as consumed. */
interface StampedRecord {
  readonly raw: RawRecord
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly isCorrupted: boolean
}

/** The records of one partition that wait to be processed. Corresponds to Java's `RecordQueue`. */
export class RecordQueue {
  readonly topic: string
  readonly partition: number
  readonly source: SourceNode
  readonly #task: TaskContext
  readonly #isRepartition: boolean
  readonly #traffic: TopicTraffic
  #waiting: RawRecord[] = []
  #first = 0
  #head: StampedRecord | null = null
  #pending: PendingException | null = null
  #partitionTime = -1
  #timeBefore = -1
  #lastOffset: bigint | undefined

  constructor(
    topic: string,
    partition: number,
    source: SourceNode,
    task: TaskContext,
    isRepartition = false,
  ) {
    this.topic = topic
    this.partition = partition
    this.source = source
    this.#task = task
    this.#isRepartition = isRepartition
    this.#traffic = task.metrics.consumed(source.name, topic)
  }

  get size(): number {
    return this.#waiting.length - this.#first + (this.#head === null ? 0 : 1)
  }

  /** False while nothing waits, or what waits cannot be read yet. */
  get hasHead(): boolean {
    return this.#head !== null
  }

  /** What its next record has to wait for. */
  get pending(): PendingException | null {
    return this.#pending
  }

  /** Once what was {@link pending} is there: reads the record again. */
  resume(): void {
    this.#pending = null
    this.#updateHead()
  }

  /** The record that was taken last is to come again: this queue is at its end, and only says how far it had come. */
  undo(offset: bigint): void {
    this.#lastOffset = offset - 1n
    this.#partitionTime = this.#timeBefore
  }

  get headTimestamp(): number {
    return this.#head === null ? -1 : this.#head.timestamp
  }

  /** Highest timestamp taken so far, ms; -1: none. */
  get partitionTime(): number {
    return this.#partitionTime
  }

  /** The offset after the last record taken, undefined before the first one. */
  get consumedOffset(): bigint | undefined {
    // Counted on only when it is asked for: this is no number, and each one would be an object.
    return this.#lastOffset === undefined ? undefined : this.#lastOffset + 1n
  }

  /** Goes on from an earlier life of the queue. */
  goOnFrom(partitionTime: number): void {
    this.#partitionTime = Math.max(this.#partitionTime, partitionTime)
  }

  add(record: RawRecord): void {
    const isMarked = this.#isRepartition && record.headers.size > 0
    this.#waiting.push(isMarked ? { ...record, ...takeOriginal(record.headers) } : record)
    this.#updateHead()
  }

  poll(): StampedRecord {
    const head = this.#head as StampedRecord
    this.#head = null
    const { raw } = head
    countTraffic(this.#traffic, this.topic, raw.key, raw.value, raw.headers)
    this.#lastOffset = raw.offset
    this.#timeBefore = this.#partitionTime
    this.#partitionTime = Math.max(this.#partitionTime, head.timestamp)
    this.#updateHead()
    return head
  }

  /** Deserializes until there is a good record, so that the task can choose among queues by timestamp. */
  #updateHead(): void {
    let corrupted: RawRecord | null = null
    while (this.#head === null && this.#pending === null && this.#first < this.#waiting.length) {
      const raw = this.#waiting[this.#first] as RawRecord
      this.#head = this.#stamp(raw)
      if (this.#pending !== null) break
      this.#first++
      if (this.#first === this.#waiting.length) {
        this.#waiting = []
        this.#first = 0
      }
      if (this.#head === null) corrupted = raw
    }
    if (this.#head === null && corrupted !== null) {
      this.#head = { raw: corrupted, key: null, value: null, timestamp: -1, isCorrupted: true }
    }
  }

  #stamp(raw: RawRecord): StampedRecord | null {
    const { source, topic, partition } = this
    let key: unknown
    let value: unknown
    try {
      key = source.keys.deserialize(topic, raw.headers, raw.key)
      value = source.values.deserialize(topic, raw.headers, raw.value)
    } catch (error) {
      if (error instanceof PendingException && this.#task.services.canWait === true) {
        this.#pending = error
        return null
      }
      if (error instanceof AsyncResultException) throw this.#asynchronous(raw, error)
      this.#refuse(raw, error)
      return null
    }
    let timestamp: unknown
    // The default extractor, without the objects that a user's extractor is given.
    if (source.extractor === failOnInvalidTimestamp && isTime(raw.timestamp)) {
      return { raw, key, value, timestamp: raw.timestamp, isCorrupted: false }
    }
    try {
      const { headers, offset } = raw
      const record = { topic, partition, offset, timestamp: raw.timestamp, key, value, headers }
      timestamp = settled(source.extractor(record, this.#partitionTime), 'the timestamp extractor')
    } catch (error) {
      if (error instanceof AsyncResultException) throw this.#asynchronous(raw, error)
      if (error instanceof StreamsException) throw error
      throw new StreamsException(
        `Fatal user code error in TimestampExtractor callback for record ${topic}-${partition}@${raw.offset}.`,
        error,
      )
    }
    if (typeof timestamp !== 'number') {
      throw new StreamsException(
        `Fatal user code error in TimestampExtractor callback for record ${topic}-${partition}@${raw.offset}: ` +
          `it must give milliseconds since the epoch as a number, got ${shownWithType(timestamp)}.`,
      )
    }
    if (!isTime(timestamp)) {
      // Java skips negative times. Those that are no whole milliseconds, as Java's long always is, follow the same rule.
      const reason = timestamp < 0 ? 'negative-timestamp' : 'invalid-timestamp'
      this.#aside(raw, () => this.#task.drop(reason, source.name))
      return null
    }
    return { raw, key, value, timestamp, isCorrupted: false }
  }

  #asynchronous(raw: RawRecord, error: AsyncResultException): StreamsException {
    return new StreamsException(
      `Record ${this.topic}-${this.partition}@${raw.offset} cannot be read`,
      locatedAsync(error, this.source.name),
    )
  }

  #refuse(raw: RawRecord, error: unknown): void {
    this.#aside(raw, () => {
      const { handlers } = this.#task.services
      let response
      try {
        response = handlers.deserialization.handleError(this.#task.errorContext(this.source.name), error)
      } catch (fatal) {
        throw new StreamsException('Fatal user code error in deserialization error callback', fatal)
      }
      this.#task.sendDeadLetters(response)
      if (response.result !== 'RESUME') {
        throw new StreamsException(
          'Deserialization exception handler is set to fail upon a deserialization error. If you would rather have the ' +
            'streaming pipeline continue after a deserialization error, please set the deserialization.exception.handler ' +
            'appropriately.',
          error,
        )
      }
      this.#task.drop('deserialization-error', this.source.name)
    })
  }

  /** Runs with this record as the task's current one; another record may be in process. */
  #aside(raw: RawRecord, run: () => void): void {
    const task = this.#task
    const { topic, partition, offset, timestamp, headers, rawKey, rawValue, original } = task
    task.setRecord({
      ...raw,
      topic: this.topic,
      partition: this.partition,
      rawKey: raw.key,
      rawValue: raw.value,
    })
    try {
      run()
    } finally {
      task.setRecord({ topic, partition, offset, timestamp, headers, rawKey, rawValue, original })
    }
  }
}
