import {
  DataError,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  valueToString,
} from '@spillway/api'
import type { RecordView } from '../formats/format.ts'

/** The record's value: what an object holds. */
export const valueView: RecordView = {
  name: 'value',
  schema: (record) => record.valueSchema,
  value: (record) => record.value,
  text: (record) => record.valueText,
}

/** The record's key, as it is: what a `.keys` object holds (`store.kafka.keys`). */
const bareKeyView: RecordView = {
  name: 'key',
  schema: (record) => record.keySchema,
  value: keyOf,
  text: () => null,
}

/** The key as the only field of a struct, for formats of columns. */
const wrappedKeyView: RecordView = {
  name: 'key',
  schema: (record) => keyFileSchema(record.keySchema, true),
  value: (record) => {
    const schema = keyFileSchema(record.keySchema, true)
    const key = keyOf(record)
    return schema === null ? { key } : new Struct(schema, [key])
  },
  text: () => null,
}

/** A header of Kafka may have no value; Confluent's sink, where the value is a text, refuses such a record. */
const HEADER = SchemaBuilder.struct().field('key', STRING).field('value', OPTIONAL_STRING).build()
const HEADERS = SchemaBuilder.array(HEADER).build()
const WRAPPED_HEADERS = SchemaBuilder.struct().name('RecordHeaders').field('headers', HEADERS).build()

/** The record's headers as a list of keys and texts, or null: what a `.headers` object holds (`store.kafka.headers`). */
const bareHeadersView: RecordView = {
  name: 'headers',
  schema: () => HEADERS,
  value: headersOf,
  text: () => null,
}

const wrappedHeadersView: RecordView = {
  name: 'headers',
  schema: () => WRAPPED_HEADERS,
  value: (record) => new Struct(WRAPPED_HEADERS, [headersOf(record)]),
  text: () => null,
}

/** @param isWrapped whether the format wants it as a field of a struct. */
export function keyView(isWrapped: boolean): RecordView {
  return isWrapped ? wrappedKeyView : bareKeyView
}

/** @param isWrapped whether the format wants them as a field of a struct. */
export function headersView(isWrapped: boolean): RecordView {
  return isWrapped ? wrappedHeadersView : bareHeadersView
}

/** The schema of headers under {@link headersView}. */
export function headersFileSchema(isWrapped: boolean): Schema {
  return isWrapped ? WRAPPED_HEADERS : HEADERS
}

const wrappedKeySchemas = new WeakMap<Schema, Schema>()

/** The schema of keys under {@link keyView}, of the schema that the records' keys have. */
export function keyFileSchema(keySchema: Schema | null, isWrapped: boolean): Schema | null {
  if (keySchema === null || !isWrapped) return keySchema
  let wrapped = wrappedKeySchemas.get(keySchema)
  if (wrapped === undefined) {
    wrapped = SchemaBuilder.struct().name('RecordKey').field('key', keySchema).build()
    wrappedKeySchemas.set(keySchema, wrapped)
  }
  return wrapped
}

function keyOf(record: SinkRecord): unknown {
  if (record.key !== null && record.key !== undefined) return record.key
  throw new DataError(
    `Key cannot be null for SinkRecord: ${record.coordinates}. Its key has to be stored, as store.kafka.keys=true.`,
  )
}

function headersOf(record: SinkRecord): Struct[] {
  if (record.headers.size > 0) {
    return Array.from(
      record.headers,
      ({ key, schema, value }) => new Struct(HEADER, [key, valueToString(schema, value)]),
    )
  }
  throw new DataError(
    `Headers cannot be null for SinkRecord: ${record.coordinates}. Its headers have to be stored, as ` +
      'store.kafka.headers=true, but it has none.',
  )
}
