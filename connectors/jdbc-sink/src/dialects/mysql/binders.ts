import { DataError } from '@spillway/api'
import { debeziumTime } from '../../values/debezium-time.ts'
import { isExactDouble, isExactSingle, plainNumber, wholeNumber } from '../../values/exact-numbers.ts'
import { jsonValueText } from '../../values/json-value-text.ts'
import { float32Text, numberText } from '../../values/number-text.ts'
import { PLAIN_NUMBER } from '../../values/plain-schemas.ts'
import { keptText } from '../../values/kept-texts.ts'
import { LONE_SURROGATE, refusedValue, typeMismatch } from '../../values/refusals.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import { isOfKind, kindOf, type ValueKind } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'
import type { MysqlColumn } from './catalog.ts'
import { type MysqlTarget, targetOf } from './column-targets.ts'
import { keptKey } from './kept-keys.ts'
import { textLiteral } from './literals.ts'
import { formFault, looksLikePosition, numberOfText } from './text-forms.ts'

type Convert = (value: unknown) => string

/** A value's text, and how it is written into a statement. */
interface Conversion {
  readonly toText: Convert
  readonly toLiteral: (text: string) => string
}

const bare = (text: string): string => text
const quoted = (text: string): string => `'${text}'`

/**
 * How values of a field become literals of a statement for many rows. What MySQL would read as something else than it
 * is, in silence, is converted here or refused: `123456` in a TIME, `2` in an ENUM, `1.5` in an INT.
 */
export function mysqlLiteral(field: SinkField, column: MysqlColumn, temporal: TemporalText): Convert {
  const kind = kindOf(field.schema)
  const found = conversion(field.isTimestamp ? 'timestamp' : kind, field, column, temporal)
  if (found === undefined) {
    return () => {
      throw typeMismatch(field, column)
    }
  }
  const toText = kept(found.toText, field, column)
  return (value) => {
    // timestamp.fields.list takes numbers as texts too, and says itself what is none.
    if (!field.isTimestamp && !isOfKind(kind, value)) {
      throw new DataError(
        `The value of field ${field.name} does not fit its schema ${field.schema.toString()}: found a ${typeof value}`,
      )
    }
    return found.toLiteral(toText(value))
  }
}

function kept(toText: Convert, field: SinkField, column: MysqlColumn): Convert {
  if (field.isPrimaryKey) return keptKey(toText, field, column)
  return column.type === 'varchar' ? keptText(toText, field, column, false) : toText
}

function conversion(
  kind: ValueKind,
  field: SinkField,
  column: MysqlColumn,
  temporal: TemporalText,
): Conversion | undefined {
  const target = targetOf(column.type)
  switch (kind) {
    case 'integer':
    case 'float32':
    case 'float64':
    case 'decimal':
      return fromNumber(kind, target, field, column)
    case 'boolean':
      return fromBoolean(target)
    case 'text':
      return fromText(target, field, column)
    case 'bytes':
      return fromBytes(target, field, column)
    case 'date':
    case 'time':
    case 'timestamp':
      return fromTemporal(kind, target, field, temporal)
    default:
      return target === 'json' || target === 'text'
        ? { toText: (value) => jsonValueText(value, field.schema), toLiteral: textLiteral }
        : undefined
  }
}

function fromNumber(
  kind: ValueKind,
  target: MysqlTarget,
  field: SinkField,
  column: MysqlColumn,
): Conversion | undefined {
  const digits: Convert = kind === 'float32' ? (value) => float32Text(value as number) : numberText
  const toText: Convert =
    kind === 'integer' || kind === 'decimal'
      ? digits
      : (value) => {
          if (Number.isFinite(value)) return digits(value)
          throw new DataError(
            `The field ${field.name} is ${String(value)}, which MySQL cannot store (SQLSTATE 22003)`,
          )
        }
  switch (target) {
    case 'integer':
      return {
        toText: kind === 'integer' ? String : (value) => whole(toText(value), field, column),
        toLiteral: bare,
      }
    case 'bit':
      return {
        toText: (value) => natural(whole(toText(value), field, column), field, column),
        toLiteral: bare,
      }
    case 'year':
      return { toText: (value) => year(toText(value), field, column), toLiteral: bare }
    case 'decimal':
      return { toText: (value) => plain(toText(value), field, column), toLiteral: bare }
    case 'float':
    case 'double': {
      if (kind !== 'integer') return { toText, toLiteral: bare }
      const isPlain = field.schema.name === PLAIN_NUMBER
      return {
        toText: (value) => {
          const isExact = typeof value === 'number' && (isPlain || target === 'double')
          return isExact ? String(value) : approximate(String(value), target, field, column)
        },
        toLiteral: bare,
      }
    }
    case 'text':
    case 'json':
      return { toText, toLiteral: quoted }
    default: {
      const local = kind === 'integer' ? debeziumTime(field.schema) : undefined
      return local === undefined || !takes(local.kind, target)
        ? undefined
        : { toText: (value) => local.text(value), toLiteral: quoted }
    }
  }
}

function whole(text: string, field: SinkField, column: MysqlColumn): string {
  const digits = wholeNumber(text)
  if (digits === undefined) throw refusedValue(field, column, 'it is no whole number: round it')
  return digits
}

/** An integer is not rounded in silence; a number with a fraction is what the type is for. */
function approximate(text: string, target: MysqlTarget, field: SinkField, column: MysqlColumn): string {
  const digits = wholeNumber(text)
  if (digits === undefined) return text
  const isExact = target === 'float' ? isExactSingle : isExactDouble
  if (isExact(BigInt(digits))) return text
  throw refusedValue(field, column, 'it has more digits than the column keeps: use DECIMAL or BIGINT')
}

