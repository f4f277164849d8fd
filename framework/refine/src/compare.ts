import { DataError, Decimal } from '@spillway/api'

/** What a value is to the language of conditions. */
export type Kind = 'null' | 'number' | 'text' | 'boolean' | 'bytes' | 'list' | 'object'

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 'number'
    case 'string':
      return 'text'
    case 'boolean':
      return 'boolean'
    default:
      if (value === null || value === undefined) return 'null'
      if (value instanceof Decimal) return 'number'
      if (value instanceof Uint8Array) return 'bytes'
      return Array.isArray(value) ? 'list' : 'object'
  }
}

/** `a text`, `an object`, `bytes`: for errors, which never show the value itself. */
export function withArticle(kind: Kind): string {
  if (kind === 'bytes' || kind === 'null') return kind
  return `${kind === 'object' ? 'an' : 'a'} ${kind}`
}

/**
 * Values of two kinds are never the same; whole numbers and decimals are compared exactly, whatever their types.
 *
 * @throws {DataError} for two objects.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b && (typeof a !== 'object' || a === null)) return true
  const kind = kindOf(a)
  if (kind !== kindOf(b)) return false
  switch (kind) {
    case 'number':
      return compareNumbers(a as SomeNumber, b as SomeNumber) === 0
    case 'bytes':
      return Buffer.compare(a as Uint8Array, b as Uint8Array) === 0
    case 'list':
      return isSameList(a as readonly unknown[], b as readonly unknown[])
    case 'object':
      // Two large maps would take long.
      throw new DataError('objects are not compared: name their fields')
    default:
      return false
  }
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
}

/**
 * Below 0, 0 or above 0; undefined where one of them is null or not a number (NaN), which is in no order.
 *
 * @throws {DataError} for other than two numbers or two texts.
 */
export function order(a: unknown, b: unknown, sources: readonly [string, string]): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined
  const kinds = [kindOf(a), kindOf(b)] as const
  if (kinds[0] === 'null' || kinds[1] === 'null') return undefined
  if (kinds[0] === 'number' && kinds[1] === 'number') return compareNumbers(a as SomeNumber, b as SomeNumber)
  if (kinds[0] === 'text' && kinds[1] === 'text') return (a as string) < (b as string) ? -1 : a === b ? 0 : 1
  throw new DataError(
    `${sources[0]} is ${withArticle(kinds[0])} and ${sources[1]} ${withArticle(kinds[1])}: only two numbers, or two texts, have an order`,
  )
}

type SomeNumber = number | bigint | Decimal

function compareNumbers(a: SomeNumber, b: SomeNumber): number | undefined {
  if (!(a instanceof Decimal) && !(b instanceof Decimal)) {
    // JavaScript compares a bigint with a number exactly.
    return a < b ? -1 : a > b ? 1 : a <= b ? 0 : undefined
  }
  const [left, right] = [decimalOf(a), decimalOf(b)]
  if (left === undefined || right === undefined) return compareNumbers(doubleOf(a), doubleOf(b))
  const scale = Math.max(left.scale, right.scale)
  if (scale - Math.min(left.scale, right.scale) > MOST_ZEROS) return compareNumbers(doubleOf(a), doubleOf(b))
  const [x, y] = [left.withScale(scale).unscaled, right.withScale(scale).unscaled]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Digits that a number is given for a comparison: more would take long. */
const MOST_ZEROS = 1000

/** As the number is written in the fewest digits; undefined for what is not finite. */
function decimalOf(value: SomeNumber): Decimal | undefined {
  if (value instanceof Decimal) return value
  if (typeof value === 'bigint') return new Decimal(value, 0)
  return Number.isFinite(value) ? Decimal.parse(String(value)) : undefined
}

function doubleOf(value: SomeNumber): number {
  return value instanceof Decimal ? value.toNumber() : Number(value)
}
