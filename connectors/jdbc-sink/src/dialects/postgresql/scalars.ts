import type { DataError } from '@spillway/api'
import { debeziumTime } from '../../values/debezium-time.ts'
import { isExactDouble, isExactSingle, plainNumber, wholeNumber } from '../../values/exact-numbers.ts'
import { jsonValueText } from '../../values/json-value-text.ts'
import { float32Text, numberText } from '../../values/number-text.ts'
import { PLAIN_NUMBER } from '../../values/plain-schemas.ts'
import { LONE_SURROGATE, refusedValue } from '../../values/refusals.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import type { ValueKind } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'
import type { PostgresColumn } from './catalog.ts'
import type { PostgresTarget } from './column-targets.ts'

export type ToText = (value: unknown) => string

/** What a conversion may need to know. */
export interface ScalarContext {
  readonly field: SinkField
  readonly column: PostgresColumn
  readonly temporal: TemporalText
}

/**
 * The text of a scalar for its column; undefined where PostgreSQL would refuse a parameter of the value's own type
 * (42804). Untyped text would be guessed at instead: `123456` is a time of day, a date, an interval and bits.
 */
export function scalarText(
  kind: ValueKind,
  target: PostgresTarget,
  context: ScalarContext,
): ToText | undefined {
  switch (kind) {
    case 'integer':
    case 'float32':
    case 'float64':
    case 'decimal':
      return numberFor(kind, target, context)
    case 'boolean':
      return booleanFor(target)
    case 'text':
      return textFor(target, context)
    case 'bytes':
      return bytesFor(target, context)
    case 'date':
    case 'time':
    case 'timestamp':
      return temporalFor(kind, target, context)
    default:
      return undefined
  }
}

function numberFor(kind: ValueKind, target: PostgresTarget, context: ScalarContext): ToText | undefined {
  const { field, column } = context
  const isInteger = kind === 'integer'
  const toText: ToText = kind === 'float32' ? (value) => float32Text(value as number) : numberText
  const refuse = (reason: string): DataError => refusedValue(field, column, reason)
  switch (target) {
    case 'integer':
      return isInteger ? String : (value) => whole(toText(value), refuse)
    case 'oid':
      return (value) => {
        const text = whole(toText(value), refuse)
        if (text.startsWith('-')) throw refuse('it is negative: give a positive number')
        return text
      }
    case 'numeric':
    case 'text':
      return toText
    case 'money':
      return (value) => moneyText(toText(value), column, refuse)
    case 'real':
    case 'double': {
      if (!isInteger) return toText
      const isExact = target === 'real' ? isExactSingle : isExactDouble
      const isPlain = field.schema.name === PLAIN_NUMBER
      return (value) => {
        const isApproximate = isPlain && typeof value === 'number'
        if (isApproximate || isExact(value as number | bigint)) return String(value)
        throw refuse('it has more digits than the column keeps: use NUMERIC or BIGINT')
      }
    }
    case 'json':
      return (value) => jsonNumber(toText(value), refuse)
    case 'boolean':
      return isInteger ? (value) => zeroOrOne(value, refuse) : undefined
    default:
      return isInteger ? debeziumText(target, context) : undefined
  }
}

type Refuse = (reason: string) => DataError

function whole(text: string, refuse: Refuse): string {
  const digits = wholeNumber(text)
  if (digits === undefined) throw refuse('it is no whole number: round it')
  return digits
}

/** Money is read by lc_monetary; only digits mean the same everywhere. */
function moneyText(text: string, column: PostgresColumn, refuse: Refuse): string {
  const plain = plainNumber(text)
  if (plain === undefined) throw refuse('it is no amount: give a finite number')
  if (column.moneyPoint === '.' || !plain.includes('.')) return plain
  throw refuse("lc_monetary of the database has no decimal point: set it to 'C'")
}

function jsonNumber(text: string, refuse: Refuse): string {
  if (/\d$/.test(text)) return text
  throw refuse('JSON has no NaN and no Infinity: give a finite number')
}

