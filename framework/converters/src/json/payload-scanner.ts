import { DATE, logicalNameOf, MILLIS_PER_DAY, type Schema, Struct, TIME, TIMESTAMP } from '@spillway/api'
import { isUnionStruct } from './json-union.ts'

/** The text is not of the plainest kind: it has to be parsed. */
export const NOT_SCANNED = Symbol('not scanned')

/**
 * Reads the payload that stands there, if it is written as nearly every producer writes it: the fields of structs all there
 * and in order, without blanks, texts without escapes, numbers of up to 15 digits. Then its value is what parsing and a
 * payload reader make of it, for half the CPU. Anything else is {@link NOT_SCANNED}, right or wrong.
 */
export type PayloadScanner = (bytes: Buffer, from: number, to: number) => unknown

/** Reads a value at {@link place}, and moves behind it. */
type Scan = (bytes: Buffer) => unknown

/** Where the scan is; one for all, as a scan is never interrupted. */
const place = { at: 0 }

/** The scanner of a schema's payloads; undefined for schemas with values that have to be parsed. */
export function payloadScanner(schema: Schema): PayloadScanner | undefined {
  const scan = schema.type === 'STRUCT' ? scanOf(schema) : undefined
  if (scan === undefined) return undefined
  return (bytes, from, to) => {
    place.at = from
    const value = scan(bytes)
    return place.at === to ? value : NOT_SCANNED
  }
}

function scanOf(schema: Schema): Scan | undefined {
  const scan = logicalScan(schema) ?? typeScan(schema)
  if (scan === undefined) return undefined
  const mayBeNull = schema.optional && schema.defaultValue === undefined
  return mayBeNull
    ? (bytes) => (bytes[place.at] === LOWER_N ? scanWord(bytes, NULL, null) : scan(bytes))
    : scan
}

function logicalScan(schema: Schema): Scan | undefined {
  switch (logicalNameOf(schema)) {
    case DATE:
      return dateScan(MAX_DAYS, MILLIS_PER_DAY)
    case TIME:
      return dateScan(MILLIS_PER_DAY, 1)
    case TIMESTAMP:
      return dateScan(Number.MAX_SAFE_INTEGER, 1)
    default:
      return undefined
  }
}

/** The largest instant of a JavaScript Date, in days. */
const MAX_DAYS = 100_000_000

function dateScan(limit: number, unit: number): Scan {
  return (bytes) => {
    const number = scanInteger(bytes)
    return Math.abs(number) <= limit ? new Date(number * unit) : NOT_SCANNED
  }
}

function typeScan(schema: Schema): Scan | undefined {
  switch (schema.type) {
    case 'INT8':
      return integerScan(2 ** 7)
    case 'INT16':
      return integerScan(2 ** 15)
    case 'INT32':
      return integerScan(2 ** 31)
    case 'INT64':
      return (bytes) => {
        const number = scanInteger(bytes)
        return Number.isNaN(number) ? NOT_SCANNED : BigInt(number)
      }
    case 'FLOAT32':
      return (bytes) => {
        const number = scanNumber(bytes)
        return Number.isNaN(number) ? NOT_SCANNED : Math.fround(number)
      }
    case 'FLOAT64':
      return (bytes) => {
        const number = scanNumber(bytes)
        return Number.isNaN(number) ? NOT_SCANNED : number
      }
    case 'BOOLEAN':
      return (bytes) =>
        bytes[place.at] === LOWER_T ? scanWord(bytes, TRUE, true) : scanWord(bytes, FALSE, false)
    case 'STRING':
      return scanText
    case 'ARRAY':
      return arrayScan(schema)
    case 'STRUCT':
      return isUnionStruct(schema) ? undefined : structScan(schema)
    default:
      return undefined
  }
}

function integerScan(limit: number): Scan {
  return (bytes) => {
    const number = scanInteger(bytes)
    return number >= -limit && number < limit ? number : NOT_SCANNED
  }
}

function arrayScan(schema: Schema): Scan | undefined {
  const scanItem = scanOf(schema.valueSchema)
  if (scanItem === undefined) return undefined
  return (bytes) => {
    if (bytes[place.at++] !== OPEN_ARRAY) return NOT_SCANNED
    const items: unknown[] = []
    if (bytes[place.at] === CLOSE_ARRAY) {
      place.at++
      return items
    }
    for (;;) {
      const item = scanItem(bytes)
      if (item === NOT_SCANNED) return NOT_SCANNED
      items.push(item)
      const next = bytes[place.at++]
      if (next === CLOSE_ARRAY) return items
      if (next !== COMMA) return NOT_SCANNED
    }
  }
}

