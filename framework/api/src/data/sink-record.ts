import type { Headers } from './headers.ts'
import type { Schema } from './schema.ts'

/** Where a record's timestamp comes from (Java: `TimestampType`). */
export type RecordTimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'

/** A value that is made when it is first asked for, and is the same from then on. Never throws. */
export interface LazyValue {
  readonly value: unknown
}

/** All that a {@link SinkRecord} is made of. */
export interface SinkRecordParts {
  readonly topic: string
  readonly kafkaPartition: number
  readonly keySchema: Schema | null
  readonly key: unknown
  readonly valueSchema: Schema | null
  readonly value: unknown
  readonly kafkaOffset: bigint
  /** Milliseconds since the epoch; null where the record has none. */
  readonly timestamp: number | null
  readonly timestampType: RecordTimestampType
  readonly headers: Headers
  readonly originalTopic?: string
  readonly originalKafkaPartition?: number
  readonly originalKafkaOffset?: bigint
  /** Asked for the value when it is first needed, in place of `value`. */
  readonly lazyValue?: LazyValue | undefined
  /** See {@link SinkRecord.valueText}. */
  readonly valueText?: Buffer | null
  /** See {@link SinkRecord.isTextCompact}. */
  readonly isTextCompact?: boolean
  /** See {@link SinkRecord.origin}. */
  readonly origin?: object | null
}

/**
 * A record on its way to a sink (Java: `SinkRecord`). Immutable but for its headers; transformations make a new one.
 *
 * `originalTopic`, `originalKafkaPartition` and `originalKafkaOffset` (KIP-793) keep where the record came from,
 * whatever transformations do to `topic` and `kafkaPartition`: offsets are always committed for the original ones.
 */
export class SinkRecord {
  readonly topic: string
  readonly kafkaPartition: number
  readonly keySchema: Schema | null
  readonly key: unknown
  readonly valueSchema: Schema | null
  readonly kafkaOffset: bigint
  readonly timestamp: number | null
  readonly timestampType: RecordTimestampType
  readonly headers: Headers
  readonly originalTopic: string
  readonly originalKafkaPartition: number
  readonly originalKafkaOffset: bigint
  /**
   * The JSON text that a schemaless `value` was read from, as long as nothing has changed the value: a format that
   * writes JSON may copy it instead of serializing again, which also keeps `1.0` and integers beyond 2^53 as they
   * were written. Null for every other value. The bytes are valid JSON.
   */
  readonly valueText: Buffer | null
  /** True where {@link valueText} is known to have no blanks between its tokens. */
  readonly isTextCompact: boolean
  /** The worker's own handle on the consumed record, opaque to everyone else; null for a record made by hand. */
  readonly origin: object | null
  #value: unknown
  #lazyValue: LazyValue | undefined

  constructor(parts: SinkRecordParts) {
    this.topic = parts.topic
    this.kafkaPartition = parts.kafkaPartition
    this.keySchema = parts.keySchema
    this.key = parts.key
    this.valueSchema = parts.valueSchema
    this.#lazyValue = parts.lazyValue
    this.#value = parts.lazyValue === undefined ? parts.value : undefined
    this.kafkaOffset = parts.kafkaOffset
    this.timestamp = parts.timestamp
    this.timestampType = parts.timestampType
    this.headers = parts.headers
    this.originalTopic = parts.originalTopic ?? parts.topic
    this.originalKafkaPartition = parts.originalKafkaPartition ?? parts.kafkaPartition
    this.originalKafkaOffset = parts.originalKafkaOffset ?? parts.kafkaOffset
    this.valueText = parts.valueText ?? null
    this.isTextCompact = parts.isTextCompact ?? false
    this.origin = parts.origin ?? null
  }

  /** The value, of which text that nobody has looked at yet is parsed now. */
  get value(): unknown {
    if (this.#lazyValue !== undefined) {
      this.#value = this.#lazyValue.value
      this.#lazyValue = undefined
    }
    return this.#value
  }

  /**
   * A record with some parts changed; its origin stays (Java: `SinkRecord.newRecord`). A `lazyValue` stands in place of
   * a `value`.
   */
  with(
    changes: Partial<
      Omit<SinkRecordParts, 'originalTopic' | 'originalKafkaPartition' | 'originalKafkaOffset' | 'origin'>
    >,
  ): SinkRecord {
    const isLazy = changes.lazyValue !== undefined
    const keepsValue = !('value' in changes) && !('valueSchema' in changes) && !isLazy
    return new SinkRecord({
      topic: changes.topic ?? this.topic,
      kafkaPartition: changes.kafkaPartition ?? this.kafkaPartition,
      keySchema: 'keySchema' in changes ? (changes.keySchema ?? null) : this.keySchema,
      key: 'key' in changes ? changes.key : this.key,
      valueSchema: 'valueSchema' in changes ? (changes.valueSchema ?? null) : this.valueSchema,
      value: 'value' in changes ? changes.value : this.#value,
      lazyValue: isLazy ? changes.lazyValue : 'value' in changes ? undefined : this.#lazyValue,
      kafkaOffset: changes.kafkaOffset ?? this.kafkaOffset,
      timestamp: 'timestamp' in changes ? (changes.timestamp ?? null) : this.timestamp,
      timestampType: changes.timestampType ?? this.timestampType,
      headers: changes.headers ?? this.headers.duplicate(),
      originalTopic: this.originalTopic,
      originalKafkaPartition: this.originalKafkaPartition,
      originalKafkaOffset: this.originalKafkaOffset,
      valueText: keepsValue ? this.valueText : (changes.valueText ?? null),
      isTextCompact: keepsValue ? this.isTextCompact : (changes.isTextCompact ?? false),
      origin: this.origin,
    })
  }

  /** `topic-partition@offset` of where the record came from: how errors and logs name it. */
  get coordinates(): string {
    return `${this.originalTopic}-${this.originalKafkaPartition}@${this.originalKafkaOffset}`
  }
}
