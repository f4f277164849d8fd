import { isUtf8 } from 'node:buffer'
import { DataError } from '@spillway/api'
import { MAX_DEPTH, MAX_NUMBER_LENGTH } from './json-limits.ts'
import { type NumberReader, TolerantJsonParser } from './tolerant-json-parser.ts'

/**
 * A number as it is written, for readers that need its digits: a Decimal's scale, an integer beyond 2^53. Only readers of
 * a schema meet it; data without a schema never holds one.
 */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toNumber(): number {
    return Number(this.text)
  }

  /** The number as it is written, as a parameter or a symbol of a schema takes it. */
  toString(): string {
    return this.text
  }

  /** Stringified, it keeps its digits. */
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.text)
  }
}

/** What a JSON text holds. `isStrict`: the whole text is one valid JSON value, so that it may be copied as such. */
export interface ParsedJson {
  readonly value: unknown
  readonly isStrict: boolean
}

/** A run of digits that a double may not hold. */
const LONG_DIGITS = /\d{16}/

const BYTE_ORDER_MARK = '\ufeff'

const REPLACEMENT_CHARACTER = '\ufffd'

/** The text of UTF-8 bytes, from one place to before another. @throws {DataError} for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Buffer, from = 0, to: number = bytes.length): string {
  const text = bytes.toString('utf8', from, to)
  // Node puts this character where bytes are wrong, so only a text that holds it needs the second look.
  if (text.includes(REPLACEMENT_CHARACTER) && !isUtf8(bytes.subarray(from, to))) {
    throw new DataError('the bytes are not UTF-8')
  }
  return text
}

/**
 * Reads JSON as plain JavaScript values; an integer beyond 2^53 becomes a bigint. What `JSON.parse` refuses is read
 * again by the rules of Connect's own parser (Jackson): a byte order mark, leading zeros and anything after the first
 * value are accepted, and a blank text is null.
 *
 * @throws {DataError} saying where the text stops being JSON; the text itself, which may be private, is not shown.
 */
export function parseJson(text: string): ParsedJson {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { value: parseTolerantly(text, false), isStrict: false }
  }
  if (holdsUnsafeNumber(value, 0)) {
    return { value: parseWithSource(text, exactInteger), isStrict: true }
  }
  return { value, isStrict: true }
}

/** As {@link parseJson}, with every number that is not a plain safe integer left as a {@link JsonNumber}. */
export function parseJsonExactly(text: string): unknown {
  let value: unknown
  try {
    value = parseWithSource(text, exactNumber)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    value = parseTolerantly(text, true)
  }
  return value
}

/** True where a text holds more digits in a row than a double is sure to keep. */
export function hasLongDigits(text: string): boolean {
  return LONG_DIGITS.test(text)
}

function parseTolerantly(text: string, exact: boolean): unknown {
  const content = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
  return new TolerantJsonParser(content, exact ? exactNumber : exactInteger).parse()
}

function exactInteger(value: number, source: string): unknown {
  return Number.isSafeInteger(value) || /[.eE]/.test(source) ? value : BigInt(checkedLength(source))
}

function exactNumber(value: number, source: string): unknown {
  const isPlain = Number.isSafeInteger(value) && String(value) === source
  return isPlain ? value : new JsonNumber(checkedLength(source))
}

function checkedLength(source: string): string {
  if (source.length <= MAX_NUMBER_LENGTH) return source
  throw new DataError(`a number has ${source.length} characters, more than ${MAX_NUMBER_LENGTH}`)
}

type SourceReviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown

function parseWithSource(text: string, readNumber: NumberReader): unknown {
  const reviver: SourceReviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? readNumber(value, source) : value
  try {
    return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1])
  } catch (error) {
    if (error instanceof RangeError) throw new DataError('the values are nested too deeply')
    throw error
  }
}

/** A number beyond 2^53 may have been an integer with more digits than it shows. */
function holdsUnsafeNumber(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER
  if (typeof value !== 'object' || value === null) return false
  if (depth > MAX_DEPTH) throw new DataError(`the values are nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (holdsUnsafeNumber(value[i], depth + 1)) return true
    return false
  }
  const object = value as Record<string, unknown>
  for (const key in object) {
    const item = object[key]
    if (typeof item === 'number') {
      if (item > Number.MAX_SAFE_INTEGER || item < Number.MIN_SAFE_INTEGER) return true
    } else if (typeof item === 'object' && holdsUnsafeNumber(item, depth + 1)) return true
  }
  return false
}
