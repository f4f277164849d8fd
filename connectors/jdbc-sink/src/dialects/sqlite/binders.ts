import { DataError } from '@spillway/api'
import { isExactDouble } from '../../values/exact-numbers.ts'
import { jsonValueText } from '../../values/json-value-text.ts'
import { NEGATIVE_ZERO_KEY } from '../../values/kept-numbers.ts'
import { float32Text, numberText } from '../../values/number-text.ts'
import { LONE_SURROGATE, refusedValue } from '../../values/refusals.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import { isOfKind, kindOf, type ValueKind } from '../../values/value-kind.ts'
import type { Column, SinkField } from '../../values/column.ts'
import { affinityOf, int64Of, isKept, makesNumbers, survivesAffinity } from './affinity.ts'

type Bind = (value: unknown) => unknown

/** How dates and times are stored. */
export interface SqliteStyle {
  readonly temporal: TemporalText
  /** As text in the zones of the configuration (Java's driver: `date_class=TEXT`), not as milliseconds. */
  readonly datesAsText: boolean
  readonly timestampUnitsPerMs: bigint
}

/**
 * How values of a field go into SQLite. Integers are bound as 64-bit integers, dates and times as milliseconds since
 * the epoch (what Java's driver stores), decimals as text (a NUMERIC column makes numbers of them). What the column's
 * affinity would make another value of is refused.
 */
export function sqliteBind(field: SinkField, column: Column, style: SqliteStyle): Bind {
  if (field.isTimestamp) {
    return style.datesAsText
      ? (value) => style.temporal.epochUnits(value, false)
      : (value) => floorDivide(integerOf(value, field.name), style.timestampUnitsPerMs)
  }
  const kind = kindOf(field.schema)
  const bind = binderOf(kind, field, column, style)
  return (value) => {
    if (isOfKind(kind, value)) return bind(value)
    throw new DataError(
      `The value of field ${field.name} does not fit its schema ${field.schema.toString()}: found a ${typeof value}`,
    )
  }
}

const LOSSY = 'it has more digits than SQLite keeps in a number: declare the column as TEXT'

function binderOf(kind: ValueKind, field: SinkField, column: Column, style: SqliteStyle): Bind {
  const affinity = affinityOf(column.type)
  const refuse = (reason: string): DataError => refusedValue(field, column, reason)
  switch (kind) {
    case 'integer':
      return (value) => {
        if (field.isPrimaryKey && Object.is(value, -0)) throw refuse(NEGATIVE_ZERO_KEY)
        const exact = BigInt(value as bigint | number)
        const fits = BigInt.asIntN(64, exact) === exact
        const isStoredAsDouble = affinity === 'real' || (!fits && makesNumbers(affinity))
        if (isStoredAsDouble && !isExactDouble(exact)) throw refuse(LOSSY)
        // Integers of schemaless records may have more than 64 bits; as text they keep their digits.
        return fits ? exact : String(exact)
      }
    case 'float32':
    case 'float64':
      return (value) => {
        if (Number.isNaN(value)) throw refuse('SQLite stores NULL for NaN: give a number')
        if (field.isPrimaryKey && affinity !== 'text' && Object.is(value, -0)) throw refuse(NEGATIVE_ZERO_KEY)
        // The double nearest to the digits of the float: 2356.3 stays 2356.3.
        const double = kind === 'float32' ? Number(float32Text(value as number)) : (value as number)
        return affinity === 'text' ? textOfDouble(double) : double
      }
    case 'decimal':
      return (value) => {
        const text = numberText(value)
        if (!makesNumbers(affinity)) return text
        const integer = affinity === 'real' ? undefined : int64Of(text)
        if (integer === undefined && !isKept(text, affinity)) throw refuse(LOSSY)
        return integer ?? text
      }
    case 'boolean':
      return (value) => (value === true ? 1n : 0n)
    case 'text':
      return (value) => {
        const text = value as string
        if (!text.isWellFormed()) throw refuse(LONE_SURROGATE)
        if (survivesAffinity(text, column.type, field.isPrimaryKey)) return text
        throw refuse(
          'SQLite would store another number or text, such as 7 for 007: declare the column as TEXT',
        )
      }
    case 'bytes':
      return (value) => value
    case 'date':
    case 'time':
    case 'timestamp':
      return temporalBind(kind, style)
    default:
      return (value) => jsonValueText(value, field.schema)
  }
}

/** SQLite's own text of a REAL has 15 digits only. */
function textOfDouble(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value)
}

function temporalBind(kind: ValueKind, { datesAsText, temporal }: SqliteStyle): Bind {
  if (!datesAsText) return (value) => BigInt((value as Date).getTime())
  switch (kind) {
    case 'date':
      return (value) => temporal.date(value as Date)
    case 'time':
      return (value) => temporal.time(value as Date)
    default:
      return (value) => temporal.timestamp(value as Date)
  }
}

function integerOf(value: unknown, name: string): bigint {
  if (typeof value === 'bigint') return value
  const text = String(value).trim()
  if (!/^[+-]?\d{1,19}$/.test(text)) {
    throw new DataError(
      `The field ${name} of timestamp.fields.list must hold an integer, as a number or as text`,
    )
  }
  return BigInt(text)
}

function floorDivide(value: bigint, by: bigint): bigint {
  const rest = ((value % by) + by) % by
  return (value - rest) / by
}
