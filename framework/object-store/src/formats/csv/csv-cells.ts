import {
  DataError,
  DATE,
  Decimal,
  javaFloatText,
  MILLIS_PER_DAY,
  type Schema,
  type Struct,
  TIME,
} from '@spillway/api'
import { payloadWriter, type PayloadWriter, writePlain } from '@spillway/converters'

/** How lines are written. */
export interface CsvDialect {
  readonly delimiter: string
  /** What stands for null; texts that look like it are quoted. */
  readonly nullText: string
}

/** The text of one cell. */
type Cell = (value: unknown) => string

const JSON_OPTIONS = { numericDecimals: true, replaceNullWithDefault: true }
const structText = (struct: Struct): string => payloadWriter(struct.schema, JSON_OPTIONS)(struct)

/** Writes values of a schema as cells, quoted where RFC 4180 asks for it. */
export function csvCell(schema: Schema | null, dialect: CsvDialect): Cell {
  const text = schema === null ? plainText : textOf(schema)
  const fallback = schema?.defaultValue ?? null
  return (value) => {
    const present = value ?? fallback
    return present === null ? dialect.nullText : quoted(text(present), dialect)
  }
}

function textOf(schema: Schema): Cell {
  switch (schema.type) {
    case 'STRUCT':
    case 'ARRAY':
    case 'MAP': {
      const write: PayloadWriter = payloadWriter(schema, JSON_OPTIONS)
      return (value) => write(value)
    }
    default:
      return (value) => {
        if (value instanceof Date) return dateText(schema, value)
        // The digits of the float, and not of the double that holds it.
        if (schema.type === 'FLOAT32' && typeof value === 'number')
          return String(Number(javaFloatText(value)))
        return plainText(value)
      }
  }
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Decimal) return value.toString()
  if (typeof value === 'object') return writePlain(value, structText)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** @throws {DataError} for what is no instant, or no time of a day. */
function dateText(schema: Schema, value: Date): string {
  const millis = value.getTime()
  if (Number.isNaN(millis)) throw new DataError('A point in time is out of its range')
  const iso = value.toISOString()
  const divide = iso.indexOf('T')
  if (schema.name === DATE) return iso.slice(0, divide)
  if (schema.name !== TIME) return iso
  if (millis < 0 || millis >= MILLIS_PER_DAY) {
    throw new DataError(`A Time lies within one day, but ${millis} ms do not: ${schema.name}`)
  }
  return iso.slice(divide + 1, -1)
}

/** A text that could be taken for null, or end its cell, in quotes. */
export function quoted(text: string, { delimiter, nullText }: CsvDialect): string {
  const isPlain =
    text !== nullText && !text.includes(delimiter) && !/["\r\n]/.test(text) && text.trim() === text
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`
}
