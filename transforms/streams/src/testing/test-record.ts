import { shownWithType } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import { Headers } from '../core/headers.ts'
import type { HeadersInit } from '../core/headers.ts'

/** A record to pipe in, or one that came out. Corresponds to Java's `TestRecord`. */
export class TestRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly headers: Headers
  /** Null: the input topic's own clock; in output, that the record carries none. */
  readonly timestamp: number | null
  /** Where an output record went; null for input. */
  readonly partition: number | null

  constructor(
    key: K,
    value: V,
    headers: HeadersInit | null = null,
    timestamp: number | Date | null = null,
    partition: number | null = null,
  ) {
    this.key = key
    this.value = value
    this.headers = Headers.from(headers)
    this.timestamp = timestamp === null ? null : recordTime(timestamp)
    this.partition = partition
  }
}

/**
 * The time of a record to pipe in. A number is left as it is, also one that no record should have: the topology's timestamp
 * extractor decides about it, as it does about what a topic holds.
 *
 * @throws IllegalArgumentException for what is no number
 */
export function recordTime(timestamp: number | Date): number {
  const time: unknown = timestamp instanceof Date ? timestamp.getTime() : timestamp
  if (typeof time === 'number') return time
  throw new IllegalArgumentException(
    `The timestamp of a record must be a number of milliseconds or a Date, got ${shownWithType(time)}`,
  )
}
