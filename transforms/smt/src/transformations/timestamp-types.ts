import {
  ConnectError,
  DataError,
  DATE,
  dateSchema,
  INT64,
  MILLIS_PER_DAY,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  type Schema,
  STRING,
  TIME,
  timeSchema,
  TIMESTAMP,
  timestampSchema,
} from '@spillway/api'
import { javaClassName } from './shared/java-class-name.ts'
import type { SimpleDateFormat } from './simple-date-format/simple-date-format.ts'

/** The representations of a moment that TimestampConverter knows. */
export const TIMESTAMP_TYPES = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const
export type TimestampType = (typeof TIMESTAMP_TYPES)[number]

export const UNIX_PRECISIONS = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'] as const
export type UnixPrecision = (typeof UNIX_PRECISIONS)[number]

const MIN_LONG = -(2n ** 63n)
const MAX_LONG = 2n ** 63n - 1n

/** Schemas of a type, required and optional. */
export const TYPE_SCHEMAS: Readonly<Record<TimestampType, readonly [required: Schema, optional: Schema]>> = {
  string: [STRING, OPTIONAL_STRING],
  unix: [INT64, OPTIONAL_INT64],
  Date: [dateSchema(), dateSchema({ optional: true })],
  Time: [timeSchema(), timeSchema({ optional: true })],
  Timestamp: [timestampSchema(), timestampSchema({ optional: true })],
}

/** The representation a schema stands for. @throws {ConnectError} for one that is none. */
export function typeOfSchema(schema: Schema): TimestampType {
  switch (schema.name) {
    case TIMESTAMP:
      return 'Timestamp'
    case DATE:
      return 'Date'
    case TIME:
      return 'Time'
    default:
      return typeOfPlainSchema(schema)
  }
}

function typeOfPlainSchema(schema: Schema): TimestampType {
  if (schema.type === 'STRING') return 'string'
  if (schema.type === 'INT64') return 'unix'
  throw new ConnectError(`Schema ${schema.toString()} does not correspond to a known timestamp type format`)
}

/** The representation of a schemaless value. @throws {DataError} for one that is none. */
export function typeOfValue(value: unknown): TimestampType {
  if (value instanceof Date) return 'Timestamp'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return 'unix'
  throw new DataError(
    `TimestampConverter does not support class ${javaClassName(value)} objects as timestamps`,
  )
}

/** What conversions need to know besides the types. */
export interface TimestampSettings {
  readonly format: SimpleDateFormat | null
  readonly precision: UnixPrecision
}

/** Milliseconds since the epoch. @throws {DataError} for a text that does not match, or a moment out of range. */
export function toMillis(value: unknown, type: TimestampType, settings: TimestampSettings): number {
  switch (type) {
    case 'string':
      return parseText(value, settings.format)
    case 'unix':
      return unixToMillis(value, settings.precision)
    default:
      if (value instanceof Date) return value.getTime()
      throw new DataError(`Expected ${type} to be a java.util.Date, but found class ${javaClassName(value)}`)
  }
}

function parseText(value: unknown, format: SimpleDateFormat | null): number {
  if (typeof value !== 'string') {
    throw new DataError(`Expected string timestamp to be a String, but found class ${javaClassName(value)}`)
  }
  if (format === null) {
    throw new DataError(
      'TimestampConverter requires format option to be specified when using string timestamps',
    )
  }
  const millis = format.parse(value)
  if (millis === undefined) {
    throw new DataError(
      `Could not parse timestamp: value (${value}) does not match pattern (${format.pattern})`,
    )
  }
  return millis
}

function unixToMillis(value: unknown, precision: UnixPrecision): number {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw new DataError(`Expected Unix timestamp to be a Long, but found class ${javaClassName(value)}`)
  }
  const millis = Number(scaleToMillis(BigInt(value as bigint | number), precision))
  if (Number.isNaN(new Date(millis).getTime())) {
    throw new DataError(`Unix timestamp ${String(value)} in ${precision} is beyond the year 275760`)
  }
  return millis
}

/** Cut towards zero, as Java's TimeUnit does. */
function scaleToMillis(unix: bigint, precision: UnixPrecision): bigint {
  switch (precision) {
    case 'seconds':
      return unix * 1000n
    case 'milliseconds':
      return unix
    case 'microseconds':
      return unix / 1000n
    case 'nanoseconds':
      return unix / 1_000_000n
  }
}

/** A moment in another representation. `unix` is a bigint with a schema, and a number without where that is exact. */
export function fromMillis(
  millis: number,
  type: TimestampType,
  settings: TimestampSettings,
  hasSchema: boolean,
): unknown {
  switch (type) {
    case 'string':
      return settings.format?.format(millis) ?? null
    case 'unix': {
      const unix = millisToUnix(BigInt(millis), settings.precision)
      return !hasSchema && Number.isSafeInteger(Number(unix)) ? Number(unix) : unix
    }
    case 'Date':
      return new Date(Math.floor(millis / MILLIS_PER_DAY) * MILLIS_PER_DAY)
    case 'Time':
      return new Date(millis - Math.floor(millis / MILLIS_PER_DAY) * MILLIS_PER_DAY)
    case 'Timestamp':
      return new Date(millis)
  }
}

/** Held at the limits of an int64, as Java's TimeUnit does. */
function millisToUnix(millis: bigint, precision: UnixPrecision): bigint {
  switch (precision) {
    case 'seconds':
      return millis / 1000n
    case 'milliseconds':
      return millis
    case 'microseconds':
      return millis * 1000n
    case 'nanoseconds': {
      const nanos = millis * 1_000_000n
      return nanos > MAX_LONG ? MAX_LONG : nanos < MIN_LONG ? MIN_LONG : nanos
    }
  }
}
