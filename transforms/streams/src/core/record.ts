import { isTime, shownWithType } from './arguments.ts'
import { IllegalArgumentException, StreamsException } from './errors.ts'
import { Headers } from './headers.ts'
import type { HeadersInit } from './headers.ts'

/** A key and a value. Corresponds to Java's `KeyValue`; mappers may also give a two-element array. */
export class KeyValue<K, V> {
  readonly key: K
  readonly value: V
  constructor(key: K, value: V) {
    this.key = key
    this.value = value
  }

  static pair<K, V>(key: K, value: V): KeyValue<K, V> {
    return new KeyValue(key, value)
  }
}

/** What a mapper may give for a new key and value. */
export type KeyValueLike<K, V> = readonly [key: K, value: V] | { readonly key: K; readonly value: V }

/** A value with the timestamp of its row. Corresponds to Java's `ValueAndTimestamp`. */
export interface ValueAndTimestamp<V> {
  readonly value: V
  readonly timestamp: number
}

/**
 * The unit that flows through a topology. Immutable but for its headers. Corresponds to Java's `processor.api.Record`.
 *
 * @throws StreamsException "Malformed Record" for a timestamp that is negative or no safe integer
 */
export class Record<K, V> {
  readonly key: K
  readonly value: V
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly headers: Headers

  constructor(key: K, value: V, timestamp: number, headers: Headers = new Headers()) {
    if (!isTime(timestamp)) throw malformed(timestamp)
    this.key = key
    this.value = value
    this.timestamp = timestamp
    this.headers = headers
  }

  withKey<K2>(key: K2): Record<K2, V> {
    return new Record(key, this.value, this.timestamp, this.headers.copy())
  }

  withValue<V2>(value: V2): Record<K, V2> {
    return new Record(this.key, value, this.timestamp, this.headers.copy())
  }

  withTimestamp(timestamp: number): Record<K, V> {
    return new Record(this.key, this.value, timestamp, this.headers.copy())
  }

  withHeaders(headers: HeadersInit): Record<K, V> {
    return new Record(this.key, this.value, this.timestamp, Headers.from(headers))
  }
}

function malformed(timestamp: unknown): StreamsException {
  const reason =
    Number.isSafeInteger(timestamp) || timestamp === Number.NEGATIVE_INFINITY
      ? `Timestamp may not be negative. Got: ${String(timestamp)}`
      : `Timestamp must be a whole number of milliseconds, at most ${Number.MAX_SAFE_INTEGER}. ` +
        `Got: ${shownWithType(timestamp)}`
  return new StreamsException('Malformed Record', new IllegalArgumentException(reason))
}

/**
 * A record as processors get it that must keep keys: only the engine makes the first one, and what is derived from it has its key.
 * Corresponds to Java's class `FixedKeyRecord`.
 *
 * @internal
 */
export class KeptKeyRecord<K, V> extends Record<K, V> {
  static of<K, V>(record: Record<K, V>): KeptKeyRecord<K, V> {
    return new KeptKeyRecord(record.key, record.value, record.timestamp, record.headers)
  }

  override withValue<V2>(value: V2): KeptKeyRecord<K, V2> {
    return new KeptKeyRecord(this.key, value, this.timestamp, this.headers.copy())
  }

  override withTimestamp(timestamp: number): KeptKeyRecord<K, V> {
    return new KeptKeyRecord(this.key, this.value, timestamp, this.headers.copy())
  }

  override withHeaders(headers: HeadersInit): KeptKeyRecord<K, V> {
    return new KeptKeyRecord(this.key, this.value, this.timestamp, Headers.from(headers))
  }
}

/** Anything `forward` takes: a Record, or a plain object with the same fields (headers may be left out). */
export interface RecordLike<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers?: Headers
}

/** A record whose key must stay. Corresponds to Java's `FixedKeyRecord`. */
export interface FixedKeyRecord<K, V> extends RecordLike<K, V> {
  readonly headers: Headers
  withValue<V2>(value: V2): FixedKeyRecord<K, V2>
  withTimestamp(timestamp: number): FixedKeyRecord<K, V>
  withHeaders(headers: HeadersInit): FixedKeyRecord<K, V>
}

/** Where a record came from. Corresponds to Java's `RecordMetadata`. */
export interface RecordMetadata {
  /** Null in a punctuator. */
  readonly topic: string | null
  /** -1 in a punctuator. */
  readonly partition: number
  /** -1n in a punctuator. */
  readonly offset: bigint
}

/** What a topic name extractor sees of the record beside key and value. Corresponds to Java's `RecordContext`. */
export interface RecordContext extends RecordMetadata {
  readonly timestamp: number
  readonly headers: Headers
}

/** A record inside the engine, where types were checked by the DSL already. */
export type AnyRecord = Record<unknown, unknown>
