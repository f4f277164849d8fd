import {
  DataError,
  DATE,
  Decimal,
  MILLIS_PER_DAY,
  type Schema,
  type SchemaType,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import { dateText } from './date-text.ts'
import { javaClassName } from './java-class-name.ts'
import {
  decimalToLong,
  doubleToInt,
  doubleToLong,
  doubleToString,
  floatAsNumber,
  floatToString,
  longToFloat,
  NumberFormatError,
  parseDouble,
  parseFloat32,
  parseInteger,
} from './java-number.ts'
import { isPlainObject } from './plain-object.ts'

/** What values can be cast to. */
export const CAST_TARGETS = [
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'BOOLEAN',
  'STRING',
] as const satisfies readonly SchemaType[]

export type CastTarget = (typeof CAST_TARGETS)[number]

const CAST_SOURCES: readonly SchemaType[] = [...CAST_TARGETS, 'BYTES']

const INTEGER_BITS = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 } as const

/**
 * Turns a value into another primitive type as Kafka Connect's `Cast` does: Java's narrowing, parsing and printing.
 *
 * Results follow the schema's representation. Without a schema an int64 is a number where that is exact and a bigint
 * elsewhere, and a float32 is the number that prints as Java prints the float.
 *
 * @param schema of the value; null where it has none.
 * @throws {DataError} for a type or text that cannot be cast.
 */
export function castValue(value: unknown, schema: Schema | null, target: CastTarget): unknown {
  if (value === null || value === undefined) return null
  const source = sourceType(value, schema)
  if (!CAST_SOURCES.includes(source)) {
    throw new DataError(
      `Cast transformation does not support casting from ${source}; supported types are [${CAST_SOURCES.join(', ')}]`,
    )
  }
  try {
    switch (target) {
      case 'STRING':
        return toText(value, source)
      case 'BOOLEAN':
        return toBoolean(encodeLogical(value, schema), source)
      case 'FLOAT32': {
        const float = toFloat(encodeLogical(value, schema), source)
        return schema === null ? floatAsNumber(float) : float
      }
      case 'FLOAT64':
        return toDouble(encodeLogical(value, schema), source)
      default: {
        const long = toLong(encodeLogical(value, schema), source, INTEGER_BITS[target])
        if (target !== 'INT64') return Number(long)
        return schema === null && isSafe(long) ? Number(long) : long
      }
    }
  } catch (error) {
    if (!(error instanceof NumberFormatError)) throw error
    throw new DataError(`Value (${String(value)}) was out of range for requested data type`, { cause: error })
  }
}

function isSafe(long: bigint): boolean {
  return long >= BigInt(Number.MIN_SAFE_INTEGER) && long <= BigInt(Number.MAX_SAFE_INTEGER)
}

/** The type a value has, or that Java would infer for it. */
function sourceType(value: unknown, schema: Schema | null): SchemaType {
  if (schema !== null) return schema.type
  switch (typeof value) {
    case 'boolean':
      return 'BOOLEAN'
    case 'string':
      return 'STRING'
    case 'bigint':
      return 'INT64'
    case 'number':
      return Number.isSafeInteger(value) ? 'INT64' : 'FLOAT64'
    default:
      return objectType(value)
  }
}

function objectType(value: unknown): SchemaType {
  if (value instanceof Uint8Array) return 'BYTES'
  if (Array.isArray(value)) return 'ARRAY'
  if (isPlainObject(value) || value instanceof Map) return 'MAP'
  throw new DataError(
    `Cast transformation was passed a value of type class ${javaClassName(value)} which is not supported by Connect's data API`,
  )
}

/** Dates become the integers that stand for them. Decimals stay. */
function encodeLogical(value: unknown, schema: Schema | null): unknown {
  if (!(value instanceof Date)) return value
  const millis = value.getTime()
  switch (schema?.name) {
    case DATE:
      if (millis % MILLIS_PER_DAY !== 0) {
        throw new DataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
      }
      return millis / MILLIS_PER_DAY
    case TIME:
      if (millis < 0 || millis >= MILLIS_PER_DAY) {
        throw new DataError('Kafka Connect Time type should not have any date fields set to non-zero values.')
      }
      return millis
    case TIMESTAMP:
      return BigInt(millis)
    default:
      return value
  }
}

function unexpected(value: unknown): DataError {
  return new DataError(`Unexpected type in Cast transformation: class ${javaClassName(value)}`)
}

function isFloating(source: SchemaType): boolean {
  return source === 'FLOAT32' || source === 'FLOAT64'
}

/** The low bits of the value, with the sign those bits give it. */
function toLong(value: unknown, source: SchemaType, bits: 8 | 16 | 32 | 64): bigint {
  if (typeof value === 'number') {
    if (!isFloating(source)) return BigInt.asIntN(bits, BigInt(value))
    return bits === 64 ? doubleToLong(value) : BigInt.asIntN(bits, BigInt(doubleToInt(value)))
  }
  if (typeof value === 'bigint') return BigInt.asIntN(bits, value)
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'string') return parseInteger(value, bits)
  if (value instanceof Decimal) return BigInt.asIntN(bits, decimalToLong(value))
  throw unexpected(value)
}

function toFloat(value: unknown, source: SchemaType): number {
  if (typeof value === 'number') {
    return isFloating(source) ? Math.fround(value) : longToFloat(BigInt(value))
  }
  if (typeof value === 'bigint') return longToFloat(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return parseFloat32(value)
  if (value instanceof Decimal) return parseFloat32(value.toString())
  throw unexpected(value)
}

function toDouble(value: unknown, source: SchemaType): number {
  if (typeof value === 'number') {
    return source === 'FLOAT32' ? Math.fround(value) : value
  }
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return parseDouble(value)
  if (value instanceof Decimal) return value.toNumber()
  throw unexpected(value)
}

/** A number is true where its integer part is not zero, so 0.5 is false, as in Java. */
function toBoolean(value: unknown, source: SchemaType): boolean {
  if (typeof value === 'number') {
    return isFloating(source) ? doubleToLong(value) !== 0n : value !== 0
  }
  if (typeof value === 'bigint') return value !== 0n
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return value.toLowerCase() === 'true'
  if (value instanceof Decimal) return decimalToLong(value) !== 0n
  throw unexpected(value)
}

function toText(value: unknown, source: SchemaType): string {
  if (typeof value === 'number') {
    if (source === 'FLOAT32') return floatToString(value)
    return source === 'FLOAT64' ? doubleToString(value) : String(value)
  }
  if (value instanceof Date) return dateText(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return String(value)
}
