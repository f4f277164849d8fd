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
  return name !== undefined && TYPES[name] === schema.type ? name : undefined
}

/** A schema without the name of a logical type where its values are of another type; any other is returned as it is. */
export function withoutForeignName(schema: Schema): Schema {
  const { name } = schema
  if (name === undefined || TYPES[name] === undefined || TYPES[name] === schema.type) return schema
  const { type, optional, defaultValue, version, doc, parameters } = schema
  return new Schema({ type, optional, defaultValue, version, doc, parameters })
}

export function isLogical(schema: Schema | undefined): boolean {
  const name = schema?.name
  return name === DECIMAL || name === DATE || name === TIME || name === TIMESTAMP
}
