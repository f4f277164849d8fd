import { DATE, Decimal, MILLIS_PER_DAY, type Schema, type Struct } from '@spillway/api'
import {
  enumNameOf,
  enumSymbolsOf,
  fieldName,
  FIXED_SIZE,
  isAvroMap,
  isFixed,
  isUnionStruct,
} from './avro-names.ts'
import type { AvroDataOptions } from './avro-options.ts'

/**
 * A Connect default as Avro's JSON, for a field: entries of maps with other keys than strings are records. Undefined
 * where Avro cannot say it: values are written with their defaults anyway, and readers refuse a schema whose default
 * does not fit.
 */
export function avroDefaultOf(schema: Schema, value: unknown, options: AvroDataOptions): unknown {
  if (!isSayable(schema, value, options)) return undefined
  return jsonOf(schema, value, options, (key, item) => ({ key, value: item }))
}

/** True for a value that Avro's JSON has: numbers that are finite, in unions a value of the first branch. */
function isSayable(schema: Schema, value: unknown, options: AvroDataOptions): boolean {
  const part = (inner: Schema | undefined, item: unknown): boolean => {
    if (inner === undefined) return false
    // A part that may be null is a union that begins with null, or with its type where it has a default.
    const isNullFirst = inner.optional && (inner.defaultValue ?? null) === null
    const isNull = item === null || item === undefined
    return isNull ? isNullFirst : !isNullFirst && isSayable(inner, item, options)
  }
  if (isUnionStruct(schema)) {
    const [first] = schema.fields
    const set = first === undefined ? null : (value as Struct).at(first.index)
    return !schema.optional && first !== undefined && set !== null && isSayable(first.schema, set, options)
  }
  if (value instanceof Date) {
    return Number.isInteger(value.getTime() / (schema.name === DATE ? MILLIS_PER_DAY : 1))
  }
  switch (schema.type) {
    case 'FLOAT32':
    case 'FLOAT64':
      return Number.isFinite(value)
    case 'STRING':
      return (
        enumNameOf(schema, options) === undefined || enumSymbolsOf(schema, options).includes(value as string)
      )
    case 'BYTES': {
      const { length } = value instanceof Decimal ? value.toBytes() : (value as Uint8Array)
      return !isFixed(schema) || length === Number(schema.parameters?.[FIXED_SIZE])
    }
    case 'ARRAY':
      return (value as unknown[]).every((item) => part(schema.valueSchemaIfAny, item))
    case 'MAP':
      return [...(value as Map<unknown, unknown>)].every(
        ([key, item]) => part(schema.keySchemaIfAny, key) && part(schema.valueSchemaIfAny, item),
      )
    case 'STRUCT':
      return schema.fields.every((field) => part(field.schema, (value as Struct).getField(field)))
    default:
      return true
  }
}

/** A Connect default as Confluent notes it down in `connect.default`: such entries are pairs. */
export function connectDefaultText(schema: Schema, value: unknown, options: AvroDataOptions): unknown {
  return jsonOf(schema, value, options, (key, item) => [key, item])
}

function jsonOf(
  schema: Schema,
  value: unknown,
  options: AvroDataOptions,
  entryOf: (key: unknown, item: unknown) => unknown,
): unknown {
  const json = (part: Schema | undefined, item: unknown): unknown =>
    part === undefined ? item : jsonOf(part, item, options, entryOf)
  if (value === null || value === undefined) return null
  if (value instanceof Decimal) return value.toBytes().toString('latin1')
  if (value instanceof Date) return schema.name === DATE ? value.getTime() / MILLIS_PER_DAY : value.getTime()
  switch (schema.type) {
    case 'INT64':
      return longOf(value as bigint)
    case 'BYTES':
      return Buffer.from(value as Uint8Array).toString('latin1')
    case 'ARRAY':
      return (value as unknown[]).map((item) => json(schema.valueSchemaIfAny, item))
    case 'MAP': {
      const entries = [...(value as Map<unknown, unknown>)].map(
        ([key, item]) => [json(schema.keySchemaIfAny, key), json(schema.valueSchemaIfAny, item)] as const,
      )
      return isAvroMap(schema, options)
        ? Object.fromEntries(entries as [string, unknown][])
        : entries.map(([key, item]) => entryOf(key, item))
    }
    case 'STRUCT': {
      const struct = value as Struct
      if (isUnionStruct(schema)) {
        const set = schema.fields.find((field) => struct.at(field.index) !== null)
        return set === undefined ? null : json(set.schema, struct.at(set.index))
      }
      return Object.fromEntries(
        schema.fields.map((field) => [
          fieldName(field.name, options),
          json(field.schema, struct.getField(field)),
        ]),
      )
    }
    default:
      return value
  }
}

/** Stringified, a number beyond 2^53 would lose digits: `JSON.rawJSON` keeps them. */
function longOf(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : (JSON as unknown as RawJson).rawJSON(value.toString())
}

interface RawJson {
  rawJSON(text: string): unknown
}
