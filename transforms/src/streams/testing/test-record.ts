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
    this.timestamp = timestamp instanceof Date ? timestamp.getTime() : timestamp
    this.partition = partition
  }
}
