import {
  DATE,
  DataError,
  Decimal,
  DECIMAL,
  isStruct,
  type Schema,
  type Struct,
  TIME,
  TIMESTAMP,
} from '@spillway/framework'
import { jsonValueText } from '../../values/json-value-text.ts'
import { float32Text, float64Text, numberText } from '../../values/number-text.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import type { Column, SinkField } from '../dialect.ts'
import { arrayLiteral } from './literals.ts'

const NUMERIC_TYPES = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'money',
  'oid',
])

export type ToText = (value: unknown) => string

/**
 * How values of a field become the text its column reads. PostgreSQL infers the rest: a text is an enum, a uuid, an
 * inet or a range where the column is one.
 */
export function postgresText(field: SinkField, column: Column, temporal: TemporalText): ToText {
  if (field.isTimestamp) {
    const isInstant = column.type === 'timestamp with time zone'
    return (value) => temporal.epochUnits(value, isInstant)
  }
  return textFor(field.schema, column.type, temporal, field.name)
}

function textFor(schema: Schema, type: string, temporal: TemporalText, name: string): ToText {
  switch (schema.name) {
    case DECIMAL:
      return numberText
    case DATE:
      return (value) => temporal.date(value as Date)
    case TIME:
      return (value) => temporal.time(value as Date)
    case TIMESTAMP:
      return type === 'timestamp with time zone'
        ? (value) => temporal.instant(value as Date)
        : (value) => temporal.timestamp(value as Date)
    default:
      return plainText(schema, type, temporal, name)
  }
}

function plainText(schema: Schema, type: string, temporal: TemporalText, name: string): ToText {
  switch (schema.type) {
    case 'FLOAT32':
      return (value) => float32Text(value as number)
    case 'FLOAT64':
      return (value) => float64Text(value as number)
    case 'BOOLEAN':
      return NUMERIC_TYPES.has(type) ? (value) => (value === true ? '1' : '0') : String
    case 'STRING':
      return type === 'json' || type === 'jsonb' || type === 'bytea' ? String : textWithoutNul(name)
    case 'BYTES':
      return (value) => bytesText(value as Uint8Array, type)
    case 'ARRAY':
      return type.endsWith('[]')
        ? arrayText(schema.valueSchemaIfAny, type, temporal, name)
        : jsonText(schema, type)
    case 'MAP':
      if (type.endsWith('[]')) return plainArrayText(type)
      return type === 'hstore' ? hstoreText : jsonText(schema, type)
    case 'STRUCT':
      return jsonText(schema, type)
    default:
      return String
  }
}

function textWithoutNul(name: string): ToText {
  return (value) => {
    const text = value as string
    if (text.includes('\0')) {
      throw new DataError(
        `The field ${name} holds a character U+0000, which PostgreSQL cannot store in text (SQLSTATE 22021)`,
      )
    }
    return text
  }
}

function bytesText(value: Uint8Array, type: string): string {
  const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  return type === 'uuid' ? hex : `\\x${hex}`
}

function jsonText(schema: Schema, type: string): ToText {
  if (!['json', 'jsonb', 'text', 'character varying', 'bpchar'].includes(type)) {
    return () => {
      throw new DataError(`Unsupported source data type: ${schema.type} (the column is of type ${type})`)
    }
  }
  return (value) => jsonValueText(value, schema)
}

function arrayText(items: Schema | undefined, type: string, temporal: TemporalText, name: string): ToText {
  if (items === undefined) return plainArrayText(type)
  const element = type.slice(0, -2)
  const toText =
    items.type === 'ARRAY'
      ? arrayText(items.valueSchemaIfAny, type, temporal, name)
      : textFor(items, element, temporal, name)
  const isNested = items.type === 'ARRAY'
  return (value) =>
    arrayLiteral(
      (value as unknown[]).map((item) => (item === null ? null : toText(item))),
      isNested,
    )
}

/** A schemaless array for an array column. */
function plainArrayText(type: string): ToText {
  const element = type.slice(0, -2)
  const isJson = element === 'json' || element === 'jsonb'
  const toText = (value: unknown): string => {
    if (!Array.isArray(value)) throw new DataError(`The column is of type ${type}, but the value is no array`)
    const isNested = !isJson && value.some(Array.isArray)
    return arrayLiteral(
      value.map((item: unknown) => {
        if (item === null) return null
        if (isNested) return toText(item)
        return isJson || (typeof item === 'object' && !(item instanceof Decimal))
          ? jsonValueText(item, undefined)
          : numberText(item)
      }),
      isNested,
    )
  }
  return toText
}

function hstoreText(value: unknown): string {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  const entries = entriesOf(value)
  return entries
    .map(([key, item]) => `${quote(String(key))}=>${item === null ? 'NULL' : quote(elementText(item))}`)
    .join(',')
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (isStruct(value)) {
    const struct = value as unknown as Struct
    return struct.schema.fields.map((field) => [field.name, struct.getField(field)])
  }
  return Object.entries(value as object)
}

function elementText(value: unknown): string {
  return typeof value === 'string' ? value : jsonValueText(value, undefined)
}
