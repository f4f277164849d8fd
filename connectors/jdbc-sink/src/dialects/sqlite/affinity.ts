import { isExactDouble, survivesDouble, wholeNumber } from '../../values/exact-numbers.ts'

/** What a column makes of values (https://sqlite.org/datatype3.html, 3.1). */
export type Affinity = 'integer' | 'real' | 'numeric' | 'text' | 'none'

/** @param type as declared, in lower case. */
export function affinityOf(type: string): Affinity {
  if (type.includes('int')) return 'integer'
  if (/char|clob|text/.test(type)) return 'text'
  if (type === '' || type.includes('blob')) return 'none'
  if (/real|floa|doub/.test(type)) return 'real'
  return 'numeric'
}

/** True where the affinity makes numbers of texts that look like one. */
export function makesNumbers(affinity: Affinity): boolean {
  return affinity === 'integer' || affinity === 'real' || affinity === 'numeric'
}

/** Types that say number; all others of numeric affinity (`STRING`, `UUID`, `DATETIME`) hold texts as well. */
const SAYS_NUMBER = /int|real|floa|doub|num|dec|money/

const LOOKS_NUMERIC = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i
const PLAIN_DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

/**
 * True where a text comes out of the column as it is, or, where the column says number, as the same number.
 *
 * @param isKey as of which the text alone counts.
 */
export function survivesAffinity(text: string, type: string, isKey: boolean): boolean {
  const affinity = affinityOf(type)
  if (!makesNumbers(affinity) || !LOOKS_NUMERIC.test(text)) return true
  if (!PLAIN_DECIMAL.test(text)) return false
  if (SAYS_NUMBER.test(type) && !isKey) return isKept(text, affinity)
  return (isInt64(text) && affinity !== 'real') || String(Number(text)) === text
}

/** True where SQLite stores the number of a text with every digit: as a 64-bit integer or as a double. */
export function isKept(text: string, affinity: Affinity): boolean {
  if (!/^-?\d+$/.test(text)) return survivesDouble(text)
  return (isInt64(text) && affinity !== 'real') || isExactDouble(BigInt(text))
}

/** The integer of a decimal such as 7.00, where SQLite has one for it; its text would become a double first. */
export function int64Of(text: string): bigint | undefined {
  const whole = wholeNumber(text)
  return whole !== undefined && isInt64(whole) ? BigInt(whole) : undefined
}

function isInt64(text: string): boolean {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false
  const value = BigInt(text)
  return BigInt.asIntN(64, value) === value
}
