import {
  confluentTimestamp,
  DataError,
  type SinkRecord,
  Struct,
  TIME,
  type TimestampFormat,
  type TimeZone,
} from '@spillway/api'
import type { ExampleRecord } from './example-record.ts'
import { type Found, FieldPath, NOT_AN_OBJECT, NO_SUCH_FIELD } from './field-path.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import type { TimestampExtractor } from './timestamp-extractor.ts'

/**
 * The time in a field of the value (Java: `RecordFieldTimestampExtractor`): a Struct, a Map or a plain object, down a
 * dotted path. Without formats it reads what Java's does: Timestamps, integers and digits as ms, other texts as ISO.
 */
export class RecordFieldExtractor implements TimestampExtractor {
  readonly #path: FieldPath
  readonly #formats: readonly TimestampFormat[]
  readonly #zone: TimeZone

  /**
   * @param formats of `timestamp.field.format`: the first that fits counts; none means Java's reading.
   * @param zone where a text without an offset was meant.
   */
  constructor(field: string, formats: readonly TimestampFormat[], zone: TimeZone) {
    this.#path = new FieldPath(field)
    this.#formats = formats
    this.#zone = zone
  }

  extract(record: SinkRecord): number {
    const { value, schema } = this.#find(record)
    if (value instanceof Date && schema?.name !== TIME) return value.getTime()
    if (typeof value === 'string' || typeof value === 'bigint') return this.#read(value, record)
    if (
      typeof value === 'number' &&
      (schema === undefined || schema.type === 'INT32' || schema.type === 'INT64')
    ) {
      return this.#read(value, record)
    }
    throw new PartitionError(
      `Error extracting timestamp from record field: ${this.#path.text} (${record.coordinates} has ` +
        `${value === null ? 'null' : (schema?.type ?? typeof value)} there; see timestamp.field)`,
    )
  }

  exemplify(example: ExampleRecord): void {
    example.timeField(this.#path.segments)
  }

  #find(record: SinkRecord): Found {
    const root = record.value
    const hasFields =
      root instanceof Struct || (typeof root === 'object' && root !== null && !ArrayBuffer.isView(root))
    const found = hasFields ? this.#path.find(root) : NOT_AN_OBJECT
    if (found === NOT_AN_OBJECT) {
      throw new PartitionError(
        `Error encoding partition. The value of ${record.coordinates} has no field '${this.#path.text}' to take a ` +
          'time from: it is not a struct, map or JSON object; see timestamp.extractor.',
      )
    }
    if (found === NO_SUCH_FIELD) {
      throw new DataError(
        `The field '${this.#path.text}' does not exist. (${record.coordinates}; see timestamp.field)`,
      )
    }
    return found
  }

  #read(value: string | number | bigint, record: SinkRecord): number {
    for (const format of this.#formats) {
      const ms = format(value)
      if (ms !== undefined && Number.isFinite(ms)) return ms
    }
    if (this.#formats.length > 0) {
      throw new PartitionError(
        `Invalid format: "${String(value)}" in field '${this.#path.text}' of ${record.coordinates} fits no format ` +
          'of timestamp.field.format',
      )
    }
    try {
      return confluentTimestamp(value, this.#zone)
    } catch (cause) {
      throw new PartitionError(
        `${(cause as Error).message} (field '${this.#path.text}' of ${record.coordinates})`,
        { cause },
      )
    }
  }
}
