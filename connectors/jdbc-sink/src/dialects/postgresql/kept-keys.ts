import { fractionDigits, isSameNumber, plainNumber } from '../../values/exact-numbers.ts'
import { float32Text } from '../../values/number-text.ts'
import { refusedValue } from '../../values/refusals.ts'
import { keptText } from '../../values/kept-texts.ts'
import type { SinkField } from '../dialect.ts'
import type { PostgresColumn } from './catalog.ts'
import { type Target, targetOf } from './column-targets.ts'
import type { ToText } from './scalars.ts'

const FRACTIONAL: readonly Target[] = ['numeric', 'money', 'time', 'timetz', 'timestamp', 'timestamptz']

/**
 * A key must come out of its column as it goes in: where it is rounded or cut, two keys are one row, and a delete does
 * not find the row of its key.
 */
export function keptKey(toText: ToText, field: SinkField, column: PostgresColumn): ToText {
  const target = targetOf(column)
  if (target === 'text') return keptText(toText, field, column, column.type === 'bpchar')
  if (target === 'real') {
    return (value) => {
      const text = toText(value)
      if (!isFinite(Number(text)) || isSameNumber(text, float32Text(Number(text)))) return text
      throw refusedValue(field, column, 'a key keeps all its digits, of which the column has 24 bits')
    }
  }
  const fraction = target === 'money' ? 2 : column.fraction
  if (fraction === undefined || !FRACTIONAL.includes(target)) return toText
  return (value) => {
    const text = toText(value)
    // An exponent, as of a float, has digits after the point that are not written out.
    if (fractionDigits(plainNumber(text) ?? text) <= fraction) return text
    throw refusedValue(
      field,
      column,
      `a key keeps all its digits, of which the column has ${fraction} after the point`,
    )
  }
}
