import { DataError, DATE, MILLIS_PER_DAY, type Schema, type SinkRecord, Struct, TIME } from '@spillway/api'
import type { ExampleRecord } from './example-record.ts'
import { FieldPath, NOT_AN_OBJECT, NO_SUCH_FIELD } from './field-path.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import type { MissingField } from '../confluent/partitioner-keys.ts'
import type { Partitioner } from './partitioner.ts'

/**
 * `field=value` for each of some fields (Java: `FieldPartitioner`). Beside Structs it takes schemaless JSON and maps. A
 * null is `field=null`, a field that is not there a bad record. Nothing is escaped, as in Java; `partition.by` escapes.
 */
export class FieldPartitioner implements Partitioner {
  readonly #paths: readonly FieldPath[]
  readonly #delimiter: string
  readonly #missing: MissingField

  /** @param missing `null` takes a field that is not there for one that is null. */
  constructor(fields: readonly string[], directoryDelimiter: string, missing: MissingField = 'error') {
    this.#paths = fields.map((field) => new FieldPath(field))
    this.#delimiter = directoryDelimiter
    this.#missing = missing
  }

  encodePartition(record: SinkRecord): string {
    let encoded = ''
    for (const path of this.#paths) {
      if (encoded !== '') encoded += this.#delimiter
      encoded += `${path.text}=${textOf(path, record, this.#missing)}`
    }
    return encoded
  }

  exemplify(example: ExampleRecord): void {
    for (const { segments } of this.#paths) example.field('value', segments)
  }
}

function textOf(path: FieldPath, record: SinkRecord, missing: MissingField): string {
  const root = record.value
  if (typeof root !== 'object' || root === null) throw unusable(path, record, 'the value has no fields')
  const found = path.find(root)
  if (found === NO_SUCH_FIELD) {
    if (missing === 'null') return 'null'
    const where = root instanceof Struct ? 'schema' : 'value'
    throw new DataError(
      `Field '${path.text}' is not present in the ${where}. (${record.coordinates}, partition.field.name; see ` +
        'partition.field.missing)',
    )
  }
  if (found === NOT_AN_OBJECT) throw unusable(path, record, 'a step of its path has no fields')
  const { value, schema } = found
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isInteger(value) && !isFloat(schema)) return String(value)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return rawTime(value, schema)
  throw unusable(path, record, `it is a ${schema?.type ?? kindOf(value)}`)
}

function isFloat(schema: Schema | undefined): boolean {
  return schema?.type === 'FLOAT32' || schema?.type === 'FLOAT64'
}

/** The integer a Date, Time or Timestamp is written as. */
function rawTime(value: Date, schema: Schema | undefined): string {
  const ms = value.getTime()
  if (schema?.name === DATE) return String(Math.floor(ms / MILLIS_PER_DAY))
  return String(schema?.name === TIME ? ms % MILLIS_PER_DAY : ms)
}

function unusable(path: FieldPath, record: SinkRecord, why: string): PartitionError {
  return new PartitionError(
    `Error encoding partition. Field '${path.text}' of ${record.coordinates} cannot name a directory: ${why}. ` +
      'Only integers, strings and booleans can; see partition.field.name.',
  )
}

function kindOf(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? 'number with a fraction' : String(value)
  return Array.isArray(value) ? 'list' : ArrayBuffer.isView(value) ? 'byte array' : typeof value
}
