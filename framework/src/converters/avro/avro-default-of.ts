import { Decimal } from '../../data/decimal.ts'
import { DATE, MILLIS_PER_DAY } from '../../data/logical-types.ts'
import type { Schema } from '../../data/schema.ts'
import type { Struct } from '../../data/struct.ts'
import { fieldName, isAvroMap, isUnionStruct } from './avro-names.ts'
import type { AvroDataOptions } from './avro-options.ts'

/** A Connect default as Avro's JSON, for a field: entries of maps with other keys than strings are records. */
export function avroDefaultOf(schema: Schema, value: unknown, options: AvroDataOptions): unknown {
  return jsonOf(schema, value, options, (key, item) => ({ key, value: item }))
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
