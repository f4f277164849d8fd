import {
  DATE,
  Decimal,
  DECIMAL,
  logicalNameOf,
  MILLIS_PER_DAY,
  own,
  SCALE_PARAMETER,
  type Schema,
  Struct,
  TIME,
  TIMESTAMP,
  validateValue,
} from '@spillway/api'
import { SchemaBudget, TooLargeError } from '../schema-budget.ts'
import { isMapEntry, isUnionStruct } from './avro-names.ts'
import type { AvroType } from './avro-schema.ts'

/**
 * The Connect value of a default as Avro's JSON writes it (bytes as characters up to 255, a union's value as its first
 * branch). Undefined where the default does not fit: Java ignores such a default too.
 *
 * @param budget counts what is in it: a record may take its fields' defaults, which may be records again.
 * @throws {TooLargeError} where that is too much.
 */
export function connectDefaultOf(
  type: AvroType,
  schema: Schema,
  json: unknown,
  budget = new SchemaBudget(),
): unknown {
  if (json === null || json === undefined) return null
  try {
    const value = convert(type, schema, json, budget)
    validateValue(schema, value)
    return value
  } catch (error) {
    if (error instanceof TooLargeError) throw error
    return undefined
  }
}

class UnfitDefault extends Error {}

function convert(type: AvroType, schema: Schema, json: unknown, budget: SchemaBudget): unknown {
  if (json === null || json === undefined) return null
  if (type.kind === 'union') return convertUnion(type.branches, schema, json, budget)
  budget.spend(typeof json === 'string' ? 1 + json.length / 100 : 1)
  return toLogical(schema, convertType(type, schema, json, budget))
}

/** A default is meant for the first branch; a nullable union is its other branch in Connect. */
function convertUnion(
  branches: readonly AvroType[],
  schema: Schema,
  json: unknown,
  budget: SchemaBudget,
): unknown {
  const first = branches.find((branch) => branch.kind !== 'null')
  if (first === undefined) throw new UnfitDefault()
  if (!isUnionStruct(schema)) return convert(first, schema, json, budget)
  const [field] = schema.fields
  if (field === undefined) throw new UnfitDefault()
  const values: unknown[] = schema.fields.map(() => null)
  values[0] = convert(first, field.schema, json, budget)
  return new Struct(schema, values)
}

function convertType(type: AvroType, schema: Schema, json: unknown, budget: SchemaBudget): unknown {
  switch (type.kind) {
    case 'long':
      return typeof json === 'bigint' ? json : BigInt(json as number)
    case 'float':
      return Math.fround(Number(json))
    case 'double':
      return Number(json)
    case 'bytes':
    case 'fixed':
      if (typeof json !== 'string') throw new UnfitDefault()
      return Buffer.from(json, 'latin1')
    case 'array':
      return convertArray(type.items, schema, json, budget)
    case 'map':
      return new Map(
        Object.entries(json as object).map(([key, value]) => [
          key,
          convert(type.values, schema.valueSchema, value, budget),
        ]),
      )
    case 'record':
      return new Struct(
        schema,
        type.fields.map((field, i) => {
          const value = own(json as Record<string, unknown>, field.name) ?? field.defaultValue
          const fieldSchema = schema.fields[i]?.schema
          if (fieldSchema === undefined) throw new UnfitDefault()
          return convert(field.type, fieldSchema, value, budget)
        }),
      )
    default:
      return json
  }
}

function convertArray(items: AvroType, schema: Schema, json: unknown, budget: SchemaBudget): unknown {
  if (!Array.isArray(json)) throw new UnfitDefault()
  if (items.kind !== 'record' || !isMapEntry(items)) {
    return json.map((item) => convert(items, schema.valueSchema, item, budget))
  }
  const partType = (name: string): AvroType => {
    const field = items.fields.find((candidate) => candidate.name === name)
    if (field === undefined) throw new UnfitDefault()
    return field.type
  }
  // A map's entries are records in Avro's own defaults, pairs in those that Connect noted down.
  const entries = json.map((entry: unknown) =>
    Array.isArray(entry) ? entry : [(entry as { key: unknown }).key, (entry as { value: unknown }).value],
  )
  return new Map(
    entries.map(([key, value]) => [
      convert(partType('key'), schema.keySchema, key, budget),
      convert(partType('value'), schema.valueSchema, value, budget),
    ]),
  )
}

function toLogical(schema: Schema, value: unknown): unknown {
  switch (logicalNameOf(schema)) {
    case DECIMAL:
      return Decimal.fromBytes(value as Buffer, Number(schema.parameters?.[SCALE_PARAMETER] ?? 0))
    case DATE:
      return new Date(Number(value) * MILLIS_PER_DAY)
    case TIME:
    case TIMESTAMP:
      return new Date(Number(value))
    default:
      return value
  }
}
