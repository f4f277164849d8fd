import { DataError, isDecimal, isStructValue, type Schema } from '@spillway/api'
import { AvroSink, type AvroWriter, plainWriter } from '@spillway/converters'
import type { RowEncoder } from '../row-encoders.ts'
import { decimalColumn } from './parquet-schema.ts'

/**
 * The encoder of rows as they are spilled: the values of a schema one after the other, in Avro's binary encoding, but
 * without its schemas, so that names are only those of columns. What may be null has a 1 before it, or is a 0 alone. Nulls
 * that have a default are written as that. Lists and maps are blocks of items with their count before them, and a 0.
 *
 * {@link RowShredder} reads them.
 *
 * @param path what messages call the value.
 * @throws {DataError} for a schema of which Parquet has no columns.
 */
export function rowEncoder(schema: Schema, path: string): RowEncoder {
  const write = schema.type === 'STRUCT' ? rootWriter(schema, path) : partWriter(schema, path)
  const sink = new AvroSink()
  return {
    encodeInPlace(value) {
      sink.reset()
      write(sink, value)
      return sink.view()
    },
  }
}

/** A row is always there: where its value is null, its fields are. */
function rootWriter(schema: Schema, path: string): AvroWriter {
  const writeFields = fieldsWriter(schema, path)
  const writeStruct = structWriter(schema, path, writeFields)
  const { defaultValue } = schema
  return (sink, given) => {
    const value = given ?? defaultValue ?? null
    if (value !== null) writeStruct(sink, value)
    else if (schema.optional) writeFields(sink, NO_FIELDS)
    else throw missing(path)
  }
}

function partWriter(schema: Schema, path: string): AvroWriter {
  const write = presentWriter(schema, path)
  const { defaultValue } = schema
  if (!schema.optional) {
    return (sink, given) => {
      const value = given ?? defaultValue ?? null
      if (value === null) throw missing(path)
      write(sink, value)
    }
  }
  return (sink, given) => {
    const value = given ?? defaultValue ?? null
    sink.boolean(value !== null)
    if (value !== null) write(sink, value)
  }
}

/** Writes values that are not null. */
function presentWriter(schema: Schema, path: string): AvroWriter {
  const refuse = (value: unknown): never => {
    throw wrongValue(schema, value, path)
  }
  switch (schema.type) {
    case 'STRUCT':
      return structWriter(schema, path, fieldsWriter(schema, path))
    case 'ARRAY': {
      const write = partWriter(schema.valueSchema, `${path}[]`)
      return (sink, value) => {
        if (!Array.isArray(value)) return refuse(value)
        if (value.length > 0) sink.int(value.length)
        for (const item of value) write(sink, item)
        sink.int(0)
      }
    }
    case 'MAP':
      return mapWriter(schema, path, refuse)
    case 'BOOLEAN':
      return plainWriter('boolean', schema, refuse, undefined)
    case 'FLOAT32':
      return plainWriter('float', schema, refuse, undefined)
    case 'FLOAT64':
      return plainWriter('double', schema, refuse, undefined)
    case 'STRING':
      return plainWriter('string', schema, refuse, undefined)
    case 'BYTES':
      return plainWriter(
        'bytes',
        schema,
        refuse,
        isDecimal(schema) ? decimalColumn(schema, path).precision : undefined,
      )
    default:
      return plainWriter('long', schema, refuse, undefined)
  }
}

interface Fields {
  at(index: number): unknown
}

const NO_FIELDS: Fields = { at: () => null }

function fieldsWriter(schema: Schema, path: string): (sink: AvroSink, struct: Fields) => void {
  const writers = schema.fields.map((field) => partWriter(field.schema, `${path}.${field.name}`))
  return (sink, struct) => {
    for (let i = 0; i < writers.length; i++) (writers[i] as AvroWriter)(sink, struct.at(i))
  }
}

function structWriter(
  schema: Schema,
  path: string,
  writeFields: (sink: AvroSink, struct: Fields) => void,
): AvroWriter {
  return (sink, value) => {
    if (!isStructValue(value)) throw wrongValue(schema, value, path)
    if (value.schema !== schema && !value.schema.equals(schema))
      throw new DataError('Mismatching struct schema')
    writeFields(sink, value)
  }
}

function mapWriter(schema: Schema, path: string, refuse: (value: unknown) => never): AvroWriter {
  const { defaultValue } = schema.keySchema
  const writeKey = presentWriter(schema.keySchema, `${path}{key}`)
  const write = partWriter(schema.valueSchema, `${path}{}`)
  return (sink, value) => {
    if (!(value instanceof Map)) return refuse(value)
    if (value.size > 0) sink.int(value.size)
    for (const [given, item] of value as Map<unknown, unknown>) {
      const key = given ?? defaultValue ?? null
      if (key === null) throw new DataError(`Maps of Parquet have no null keys, but that of ${path} has one`)
      writeKey(sink, key)
      write(sink, item)
    }
    sink.int(0)
  }
}

function missing(path: string): DataError {
  return new DataError(`Found null value for non-optional schema at ${path}`)
}

function wrongValue(schema: Schema, value: unknown, path: string): DataError {
  const found = typeof value === 'object' ? (value?.constructor?.name ?? 'null') : typeof value
  return new DataError(`Invalid type for ${schema.name ?? schema.type}: ${found} (at ${path})`)
}
