import { Decimal } from '../decimal.ts'
import { dateSchema, decimalSchema, timeSchema, timestampSchema } from '../logical-types.ts'
import type { Schema } from '../schema.ts'
import { FLOAT32, FLOAT64, INT16, INT32, INT64, INT8 } from '../schema-builder.ts'
import type { ParsedValue } from './parsed-value.ts'

const DATE_SCHEMA = dateSchema()
const TIME_SCHEMA = timeSchema()
const TIMESTAMP_SCHEMA = timestampSchema()

const DATE_FORM = /^(\d{4})-(\d{2})-(\d{2})$/
const TIME_FORM = /^(\d{2}):(\d{2}):(\d{2})\.(\d{3})Z$/
const TIMESTAMP_FORM = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}\.\d{3}Z)$/

/** A date, time of day or instant in ISO form, colons escaped or not; undefined for any other text. */
export function parseTemporal(text: string): ParsedValue | undefined {
  const plain = text.includes('\\:') ? text.replaceAll('\\:', ':') : text
  if (plain.length < 10 || plain.length > 24) return undefined
  const date = dateMillis(plain)
  if (date !== undefined) return { schema: DATE_SCHEMA, value: new Date(date) }
  const time = timeMillis(plain)
  if (time !== undefined) return { schema: TIME_SCHEMA, value: new Date(time) }
  const parts = TIMESTAMP_FORM.exec(plain)
  if (parts === null) return undefined
  const millis = (dateMillis(parts[1] ?? '') ?? 0) + (timeMillis(parts[2] ?? '') ?? 0)
  return { schema: TIMESTAMP_SCHEMA, value: new Date(millis) }
}

/** Days and months beyond their range roll over, as Java's lenient calendar does. */
function dateMillis(text: string): number | undefined {
  const parts = DATE_FORM.exec(text)
  if (parts === null) return undefined
  const date = new Date(0)
  return date.setUTCFullYear(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]))
}

function timeMillis(text: string): number | undefined {
  const parts = TIME_FORM.exec(text)
  if (parts === null) return undefined
  return ((Number(parts[1]) * 60 + Number(parts[2])) * 60 + Number(parts[3])) * 1000 + Number(parts[4])
}

const NUMBER_FORM = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,9})?$/
/** Whole numbers are looked for up to 10^19, as Java does; beyond only an exact decimal keeps them. */
const LARGEST_EXPONENT = 19

/** The narrowest type that holds the number; undefined for a text that is none. */
export function parseNumber(text: string): ParsedValue | undefined {
  if (!NUMBER_FORM.test(text)) return undefined
  const decimal = Decimal.parse(text)
  const whole = wholeNumber(decimal)
  if (whole !== undefined) return { schema: integerSchema(whole), value: integerValue(whole) }
  if (decimal.scale !== 0) {
    const number = Number(text)
    const float = Math.fround(number)
    if (Number.isFinite(float)) return { schema: FLOAT32, value: float }
    if (Number.isFinite(number)) return { schema: FLOAT64, value: number }
  }
  return { schema: decimalSchema(decimal.scale), value: decimal }
}

/** The number as an int64 where it is one; exponents are looked at first, so that 1E999999999 costs nothing. */
function wholeNumber(decimal: Decimal): bigint | undefined {
  const { unscaled, scale } = decimal
  if (unscaled === 0n) return 0n
  if (-scale > LARGEST_EXPONENT) return undefined
  let whole: bigint
  if (scale <= 0) {
    whole = unscaled * 10n ** BigInt(-scale)
  } else {
    if (scale > unscaled.toString().length) return undefined
    const divisor = 10n ** BigInt(scale)
    if (unscaled % divisor !== 0n) return undefined
    whole = unscaled / divisor
  }
  return BigInt.asIntN(64, whole) === whole ? whole : undefined
}

function integerSchema(whole: bigint): Schema {
  if (BigInt.asIntN(8, whole) === whole) return INT8
  if (BigInt.asIntN(16, whole) === whole) return INT16
  return BigInt.asIntN(32, whole) === whole ? INT32 : INT64
}

function integerValue(whole: bigint): number | bigint {
  return BigInt.asIntN(32, whole) === whole ? Number(whole) : whole
}
