import { isUtf8 } from 'node:buffer'
import { MAX_DEPTH, MAX_NUMBER_LENGTH } from './json-limits.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const LOWER_E = 0x65
const LOWER_U = 0x75
const SPACE = 0x20
const TAB = 0x09
const TO_LOWER_CASE = 0x20

const ESCAPED = new Uint8Array(256)
for (const char of '"\\/bfnrt') ESCAPED[char.charCodeAt(0)] = 1

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

/** What a container on the way to the current byte is. */
const IN_OBJECT = 1
const IN_ARRAY = 2
const stack = new Uint8Array(MAX_DEPTH + 1)
/** Whether the current scan has passed a blank. */
let sawBlank = false

/** Anything else, valid or not: a scalar, white space at either end, a line break, deep nesting, a very long number. */
export const NOT_PLAIN = 0
/** One JSON object or list, as RFC 8259 has it, on one line and with nothing around it: `JSON.parse` is sure to read it. */
export const PLAIN = 1
/** Plain, and without blanks between its tokens. */
export const COMPACT = 2

/**
 * Tells what kind of JSON the bytes are, for a fraction of the work of reading them. A record that is only passed on
 * needs no more.
 */
export function scanJson(bytes: Uint8Array): typeof NOT_PLAIN | typeof PLAIN | typeof COMPACT {
  const end = bytes.length
  const first = bytes[0]
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return NOT_PLAIN
  let depth = 0
  let isAscii = true
  sawBlank = false
  let i = 0
  // Each turn reads one value, or the opening of one, and then all that closes behind it.
  for (;;) {
    const byte = i < end ? (bytes[i] as number) : 0
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (depth === MAX_DEPTH) return NOT_PLAIN
      stack[++depth] = byte === OPEN_OBJECT ? IN_OBJECT : IN_ARRAY
      i = skipBlanks(bytes, i + 1)
      if (bytes[i] !== (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        if (byte === OPEN_ARRAY) continue
        const text = endOfName(bytes, i)
        if (text === 0) return NOT_PLAIN
        if (text < 0) isAscii = false
        i = text < 0 ? -text : text
        continue
      }
    } else if (byte === QUOTE) {
      const text = endOfString(bytes, i)
      if (text === 0) return NOT_PLAIN
      if (text < 0) isAscii = false
      i = text < 0 ? -text : text
    } else {
      i = endOfScalar(bytes, i, byte)
      if (i === 0) return NOT_PLAIN
    }
    // Behind a value, or at the end of an empty container.
    for (;;) {
      i = skipBlanks(bytes, i)
      const next = i < end ? (bytes[i] as number) : 0
      if (next === COMMA) {
        i = skipBlanks(bytes, i + 1)
        if (stack[depth] === IN_ARRAY) break
        const text = endOfName(bytes, i)
        if (text === 0) return NOT_PLAIN
        if (text < 0) isAscii = false
        i = text < 0 ? -text : text
        break
      }
      if (next !== (stack[depth] === IN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) return NOT_PLAIN
      i++
      if (--depth > 0) continue
      if (i !== end || !(isAscii || isUtf8(bytes))) return NOT_PLAIN
      return sawBlank ? PLAIN : COMPACT
    }
  }
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  if ((bytes[from] as number) > SPACE) return from
  let i = from
  while (bytes[i] === SPACE || bytes[i] === TAB) i++
  if (i > from) sawBlank = true
  return i
}

/**
 * Where the string that begins at `start` has ended; negative where it holds other than ASCII, 0 where it is not valid.
 * 0 is never the end of a string.
 */
function endOfString(bytes: Uint8Array, start: number): number {
  const end = bytes.length
  let bits = 0
  for (let i = start + 1; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) return bits < 0x80 ? i + 1 : -(i + 1)
    if (byte === BACKSLASH) {
      const escaped = bytes[++i] as number
      if (escaped === LOWER_U) {
        if (i + 4 >= end || !isHex(bytes, i + 1)) return 0
        i += 4
      } else if (ESCAPED[escaped] !== 1) return 0
    } else if (byte < SPACE) return 0
    bits |= byte
  }
  return 0
}

/** Where the value of the field begins whose name begins at `start`; signs as in {@link endOfString}. */
function endOfName(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return 0
  const name = endOfString(bytes, start)
  if (name === 0) return 0
  const colon = skipBlanks(bytes, name < 0 ? -name : name)
  if (bytes[colon] !== COLON) return 0
  const value = skipBlanks(bytes, colon + 1)
  return name < 0 ? -value : value
}

function isHex(bytes: Uint8Array, from: number): boolean {
  for (let i = from; i < from + 4; i++) {
    const byte = bytes[i] as number
    const lower = byte | TO_LOWER_CASE
    if (!((byte >= ZERO && byte <= NINE) || (lower >= 0x61 && lower <= 0x66))) return false
  }
  return true
}

/** Where the number or literal that begins at `start` has ended; 0 where there is none. */
function endOfScalar(bytes: Uint8Array, start: number, first: number): number {
  if (first === MINUS || (first >= ZERO && first <= NINE)) return endOfNumber(bytes, start)
  if (first === 0x74) return endOfWord(bytes, start, TRUE)
  if (first === 0x66) return endOfWord(bytes, start, FALSE)
  if (first === 0x6e) return endOfWord(bytes, start, NULL)
  return 0
}

function endOfWord(bytes: Uint8Array, start: number, word: Buffer): number {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return 0
  return start + word.length
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let i = start
  if (bytes[i] === MINUS) i++
  const digits = i
  i = skipDigits(bytes, i)
  if (i === digits || (bytes[digits] === ZERO && i > digits + 1)) return 0
  if (bytes[i] === DOT) {
    const fraction = ++i
    i = skipDigits(bytes, i)
    if (i === fraction) return 0
  }
  if (((bytes[i] ?? 0) | TO_LOWER_CASE) === LOWER_E) {
    i++
    if (bytes[i] === PLUS || bytes[i] === MINUS) i++
    const exponent = i
    i = skipDigits(bytes, i)
    if (i === exponent) return 0
  }
  return i - start > MAX_NUMBER_LENGTH ? 0 : i
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let i = from
  for (;;) {
    const byte = bytes[i] ?? 0
    if (byte < ZERO || byte > NINE) return i
    i++
  }
}