function zeroOrOne(value: unknown, refuse: Refuse): string {
  const text = String(value)
  if (text === '0' || text === '1') return text === '1' ? 'true' : 'false'
  throw refuse('a boolean of a number is 0 or 1: give one of them')
}

/** A number that is a date or time by its schema's name, for columns of these types. */
function debeziumText(target: PostgresTarget, { field }: ScalarContext): ToText | undefined {
  const local = debeziumTime(field.schema)
  if (local === undefined) return undefined
  const suffix = target === 'timestamptz' || target === 'timetz' ? '+00' : ''
  const targets: Readonly<Record<typeof local.kind, readonly PostgresTarget[]>> = {
    date: ['date', 'timestamp', 'timestamptz'],
    time: ['time', 'timetz', 'interval'],
    timestamp: ['timestamp', 'timestamptz', 'date', 'time', 'timetz'],
  }
  if (!targets[local.kind].includes(target)) return undefined
  if (suffix === '') return (value) => local.text(value)
  if (local.kind === 'date') return (value) => zoned(`${local.text(value)}`, ' 00:00:00')
  return (value) => zoned(local.text(value), '')
}

/** The zone stands before the era: `0002-01-01 00:00:00+00 BC`. */
function zoned(text: string, time: string): string {
  return text.endsWith(' BC') ? `${text.slice(0, -3)}${time}+00 BC` : `${text}${time}+00`
}

function booleanFor(target: PostgresTarget): ToText | undefined {
  switch (target) {
    case 'boolean':
    case 'text':
    case 'json':
      return String
    case 'integer':
    case 'numeric':
    case 'real':
    case 'double':
      return (value) => (value === true ? '1' : '0')
    default:
      return undefined
  }
}

/** A text is whatever its column reads: an enum, a uuid, a date, an array. */
function textFor(target: PostgresTarget, { field, column }: ScalarContext): ToText {
  const takesNul = target === 'json' || target === 'bytea'
  return (value) => {
    const text = value as string
    if (!takesNul && text.includes('\0')) {
      throw refusedValue(
        field,
        column,
        'it holds a character U+0000, which PostgreSQL cannot store in text (SQLSTATE 22021): remove it',
      )
    }
    if (!text.isWellFormed()) throw refusedValue(field, column, LONE_SURROGATE)
    return text
  }
}

function bytesFor(target: PostgresTarget, { field, column }: ScalarContext): ToText | undefined {
  const hex = (value: unknown): string => {
    const { buffer, byteOffset, byteLength } = value as Uint8Array
    return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
  }
  switch (target) {
    case 'bytea':
    case 'text':
      return (value) => `\\x${hex(value)}`
    case 'uuid':
      return (value) => {
        if ((value as Uint8Array).length === 16) return hex(value)
        throw refusedValue(field, column, 'a UUID has 16 bytes: give as many')
      }
    default:
      return undefined
  }
}

function temporalFor(kind: ValueKind, target: PostgresTarget, context: ScalarContext): ToText | undefined {
  const { field, temporal } = context
  if (field.isTimestamp) {
    const isInstant = target === 'timestamptz' || target === 'timetz'
    const takes = isInstant || ['timestamp', 'date', 'time', 'text'].includes(target)
    return takes ? (value) => temporal.epochUnits(value, isInstant) : undefined
  }
  if (target === 'json') return (value) => jsonValueText(value, field.schema)
  switch (kind) {
    case 'date':
      if (target === 'timestamptz') return (value) => temporal.instant(value as Date)
      return ['date', 'timestamp', 'text'].includes(target)
        ? (value) => temporal.date(value as Date)
        : undefined
    case 'time':
      if (target === 'timetz') return (value) => temporal.utcTime(value as Date)
      return ['time', 'interval', 'text'].includes(target)
        ? (value) => temporal.time(value as Date)
        : undefined
    default:
      // A key that loses its day or its time is another key.
      if (field.isPrimaryKey && ['date', 'time', 'timetz'].includes(target)) return undefined
      if (target === 'timestamptz' || target === 'timetz') return (value) => temporal.instant(value as Date)
      return ['timestamp', 'date', 'time', 'text'].includes(target)
        ? (value) => temporal.timestamp(value as Date)
        : undefined
  }
}
