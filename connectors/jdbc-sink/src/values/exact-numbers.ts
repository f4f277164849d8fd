import { Decimal } from '@spillway/api'

/** Longest exponent that is written out: more digits than any double or DECIMAL has. */
const MAX_EXPONENT = 400

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,9}))?$/

/** A number's digits without exponent; undefined for a text that is no number, or one beyond all types. */
export function plainNumber(text: string): string | undefined {
  const match = NUMBER.exec(text)
  if (match === null || Math.abs(Number(match[1] ?? 0)) > MAX_EXPONENT) return undefined
  return Decimal.parse(text).toPlainString()
}

/** The integer a number is, `2` of `2.00`; undefined where it has a fraction or is none. */
export function wholeNumber(text: string): string | undefined {
  const plain = plainNumber(text)
  return plain === undefined || fractionDigits(plain) > 0 ? undefined : plain.replace(/\..*$/, '')
}

/** Digits after the point that count, of a number or of a time of day. */
export function fractionDigits(text: string): number {
  const point = text.indexOf('.')
  if (point === -1) return 0
  const digits = /^\d*/.exec(text.slice(point + 1))?.[0] ?? ''
  return digits.replace(/0+$/, '').length
}

/** True where a double holds an integer with every digit. */
export function isExactDouble(value: number | bigint): boolean {
  return typeof value === 'number' || BigInt(Number(value)) === value
}

/** True where a 32-bit float holds an integer with every digit. */
export function isExactSingle(value: number | bigint): boolean {
  const single = Math.fround(Number(value))
  return Number.isFinite(single) && BigInt(single) === BigInt(value)
}

/** True where a decimal comes out of a double with the digits it went in with: 0.1 does, 12345678901234567.8 does not. */
export function survivesDouble(text: string): boolean {
  const double = Number(text)
  return Number.isFinite(double) && isSameNumber(text, String(double))
}

/** True where two texts are the same number, whatever way it is written. */
export function isSameNumber(a: string, b: string): boolean {
  const [x, y] = [plainNumber(a), plainNumber(b)]
  return x !== undefined && y !== undefined && significant(x) === significant(y)
}

function significant(plain: string): string {
  const text = plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain
  return text === '-0' ? '0' : text
}
