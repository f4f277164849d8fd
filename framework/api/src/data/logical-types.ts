import { own } from './own.ts'
import { Schema, type SchemaType } from './schema.ts'

/**
 * The logical types of Connect (Java: `org.apache.kafka.connect.data.{Decimal,Date,Time,Timestamp}`).
 *
 * Values: Decimal is a {@link Decimal}; Date, Time and Timestamp are JavaScript `Date`s in UTC (a Date at midnight,
 * a Time on 1970-01-01), exact to the millisecond.
 */
export const DECIMAL = 'org.apache.kafka.connect.data.Decimal'
export const DATE = 'org.apache.kafka.connect.data.Date'
export const TIME = 'org.apache.kafka.connect.data.Time'
export const TIMESTAMP = 'org.apache.kafka.connect.data.Timestamp'

/** Parameter of a Decimal schema that holds its scale. */
export const SCALE_PARAMETER = 'scale'

/** Parameter of a Decimal schema that holds how many digits its values have at most (Confluent's AvroData). */
export const PRECISION_PARAMETER = 'connect.decimal.precision'

export interface LogicalOptions {
  readonly optional?: boolean
  readonly defaultValue?: unknown
  readonly doc?: string
}

export function decimalSchema(scale: number, options: LogicalOptions = {}): Schema {
  return new Schema({
    type: 'BYTES',
    name: DECIMAL,
    version: 1,
    parameters: { [SCALE_PARAMETER]: String(scale) },
    ...options,
  })
}

export function dateSchema(options: LogicalOptions = {}): Schema {
  return new Schema({ type: 'INT32', name: DATE, version: 1, ...options })
}

export function timeSchema(options: LogicalOptions = {}): Schema {
  return new Schema({ type: 'INT32', name: TIME, version: 1, ...options })
}

export function timestampSchema(options: LogicalOptions = {}): Schema {
  return new Schema({ type: 'INT64', name: TIMESTAMP, version: 1, ...options })
}

export const MILLIS_PER_DAY = 86_400_000

/** True for a schema whose values are {@link Decimal}s: a name alone makes no decimal of another type. */
export function isDecimal(schema: Schema): boolean {
  return logicalNameOf(schema) === DECIMAL
}

/**
 * How many digits the values of a Decimal schema have at most, and how many of them stand behind the point. An invalid
 * precision counts as not given. The precision is at least the number of digits after the point.
 */
export function decimalDigits(
  schema: Schema,
  defaultPrecision: number,
): { precision: number; scale: number } {
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  const given = Number(schema.parameters?.[PRECISION_PARAMETER] ?? defaultPrecision)
  const precision = Number.isSafeInteger(given) && given > 0 ? given : defaultPrecision
  return { precision: Math.max(precision, scale), scale }
}

const TYPES: Readonly<Record<string, SchemaType>> = {
  [DECIMAL]: 'BYTES',
  [DATE]: 'INT32',
  [TIME]: 'INT32',
  [TIMESTAMP]: 'INT64',
}

/**
 * The name of the logical type a schema is of; undefined for any other. A name says nothing of a value of another type:
 * Cast of a whole Decimal to text leaves its name, and a text is what it is.
 */
export function logicalNameOf(schema: Schema): string | undefined {
  const { name } = schema
  return name !== undefined && own(TYPES, name) === schema.type ? name : undefined
}

/** A schema without the name of a logical type where its values are of another type; any other is returned as it is. */
export function withoutForeignName(schema: Schema): Schema {
  const { name } = schema
  const wanted = name === undefined ? undefined : own(TYPES, name)
  if (wanted === undefined || wanted === schema.type) return schema
  const { type, optional, defaultValue, version, doc, parameters } = schema
  return new Schema({ type, optional, defaultValue, version, doc, parameters })
}

export function isLogical(schema: Schema | undefined): boolean {
  const name = schema?.name
  return name === DECIMAL || name === DATE || name === TIME || name === TIMESTAMP
}
