import { durationOf, instantOf } from '../core/arguments.ts'
import { IllegalArgumentException, IllegalStateException, NoSuchElementException } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import { KeyValue } from '../core/record.ts'
import type { Deserializer, Serializer } from '../core/serde.ts'
import { TestRecord, recordTime } from './test-record.ts'

/** What input topics need of the driver. */
export interface TopicWriter {
  pipe(
    topic: string,
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: Headers,
    partition: number | null,
  ): void
}

/** A record as it was written to an output topic. */
interface OutputRecord {
  readonly partition: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
}

/** What output topics need of the driver. */
export interface TopicReader {
  /** Null: nothing was ever written. */
  queue(topic: string): OutputQueue | null
}

/** The records of one topic that nobody has read yet. */
export class OutputQueue {
  #records: OutputRecord[] = []
  #first = 0

  get size(): number {
    return this.#records.length - this.#first
  }

  add(record: OutputRecord): void {
    this.#records.push(record)
  }

  poll(): OutputRecord | null {
    const record = this.#records[this.#first]
    if (record === undefined) return null
    this.#first++
    if (this.#first === this.#records.length || this.#first > 10_000) {
      this.#records = this.#records.slice(this.#first)
      this.#first = 0
    }
    return record
  }

  /** Forgets all records. */
  clear(): void {
    this.#records = []
    this.#first = 0
  }
}

/** Pipes records into a topic. Corresponds to Java's `TestInputTopic`. */
export class TestInputTopic<K, V> {
  readonly topic: string
  readonly #writer: TopicWriter
  readonly #keys: Serializer<K>
  readonly #values: Serializer<V>
  readonly #autoAdvanceMs: number
  #now: number

  /** @internal */
  constructor(
    writer: TopicWriter,
    topic: string,
    keys: Serializer<K>,
    values: Serializer<V>,
    startTimestamp: number,
    autoAdvanceMs: number,
  ) {
    instantOf(startTimestamp, 'startTimestamp')
    if (durationOf(autoAdvanceMs, 'autoAdvance') < 0)
      throw new IllegalArgumentException('autoAdvance must be positive')
    this.#writer = writer
    this.topic = topic
    this.#keys = keys
    this.#values = values
    this.#now = startTimestamp
    this.#autoAdvanceMs = autoAdvanceMs
  }

  /** Moves the topic's own clock, which stamps records without timestamp. */
  advanceTime(advanceMs: number): void {
    if (durationOf(advanceMs, 'advance') < 0) throw new IllegalArgumentException('advance must be positive')
    this.#now += advanceMs
  }

  /** One record: a value, key and value, key and value and timestamp (ms), or a {@link TestRecord}. Null values are tombstones. */
  pipeInput(record: TestRecord<K | null, V | null>): void
  pipeInput(value: V | null): void
  pipeInput(key: K | null, value: V | null, timestamp?: number | Date): void
  pipeInput(first: unknown, value?: unknown, timestamp?: number | Date): void {
    if (value === undefined && first instanceof TestRecord)
      this.#pipe(first as TestRecord<K | null, V | null>)
    else if (value === undefined) this.#write(null, first as V | null, null, new Headers(), null)
    else this.#write(first as K | null, value as V | null, timestamp ?? null, new Headers(), null)
  }

  pipeRecordList(records: Iterable<TestRecord<K | null, V | null>>): void {
    for (const record of records) this.#pipe(record)
  }

  pipeKeyValueList(
    pairs: Iterable<KeyValue<K | null, V | null> | readonly [K | null, V | null]>,
    startTimestamp?: number | Date,
    advanceMs = 0,
  ): void {
    let time = startTimestamp === undefined ? null : recordTime(startTimestamp)
    durationOf(advanceMs, 'advance')
    for (const pair of pairs) {
      const [key, value] = pair instanceof KeyValue ? [pair.key, pair.value] : pair
      this.#pipe(new TestRecord(key, value, null, time))
      if (time !== null) time += advanceMs
    }
  }

