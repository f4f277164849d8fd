import { Decimal } from '@spillway/api'

/** Java's number arithmetic where it differs from JavaScript's: narrowing, parsing and printing. */

/** A text that Java's `parseInt` and friends refuse (Java: `NumberFormatException`). */
export class NumberFormatError extends Error {}

const MIN_INT = -(2 ** 31)
const MAX_INT = 2 ** 31 - 1
const MIN_LONG = -(2n ** 63n)
const MAX_LONG = 2n ** 63n - 1n

/** Java's `(int) double`: cut towards zero, held at the limits, NaN is 0. */
export function doubleToInt(value: number): number {
  if (Number.isNaN(value)) return 0
  return Math.trunc(Math.min(Math.max(value, MIN_INT), MAX_INT)) + 0
}

/** Java's `(long) double`. */
export function doubleToLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n
  if (value >= 2 ** 63) return MAX_LONG
  return value <= -(2 ** 63) ? MIN_LONG : BigInt(Math.trunc(value))
}

/** Java's `BigDecimal.longValue`: the fraction cut off, then the low 64 bits. */
export function decimalToLong(value: Decimal): bigint {
  // Beyond 64 zeros at the end the low 64 bits are all zero; so many digits would only cost memory.
  if (value.scale <= -64) return 0n
  const whole =
    value.scale <= 0
      ? value.unscaled * 10n ** BigInt(-value.scale)
      : value.scale > digitsOf(value.unscaled)
        ? 0n
        : value.unscaled / 10n ** BigInt(value.scale)
  return BigInt.asIntN(64, whole)
}

function digitsOf(value: bigint): number {
  return value.toString().length
}

/** Java's `Long.parseLong` and, with fewer bits, `Integer`, `Short` and `Byte`. @throws {NumberFormatError} */
export function parseInteger(text: string, bits: 8 | 16 | 32 | 64): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new NumberFormatError(`For input string: "${text}"`)
  const significant = text.replace(/^([+-]?)0+(?=\d)/, '$1')
  if (significant.length > 20) throw new NumberFormatError(`Value out of range: "${text.slice(0, 32)}"`)
  const value = BigInt(significant.startsWith('+') ? significant.slice(1) : significant)
  if (BigInt.asIntN(bits, value) !== value) throw new NumberFormatError(`Value out of range: "${text}"`)
  return value
}

const DECIMAL_FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?$/
const HEX_FLOAT = /^([+-]?)0[xX](?:([0-9a-fA-F]+)\.?|([0-9a-fA-F]*)\.([0-9a-fA-F]+))[pP]([+-]?\d+)[fFdD]?$/

/** Java's `Double.parseDouble`. @throws {NumberFormatError} */
export function parseDouble(text: string): number {
  // Java trims every character up to the space, and nothing beyond it.
  // oxlint-disable-next-line no-control-regex
  const trimmed = text.replace(/^[\0- ]+|[\0- ]+$/g, '')
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed)
  if (special !== null) return special[2] === 'NaN' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
  if (DECIMAL_FLOAT.test(trimmed)) return Number(trimmed.replace(/[fFdD]$/, ''))
  const hex = HEX_FLOAT.exec(trimmed)
  if (hex === null) throw new NumberFormatError(`For input string: "${text}"`)
  const [, sign, whole = '', wholePart = '', fraction = '', exponent] = hex
  const digits = Number(BigInt(`0x0${whole}${wholePart}${fraction}`))
  return (sign === '-' ? -1 : 1) * digits * 2 ** (Number(exponent) - 4 * fraction.length)
}

/** Java's `Float.parseFloat`: rounded once, from the decimal digits. @throws {NumberFormatError} */
export function parseFloat32(text: string): number {
  const near = parseDouble(text)
  return roundToFloat(near, () => {
    const digits = text.trim().replace(/[fFdD]$/, '')
    return DECIMAL_FLOAT.test(digits) ? compareDecimals(Decimal.parse(digits), exactDecimal(near)) : 0
  })
}

/** Java's `(float) long`, rounded once. */
export function longToFloat(value: bigint): number {
  const near = Number(value)
  return roundToFloat(near, () => {
    const double = BigInt(near)
    return value > double ? 1 : value < double ? -1 : 0
  })
}

