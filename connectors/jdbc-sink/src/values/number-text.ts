import { DataError, Decimal } from '@spillway/api'

/** Most digits on one side of the point that any database takes (PostgreSQL's NUMERIC). */
const MAX_DIGITS = 131_072

/**
 * The fewest digits that read back as the same 32-bit number: 2356.3, not 2356.300048828125. Not `javaFloatText`: databases
 * need no `.0`, and numbers below 1.2e-38 keep six digits, as rows of SQLite that have them as keys do.
 */
export function float32Text(value: number): string {
  if (!Number.isFinite(value) || Object.is(value, -0)) return float64Text(value)
  const single = Math.fround(value)
  for (let digits = 6; digits < 9; digits++) {
    const text = single.toPrecision(digits)
    if (Math.fround(Number(text)) === single) return String(Number(text))
  }
  return String(Number(single.toPrecision(9)))
}

export function float64Text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Exact decimal text of any number a record may hold. */
export function numberText(value: unknown): string {
  if (value instanceof Decimal) {
    if (Math.abs(value.scale) > MAX_DIGITS) {
      throw new DataError(`A decimal of scale ${value.scale} has more digits than any database takes`)
    }
    return value.toPlainString()
  }
  return typeof value === 'number' ? float64Text(value) : String(value)
}