function structScan(schema: Schema): Scan | undefined {
  const fields = schema.fields.map((field, i) => ({
    start: Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`),
    scan: scanOf(field.schema),
  }))
  if (fields.length === 0 || fields.some(({ scan }) => scan === undefined)) return undefined
  return (bytes) => {
    const values: unknown[] = []
    for (const { start, scan } of fields) {
      for (let i = 0; i < start.length; i++) if (bytes[place.at++] !== start[i]) return NOT_SCANNED
      const value = (scan as Scan)(bytes)
      if (value === NOT_SCANNED) return NOT_SCANNED
      values.push(value)
    }
    return bytes[place.at++] === CLOSE_OBJECT ? Struct.ofTrusted(schema, values) : NOT_SCANNED
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const LOWER_E = 0x65
const LOWER_N = 0x6e
const LOWER_T = 0x74
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20
const TO_LOWER_CASE = 0x20
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

function scanWord(bytes: Buffer, word: Buffer, value: boolean | null): unknown {
  for (let i = 0; i < word.length; i++) if (bytes[place.at++] !== word[i]) return NOT_SCANNED
  return value
}

const REPLACEMENT_CHARACTER = '\ufffd'

function scanText(bytes: Buffer): unknown {
  if (bytes[place.at] !== QUOTE) return NOT_SCANNED
  const start = place.at + 1
  let bits = 0
  let i = start
  for (; ; i++) {
    const byte = bytes[i] ?? 0
    if (byte === QUOTE) break
    if (byte === BACKSLASH || byte < SPACE) return NOT_SCANNED
    bits |= byte
  }
  place.at = i + 1
  if (bits < 0x80) return bytes.toString('latin1', start, i)
  const text = bytes.toString('utf8', start, i)
  // Bytes that are not UTF-8 become this character; whether they were is found out by parsing.
  return text.includes(REPLACEMENT_CHARACTER) ? NOT_SCANNED : text
}

/** Of so many digits each whole number is exact. */
const MAX_DIGITS = 15
/** These are exact too, so that a quotient of both is the number nearest to what was written. */
const POWERS_OF_TEN = Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/** NaN where there is no plain whole number. */
function scanInteger(bytes: Buffer): number {
  const isNegative = bytes[place.at] === MINUS
  const digits = isNegative ? place.at + 1 : place.at
  let i = digits
  let number = 0
  for (; ; i++) {
    const byte = bytes[i] ?? 0
    if (byte < ZERO || byte > NINE) break
    number = number * 10 + (byte - ZERO)
  }
  const count = i - digits
  if (count === 0 || count > MAX_DIGITS || (bytes[digits] === ZERO && (count > 1 || isNegative)))
    return Number.NaN
  // A fraction, or an exponent, is for others to read; what else may follow is seen by the caller.
  if (bytes[i] === DOT || ((bytes[i] ?? 0) | TO_LOWER_CASE) === LOWER_E) return Number.NaN
  place.at = i
  return isNegative ? -number : number
}

/** NaN where there is no plain number. */
function scanNumber(bytes: Buffer): number {
  const isNegative = bytes[place.at] === MINUS
  const digits = isNegative ? place.at + 1 : place.at
  let dot = -1
  let number = 0
  let i = digits
  for (; ; i++) {
    const byte = bytes[i] ?? 0
    if (byte >= ZERO && byte <= NINE) number = number * 10 + (byte - ZERO)
    else if (byte === DOT && dot < 0) dot = i
    else break
  }
  const whole = (dot < 0 ? i : dot) - digits
  const fraction = dot < 0 ? 0 : i - dot - 1
  if (whole === 0 || (dot >= 0 && fraction === 0) || whole + fraction > MAX_DIGITS) return Number.NaN
  if ((bytes[digits] === ZERO && whole > 1) || ((bytes[i] ?? 0) | TO_LOWER_CASE) === LOWER_E)
    return Number.NaN
  place.at = i
  const value = number / (POWERS_OF_TEN[fraction] as number)
  return isNegative ? -value : value
}
