import { DataError } from '../errors/connect-errors.ts'
import { Decimal } from './decimal.ts'
import { DATE, DECIMAL, TIME, TIMESTAMP } from './logical-types.ts'
import type { Schema } from './schema.ts'
import { isStruct, type StructLike } from './struct-like.ts'

const INT_RANGES: Readonly<Record<string, number>> = { INT8: 2 ** 7, INT16: 2 ** 15, INT32: 2 ** 31 }
const INT64_LIMIT = 2n ** 63n

/**
 * Checks that a Connect value fits its schema (Java: `ConnectSchema.validateValue`).
 *
 * @param name what is being checked, for the message: a field's name.
 * @throws {DataError} saying the type that was expected and what was found.
 */
export function validateValue(schema: Schema, value: unknown, name?: string): void {
  if (value === null || value === undefined) {
    if (schema.optional) return
    const what = name === undefined ? '' : ` used for required field: "${name}", schema type: ${schema.type}`
    throw new DataError(
      `Invalid value: null${what === '' ? ` used for required ${schema.type} schema` : what}`,
    )
  }
  if (!fits(schema, value)) {
    const what = name === undefined ? '' : ` for field: "${name}"`
    const logical = schema.name === undefined ? '' : ` (${schema.name})`
    throw new DataError(
      `Invalid value${what}: expected ${schema.type}${logical}, but found ${describe(value)}`,
    )
  }
  if (schema.type === 'STRUCT') {
    const struct = value as StructLike
    if (!struct.schema.equals(schema)) throw new DataError('Struct schemas do not match.')
    struct.validate()
  } else if (schema.type === 'ARRAY') {
    const items = schema.valueSchemaIfAny
    if (items !== undefined) for (const item of value as unknown[]) validateValue(items, item, name)
  } else if (schema.type === 'MAP') {
    for (const [key, item] of value as Map<unknown, unknown>) {
      if (schema.keySchemaIfAny !== undefined) validateValue(schema.keySchemaIfAny, key, name)
      if (schema.valueSchemaIfAny !== undefined) validateValue(schema.valueSchemaIfAny, item, name)
    }
  }
}

function fits(schema: Schema, value: unknown): boolean {
  if (schema.name === DECIMAL) return value instanceof Decimal
  if (schema.name === DATE || schema.name === TIME || schema.name === TIMESTAMP) return value instanceof Date
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32': {
      const limit = INT_RANGES[schema.type] ?? 0
      return typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit
    }
    case 'INT64':
      return typeof value === 'bigint' && value >= -INT64_LIMIT && value < INT64_LIMIT
    case 'FLOAT32':
    case 'FLOAT64':
      return typeof value === 'number'
    case 'BOOLEAN':
      return typeof value === 'boolean'
    case 'STRING':
      return typeof value === 'string'
    case 'BYTES':
      return value instanceof Uint8Array
    case 'ARRAY':
      return Array.isArray(value)
    case 'MAP':
      return value instanceof Map
    case 'STRUCT':
      return isStruct(value)
  }
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value).slice(0, 64)}`
  return value.constructor?.name ?? 'object'
}
