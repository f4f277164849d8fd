import { DATE, DataError, DECIMAL, type Schema, TIME, TIMESTAMP } from '@spillway/framework'
import mysql from 'mysql2'
import { jsonValueText } from '../../values/json-value-text.ts'
import { float32Text, numberText } from '../../values/number-text.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import type { Column, SinkField } from '../dialect.ts'

const NEEDS_ESCAPE = /["'\\\p{Cc}]/u

export type ToLiteral = (value: unknown) => string

/** A text as SQL literal; the session has backslash escapes (see the dialect's session settings). */
export function textLiteral(text: string): string {
  return NEEDS_ESCAPE.test(text) ? mysql.escape(text) : `'${text}'`
}

const TEXT_TYPES = new Set([
  'char',
  'varchar',
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'enum',
  'set',
  'json',
])

/** How values of a field become literals of a statement for many rows. */
export function mysqlLiteral(field: SinkField, column: Column, temporal: TemporalText): ToLiteral {
  const literal = literalFor(field, temporal)
  // A number compared with a text is compared as a number: slow, and equal to texts that differ.
  return TEXT_TYPES.has(column.type) ? quotingNumbers(literal) : literal
}

function quotingNumbers(literal: ToLiteral): ToLiteral {
  return (value) => {
    const text = literal(value)
    return text.endsWith("'") ? text : `'${text}'`
  }
}

function literalFor({ schema, isTimestamp, name }: SinkField, temporal: TemporalText): ToLiteral {
  if (isTimestamp) return (value) => `'${temporal.epochUnits(value, false)}'`
  switch (schema.name) {
    case DECIMAL:
      return numberText
    case DATE:
      return (value) => `'${temporal.date(value as Date)}'`
    case TIME:
      return (value) => `'${temporal.time(value as Date)}'`
    case TIMESTAMP:
      return (value) => `'${temporal.timestamp(value as Date)}'`
    default:
      return plainLiteral(schema, name)
  }
}

function plainLiteral(schema: Schema, name: string): ToLiteral {
  switch (schema.type) {
    case 'BOOLEAN':
      return (value) => (value === true ? '1' : '0')
    case 'STRING':
      return (value) => textLiteral(value as string)
    case 'BYTES':
      return (value) => {
        const bytes = value as Uint8Array
        return `X'${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'`
      }
    case 'FLOAT32':
      return (value) => finite(value as number, name, float32Text)
    case 'FLOAT64':
      return (value) => finite(value as number, name, numberText)
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return (value) => textLiteral(jsonValueText(value, schema))
    default:
      return String
  }
}

function finite(value: number, name: string, toText: (value: number) => string): string {
  if (Number.isFinite(value)) return toText(value)
  throw new DataError(`The field ${name} is ${value}, which MySQL cannot store (SQLSTATE 22003)`)
}

/** The default of a field. A text's stands in parentheses: MySQL takes no other default for TEXT and JSON. */
export function mysqlDefault(field: SinkField, columnType: string, temporal: TemporalText): string {
  const literal = literalFor(field, temporal)(field.schema.defaultValue)
  return columnType === 'TEXT' || columnType === 'JSON' ? `(${literal})` : literal
}