function natural(text: string, field: SinkField, column: MysqlColumn): string {
  if (text.startsWith('-')) throw refusedValue(field, column, 'it is negative: bits are a positive number')
  return text
}

/** MySQL takes 24 for 2024. */
function year(text: string, field: SinkField, column: MysqlColumn): string {
  const digits = wholeNumber(text)
  if (digits !== undefined && /^(?:\d{4}|0)$/.test(digits)) return digits
  throw refusedValue(field, column, 'it is no year: give all four digits')
}

function plain(text: string, field: SinkField, column: MysqlColumn): string {
  const digits = plainNumber(text)
  if (digits === undefined)
    throw refusedValue(field, column, 'it is no number that the column takes: give one')
  return digits
}

function fromBoolean(target: MysqlTarget): Conversion | undefined {
  const digit: Convert = (value) => (value === true ? '1' : '0')
  switch (target) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
    case 'bit':
      return { toText: digit, toLiteral: bare }
    case 'text':
      return { toText: digit, toLiteral: quoted }
    case 'json':
      return { toText: String, toLiteral: quoted }
    default:
      return undefined
  }
}

function fromText(target: MysqlTarget, field: SinkField, column: MysqlColumn): Conversion | undefined {
  const fault = (reason: string): DataError => refusedValue(field, column, reason)
  const size = paddedSize(field, column)
  const number = (text: string): string => {
    const digits = numberOfText(text)
    if (digits === undefined) throw fault('the text is no number: give one')
    return digits
  }
  switch (target) {
    case 'integer':
      return { toText: (value) => whole(number(value as string), field, column), toLiteral: bare }
    case 'decimal':
      return { toText: (value) => number(value as string), toLiteral: bare }
    case 'float':
    case 'double':
      return {
        toText: (value) => approximate(number(value as string), target, field, column),
        toLiteral: bare,
      }
    case 'bit':
      return undefined
    case 'year':
    case 'date':
    case 'time':
    case 'datetime':
      return {
        toText: (value) => {
          const reason = formFault(value as string, target)
          if (reason !== undefined) throw fault(reason)
          return value as string
        },
        toLiteral: quoted,
      }
    case 'label':
      return {
        toText: (value) => {
          const text = value as string
          const isLabel = column.labels.includes(text)
          if (isLabel || !(field.isPrimaryKey || looksLikePosition(text))) return text
          throw fault('it is none of the labels: give one of them')
        },
        toLiteral: textLiteral,
      }
    default:
      return {
        toText: (value) => {
          const text = value as string
          if (!text.isWellFormed()) throw fault(LONE_SURROGATE)
          if (size !== undefined && size !== Buffer.byteLength(text)) throw fault(sizeReason(size))
          return text
        },
        toLiteral: textLiteral,
      }
  }
}

/** BINARY pads with zeros, and a key of fewer bytes does not find its row again. */
function paddedSize(field: SinkField, column: MysqlColumn): number | undefined {
  return field.isPrimaryKey && column.type === 'binary' ? column.maxLength : undefined
}

const sizeReason = (size: number): string => `a key of the column has ${size} bytes: give as many`

/** Debezium counts bits from the last byte on, MySQL from the first. */
const LITTLE_ENDIAN_BITS = 'io.debezium.data.Bits'

function fromBytes(target: MysqlTarget, field: SinkField, column: MysqlColumn): Conversion | undefined {
  if (!['binary', 'text', 'json', 'bit', 'other'].includes(target)) return undefined
  const isReversed = target === 'bit' && field.schema.name === LITTLE_ENDIAN_BITS
  const size = paddedSize(field, column)
  return {
    toText: (value) => {
      const { buffer, byteOffset, byteLength } = value as Uint8Array
      if (size !== undefined && size !== byteLength) throw refusedValue(field, column, sizeReason(size))
      const bytes = Buffer.from(buffer, byteOffset, byteLength)
      return (isReversed ? Buffer.from(bytes).reverse() : bytes).toString('hex')
    },
    toLiteral: (hex) => `X'${hex}'`,
  }
}

/** What a date or time may go to: MySQL takes `2024-01-05` for a time of 20 minutes and `10:11:12` for a day of 2010. */
const TAKEN: Readonly<Record<string, readonly MysqlTarget[]>> = {
  date: ['date', 'datetime', 'text'],
  time: ['time', 'text'],
  timestamp: ['datetime', 'date', 'time', 'text'],
}

function takes(kind: ValueKind, target: MysqlTarget): boolean {
  return TAKEN[kind]?.includes(target) === true
}

function fromTemporal(
  kind: ValueKind,
  target: MysqlTarget,
  field: SinkField,
  temporal: TemporalText,
): Conversion | undefined {
  if (target === 'json' && !field.isTimestamp) {
    return { toText: (value) => jsonValueText(value, field.schema), toLiteral: quoted }
  }
  // A key that loses its day or its time is another key.
  const isCut = field.isPrimaryKey && kind === 'timestamp' && (target === 'date' || target === 'time')
  if (!takes(kind, target) || isCut) return undefined
  return { toText: textOf(kind, field, temporal), toLiteral: quoted }
}

function textOf(kind: ValueKind, field: SinkField, temporal: TemporalText): Convert {
  if (field.isTimestamp) return (value) => temporal.epochUnits(value, false)
  switch (kind) {
    case 'date':
      return (value) => temporal.date(value as Date)
    case 'time':
      return (value) => temporal.time(value as Date)
    default:
      return (value) => temporal.timestamp(value as Date)
  }
}
