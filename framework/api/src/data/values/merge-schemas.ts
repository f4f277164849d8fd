import { Schema, type SchemaType } from '../schema.ts'
import type { ParsedValue } from './parsed-value.ts'

/** Values of types that have nothing in common: no schema describes them all. */
export const UNKNOWN = Symbol('no common schema')

/** Number types, each able to hold those before it well enough for Connect. */
const NUMBERS: readonly SchemaType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64']

/** The narrowest schema for values of both; {@link UNKNOWN} where there is none. */
export function mergeSchemas(
  a: Schema | typeof UNKNOWN,
  b: Schema | typeof UNKNOWN,
): Schema | typeof UNKNOWN {
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN
  if (a.equals(b)) return a
  if (a.name !== undefined || b.name !== undefined) return UNKNOWN
  if (a.type === b.type) return mergeContainers(a, b)
  const rank = Math.max(NUMBERS.indexOf(a.type), NUMBERS.indexOf(b.type))
  if (!NUMBERS.includes(a.type) || !NUMBERS.includes(b.type)) return UNKNOWN
  return NUMBERS.indexOf(a.type) === rank ? a : b
}

function mergeContainers(a: Schema, b: Schema): Schema {
  const keySchema = mergeParts(a.keySchemaIfAny, b.keySchemaIfAny)
  const valueSchema = mergeParts(a.valueSchemaIfAny, b.valueSchemaIfAny)
  return new Schema({ type: a.type, ...(keySchema && { keySchema }), ...(valueSchema && { valueSchema }) })
}

/** An empty container has no element schema and fits beside any. */
function mergeParts(a: Schema | undefined, b: Schema | undefined): Schema | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const merged = mergeSchemas(a, b)
  return merged === UNKNOWN ? undefined : merged
}

/** The parsed value in the form its common schema asks for: a bigint for INT64, a number for the others. */
export function conform(schema: Schema | undefined, parsed: ParsedValue): unknown {
  if (schema === undefined || parsed.schema === schema) return parsed.value
  return conformValue(schema, parsed.value)
}

function conformValue(schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined || schema.name !== undefined) return value
  if (Array.isArray(value)) return value.map((item) => conformValue(schema.valueSchemaIfAny, item))
  if (value instanceof Map) {
    return new Map(
      [...value].map(([key, item]) => [
        conformValue(schema.keySchemaIfAny, key),
        conformValue(schema.valueSchemaIfAny, item),
      ]),
    )
  }
  if (schema.type === 'INT64' && typeof value === 'number') return BigInt(value)
  if (schema.type === 'FLOAT32' && (typeof value === 'bigint' || typeof value === 'number')) {
    return Math.fround(Number(value))
  }
  return schema.type === 'FLOAT64' && typeof value === 'bigint' ? Number(value) : value
}
