import { DATE, DataError, DECIMAL, type Schema, TIME, TIMESTAMP } from '@spillway/framework'
import { jsonValueText } from '../../values/json-value-text.ts'
import { float32Text, numberText } from '../../values/number-text.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import type { SinkField } from '../dialect.ts'

type Bind = (value: unknown) => unknown

const LOGICAL: Readonly<Record<string, Bind>> = {
  [DECIMAL]: numberText,
  [DATE]: (value) => BigInt((value as Date).getTime()),
  [TIME]: (value) => BigInt((value as Date).getTime()),
  [TIMESTAMP]: (value) => BigInt((value as Date).getTime()),
}

/**
 * How values of a field go into SQLite. Integers are bound as 64-bit integers, dates and times as milliseconds since
 * the epoch (what Java's driver stores), decimals as text (a NUMERIC column makes numbers of them).
 */
export function sqliteBind(field: SinkField, timestampUnitsPerMs: bigint): Bind {
  if (field.isTimestamp) return (value) => floorDivide(integerOf(value, field.name), timestampUnitsPerMs)
  const { schema } = field
  const logical =
    schema.name === undefined || !Object.hasOwn(LOGICAL, schema.name) ? undefined : LOGICAL[schema.name]
  return logical ?? plainBind(schema)
}

/** The same with dates and times as text, in the zones of the configuration (Java's driver: `date_class=TEXT`). */
export function sqliteTextBind(field: SinkField, temporal: TemporalText): Bind {
  if (field.isTimestamp) return (value) => temporal.epochUnits(value, false)
  switch (field.schema.name) {
    case DATE:
      return (value) => temporal.date(value as Date)
    case TIME:
      return (value) => temporal.time(value as Date)
    case TIMESTAMP:
      return (value) => temporal.timestamp(value as Date)
    default:
      return sqliteBind(field, 1_000n)
  }
}

function plainBind(schema: Schema): Bind {
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return integer
    case 'FLOAT32':
      // The double nearest to the digits of the float: 2356.3 stays 2356.3.
      return (value) => Number(float32Text(value as number))
    case 'FLOAT64':
    case 'STRING':
      return (value) => value
    case 'BOOLEAN':
      return (value) => (value === true ? 1n : 0n)
    case 'BYTES':
      return (value) => value
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return (value) => jsonValueText(value, schema)
  }
}

/** Integers of schemaless records may have more than 64 bits; as text they keep their digits. */
function integer(value: unknown): unknown {
  const exact = typeof value === 'bigint' ? value : BigInt(value as number)
  return BigInt.asIntN(64, exact) === exact ? exact : String(exact)
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