  pipeValueList(values: Iterable<V | null>, startTimestamp?: number | Date, advanceMs = 0): void {
    const pairs: KeyValue<K | null, V | null>[] = []
    for (const value of values) pairs.push(new KeyValue<K | null, V | null>(null, value))
    this.pipeKeyValueList(pairs, startTimestamp, advanceMs)
  }

  /** @param partition of the topic, in tests with several partitions; null: by the key */
  pipeTo(partition: number | null, record: TestRecord<K | null, V | null>): void {
    this.#pipe(record, partition)
  }

  #pipe(record: TestRecord<K | null, V | null>, partition: number | null = null): void {
    this.#write(record.key, record.value, record.timestamp, record.headers.copy(), partition)
  }

  #write(
    key: K | null,
    value: V | null,
    time: number | Date | null,
    headers: Headers,
    partition: number | null,
  ): void {
    const timestamp = time === null ? this.#now : recordTime(time)
    if (time === null) this.#now += this.#autoAdvanceMs
    const keyBytes = key === null ? null : this.#keys.serialize(this.topic, headers, key)
    const valueBytes = value === null ? null : this.#values.serialize(this.topic, headers, value)
    this.#writer.pipe(this.topic, timestamp, keyBytes, valueBytes, headers, partition)
  }
}

/** Reads what was written to a topic. Corresponds to Java's `TestOutputTopic`. */
export class TestOutputTopic<K, V> {
  readonly topic: string
  readonly #reader: TopicReader
  readonly #keys: Deserializer<K>
  readonly #values: Deserializer<V>

  /** @internal */
  constructor(reader: TopicReader, topic: string, keys: Deserializer<K>, values: Deserializer<V>) {
    this.#reader = reader
    this.topic = topic
    this.#keys = keys
    this.#values = values
  }

  isEmpty(): boolean {
    return this.getQueueSize() === 0
  }

  getQueueSize(): number {
    return this.#reader.queue(this.topic)?.size ?? 0
  }

  /** @throws NoSuchElementException when there is none */
  readRecord(): TestRecord<K | null, V | null> {
    const queue = this.#reader.queue(this.topic)
    if (queue === null) throw new NoSuchElementException(`Uninitialized topic: ${this.topic}`)
    const record = queue.poll()
    if (record === null) throw new NoSuchElementException(`Empty topic: ${this.topic}`)
    const { headers, timestamp, partition } = record
    const key = this.#keys.deserialize(this.topic, headers, record.key)
    const value = this.#values.deserialize(this.topic, headers, record.value)
    return new TestRecord(key, value, headers, timestamp < 0 ? null : timestamp, partition)
  }

  /** @throws NoSuchElementException when there is none */
  readValue(): V | null {
    return this.readRecord().value
  }

  /** @throws NoSuchElementException when there is none */
  readKeyValue(): KeyValue<K | null, V | null> {
    const { key, value } = this.readRecord()
    return new KeyValue(key, value)
  }

  readRecordsToList(): TestRecord<K | null, V | null>[] {
    const records: TestRecord<K | null, V | null>[] = []
    while (!this.isEmpty()) records.push(this.readRecord())
    return records
  }

  readKeyValuesToList(): KeyValue<K | null, V | null>[] {
    return this.readRecordsToList().map(({ key, value }) => new KeyValue(key, value))
  }

  readValuesToList(): (V | null)[] {
    return this.readRecordsToList().map(({ value }) => value)
  }

  /** The newest value of each key. @throws IllegalStateException for a record without key */
  readKeyValuesToMap(): Map<K, V | null> {
    const map = new Map<K, V | null>()
    for (const { key, value } of this.readRecordsToList()) {
      if (key === null)
        throw new IllegalStateException(
          `Null keys not allowed with readKeyValuesToMap method: ${String(value)}`,
        )
      map.set(key, value)
    }
    return map
  }
}
