import {
  DATE,
  DataError,
  Decimal,
  DECIMAL,
  isStruct,
  type Schema,
  TIME,
  TIMESTAMP,
} from '@spillway/framework'
import { PLAIN_JSON } from './plain-schemas.ts'

/** What a value is, by which databases tell types apart. `plain` is an object or array without a schema. */
export type ValueKind =
  | 'integer'
  | 'float32'
  | 'float64'
  | 'decimal'
  | 'boolean'
  | 'text'
  | 'bytes'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'array'
  | 'map'
  | 'struct'
  | 'plain'

/** A logical name counts only on the type it belongs to: Cast leaves it on a text, for one. */
const LOGICAL: Readonly<Record<string, readonly [Schema['type'], ValueKind]>> = {
  [DECIMAL]: ['BYTES', 'decimal'],
  [DATE]: ['INT32', 'date'],
  [TIME]: ['INT32', 'time'],
  [TIMESTAMP]: ['INT64', 'timestamp'],
  [PLAIN_JSON]: ['MAP', 'plain'],
}

const PLAIN: Readonly<Record<Schema['type'], ValueKind>> = {
  INT8: 'integer',
  INT16: 'integer',
  INT32: 'integer',
  INT64: 'integer',
  FLOAT32: 'float32',
  FLOAT64: 'float64',
  BOOLEAN: 'boolean',
  STRING: 'text',
  BYTES: 'bytes',
  ARRAY: 'array',
  MAP: 'map',
  STRUCT: 'struct',
}

export function kindOf({ name, type }: Schema): ValueKind {
  const logical = name !== undefined && Object.hasOwn(LOGICAL, name) ? LOGICAL[name] : undefined
  return logical?.[0] === type ? logical[1] : PLAIN[type]
}

/** The kind of a value that came without a schema. @throws {DataError} for what no record holds. */
export function runtimeKind(value: unknown): ValueKind {
  switch (typeof value) {
    case 'bigint':
      return 'integer'
    case 'number':
      return Number.isSafeInteger(value) ? 'integer' : 'float64'
    case 'boolean':
      return 'boolean'
    case 'string':
      return 'text'
    case 'object':
      if (value instanceof Decimal) return 'decimal'
      if (value instanceof Date) return 'timestamp'
      return value instanceof Uint8Array ? 'bytes' : 'plain'
    default:
      throw new DataError(`A ${typeof value} is no value of a record`)
  }
}

/** False where a value is not what its schema says: then nothing is known of it, and it must not reach a column. */
export function isOfKind(kind: ValueKind, value: unknown): boolean {
  switch (kind) {
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'float32':
    case 'float64':
      return typeof value === 'number'
    case 'boolean':
      return typeof value === 'boolean'
    case 'text':
      return typeof value === 'string'
    case 'decimal':
      return value instanceof Decimal
    case 'date':
    case 'time':
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime())
    case 'bytes':
      return value instanceof Uint8Array
    case 'array':
      return Array.isArray(value)
    case 'struct':
      return isStruct(value)
    case 'map':
    case 'plain':
      return typeof value === 'object'
  }
}
