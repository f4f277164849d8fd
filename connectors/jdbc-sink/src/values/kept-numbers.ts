import type { Column, SinkField } from './column.ts'
import { plainNumber } from './exact-numbers.ts'
import { refusedValue } from './refusals.ts'

export const NEGATIVE_ZERO_KEY = 'a key of -0 would be the key 0: write 0'

const NO_NUMBERS: readonly string[] = ['NaN', 'Infinity', '-Infinity']

/**
 * Why a value is no key of its own in a column of numbers, where what differs in Kafka is one number; undefined where
 * it is.
 *
 * @param fraction digits after the point that the column shows, where it always shows as many.
 */
function numberKeyFault(value: unknown, fraction: number | undefined): string | undefined {
  if (Object.is(value, -0)) return NEGATIVE_ZERO_KEY
  if (typeof value !== 'string' || NO_NUMBERS.includes(value) || isCanonical(value, fraction))
    return undefined
  return 'another text is the same number there: write keys without zeros in front, exponent, signs of plus or spaces'
}

function isCanonical(text: string, fraction: number | undefined): boolean {
  if (plainNumber(text) !== text) return false
  const point = text.indexOf('.')
  return point === -1 || !text.endsWith('0') || text.length - point - 1 === fraction
}

/**
 * A key in a column of numbers, refused where another key would be the same number.
 *
 * @param fraction digits after the point that the column shows, where it always shows as many.
 * @throws {DataError} from the function that it returns.
 */
export function distinctNumber<T>(
  toText: (value: unknown) => T,
  field: SinkField,
  column: Column,
  fraction: number | undefined,
): (value: unknown) => T {
  return (value) => {
    const fault = numberKeyFault(value, fraction)
    if (fault !== undefined) throw refusedValue(field, column, fault)
    return toText(value)
  }
}
