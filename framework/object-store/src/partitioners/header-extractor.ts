import { confluentTimestamp, type SinkRecord, type TimestampFormat, type TimeZone } from '@spillway/api'
import type { ExampleRecord } from './example-record.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import type { TimestampExtractor } from './timestamp-extractor.ts'

/** The time in a header: ms, or a text in one of the formats. */
export class HeaderExtractor implements TimestampExtractor {
  readonly #name: string
  readonly #formats: readonly TimestampFormat[]
  readonly #zone: TimeZone

  constructor(name: string, formats: readonly TimestampFormat[], zone: TimeZone) {
    this.#name = name
    this.#formats = formats
    this.#zone = zone
  }

  extract(record: SinkRecord): number {
    const value = record.headers.lastWithName(this.#name)?.value
    if (value instanceof Date) return value.getTime()
    const simple = Buffer.isBuffer(value) ? value.toString() : value
    if (typeof simple === 'string' || typeof simple === 'number' || typeof simple === 'bigint') {
      for (const format of this.#formats) {
        const ms = format(simple)
        if (ms !== undefined && Number.isFinite(ms)) return ms
      }
      if (this.#formats.length === 0) return this.#asConfluent(simple, record)
    }
    throw this.#unusable(record)
  }

  exemplify(example: ExampleRecord): void {
    example.timeHeader(this.#name)
  }

  #asConfluent(value: string | number | bigint, record: SinkRecord): number {
    try {
      return confluentTimestamp(value, this.#zone)
    } catch (cause) {
      throw this.#unusable(record, cause)
    }
  }

  #unusable(record: SinkRecord, cause?: unknown): PartitionError {
    return new PartitionError(
      `Error extracting timestamp from header: ${this.#name} (${record.coordinates}; see timestamp.fallback)`,
      { cause },
    )
  }
}
