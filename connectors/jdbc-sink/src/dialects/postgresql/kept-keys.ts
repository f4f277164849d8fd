import { fractionDigits, isSameNumber, plainNumber } from '../../values/exact-numbers.ts'
import { float32Text } from '../../values/number-text.ts'
import { refusedValue } from '../../values/refusals.ts'
import { distinctNumber } from '../../values/kept-numbers.ts'
import { keptText } from '../../values/kept-texts.ts'
import type { SinkField } from '../../values/column.ts'
import type { PostgresColumn } from './catalog.ts'
import { type PostgresTarget, targetOf } from './column-targets.ts'
import type { ToText } from './scalars.ts'

const NUMBERS: readonly PostgresTarget[] = ['integer', 'oid', 'numeric', 'money', 'real', 'double']
const FRACTIONAL: readonly PostgresTarget[] = [
  'numeric',
  'money',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
]

/**
 * A key must come out of its column as it goes in: where it is rounded or cut, two keys are one row, and a delete does
 * not find the row of its key.
 */
export function keptKey(toText: ToText, field: SinkField, column: PostgresColumn): ToText {
  const target = targetOf(column)
  if (target === 'text') return keptText(toText, field, column, column.type === 'bpchar')
  const fraction = target === 'money' ? 2 : column.fraction
  const kept = NUMBERS.includes(target) ? distinctNumber(toText, field, column, fraction) : toText
  if (target === 'real' || target === 'double') {
    const digits = target === 'real' ? float32Text : String
    return (value) => {
      const text = kept(value)
      if (!isFinite(Number(text)) || isSameNumber(text, digits(Number(text)))) return text
      throw refusedValue(
        field,
        column,
        'a key keeps all its digits, of which the column has fewer: use NUMERIC',
      )
    }
  }
  if (fraction === undefined || !FRACTIONAL.includes(target)) return kept
  return (value) => {
    const text = kept(value)
    // An exponent, as of a float, has digits after the point that are not written out.
    if (fractionDigits(plainNumber(text) ?? text) <= fraction) return text
    throw refusedValue(
      field,
      column,
      `a key keeps all its digits, of which the column has ${fraction} after the point`,
    )
  }
}