/**
 * Rounds a double that itself stands for an exact value to the nearest float. Rounding twice only goes wrong where
 * the double lies exactly between two floats: then the exact value decides.
 *
 * @param compareExact sign of exact value minus double.
 */
function roundToFloat(near: number, compareExact: () => number): number {
  const rounded = Math.fround(near)
  if (rounded === near || !Number.isFinite(near)) return rounded
  const other = neighbourFloat(rounded, near > rounded)
  if (Math.abs(near - finite(rounded)) !== Math.abs(finite(other) - near)) return rounded
  const side = compareExact()
  if (side === 0) return rounded
  return side > 0 ? Math.max(rounded, other) : Math.min(rounded, other)
}

/** Where the float after the largest would be, in place of infinity. */
function finite(float: number): number {
  return Number.isFinite(float) ? float : Math.sign(float) * 2 ** 128
}

const floatBits = new DataView(new ArrayBuffer(4))

/** The next float up or down. */
function neighbourFloat(value: number, up: boolean): number {
  if (value === 0) return up ? 2 ** -149 : -(2 ** -149)
  floatBits.setFloat32(0, value)
  floatBits.setInt32(0, floatBits.getInt32(0) + (up === value > 0 ? 1 : -1))
  return floatBits.getFloat32(0)
}

/** The double's exact value, which always is a finite decimal. */
function exactDecimal(value: number): Decimal {
  let power = 0
  let scaled = value
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    power++
  }
  // x / 2^n equals x * 5^n / 10^n
  return new Decimal(BigInt(scaled) * 5n ** BigInt(power), power)
}

function compareDecimals(a: Decimal, b: Decimal): number {
  // Exponents are near each other: both stand for nearly the same number.
  const scale = Math.max(a.scale, b.scale)
  const difference = a.withScale(scale).unscaled - b.withScale(scale).unscaled
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

/** Java's `Double.toString` (of Java 19 and later, which prints the fewest digits that tell the number apart). */
export function doubleToString(value: number): string {
  return print(
    value,
    () => value.toExponential(),
    (text) => Number(text) === value,
  )
}

/** Java's `Float.toString`. */
export function floatToString(value: number): string {
  const isSame = (text: string): boolean => Math.fround(Number(text)) === value
  return print(value, () => shortestFloat(value, isSame), isSame)
}

const MIN_NORMAL_FLOAT = 2 ** -126

/**
 * The fewest digits that read back as this float, in exponential notation, maybe with zeros at the end. Six digits
 * always survive being a float, so that no shorter ones need to be tried but below the normal range.
 */
function shortestFloat(value: number, isSame: (text: string) => boolean): string {
  for (let digits = Math.abs(value) < MIN_NORMAL_FLOAT ? 0 : 5; digits < 9; digits++) {
    const nearest = value.toExponential(digits)
    if (isSame(nearest)) return nearest
    // At a power of two the gap below is half the gap above, so that the second nearest may be the one that fits.
    const [mantissa = '', exponent = ''] = nearest.split('e')
    const step = 10 ** -digits
    for (const direction of [1, -1]) {
      const text = `${(Number(mantissa) + direction * step).toFixed(digits)}e${exponent}`
      if (isSame(text)) return text
    }
  }
  return value.toExponential()
}

/** The number that prints as this float does: what stands for a float where there is no such type. */
export function floatAsNumber(value: number): number {
  const six = Number(value.toPrecision(6))
  if (Math.fround(six) === value && Math.abs(value) >= MIN_NORMAL_FLOAT) return six
  return Number.isFinite(value) && value !== 0 ? Number(floatToString(value)) : value
}

function print(value: number, shortest: () => string, isSame: (text: string) => boolean): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  let text = shortest()
  // Java prints at least two digits, and then the two that come nearest.
  if (!text.includes('.')) {
    const two = value.toExponential(1)
    if (isSame(two)) text = two
  }
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  const [, sign = '', first = '', rest = '', exponentText = '0'] = match ?? []
  const exponent = Number(exponentText)
  const digits = (first + rest).replace(/0+$/, '')
  if (exponent < -3 || exponent >= 7) {
    return `${sign}${first}.${digits.slice(1) || '0'}E${exponent}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const padded = digits.padEnd(exponent + 1, '0')
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`
}
