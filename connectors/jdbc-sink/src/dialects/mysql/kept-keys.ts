import { fractionDigits, isSameNumber, survivesDouble } from '../../values/exact-numbers.ts'
import { distinctNumber } from '../../values/kept-numbers.ts'
import { keptText } from '../../values/kept-texts.ts'
import { float32Text } from '../../values/number-text.ts'
import { refusedValue } from '../../values/refusals.ts'
import type { SinkField } from '../../values/column.ts'
import type { MysqlColumn } from './catalog.ts'
import { type MysqlTarget, targetOf } from './column-targets.ts'

type Convert = (value: unknown) => string

const NUMBERS: readonly MysqlTarget[] = ['integer', 'decimal', 'float', 'double', 'bit']
const FRACTIONAL: readonly MysqlTarget[] = ['decimal', 'time', 'datetime']

/**
 * A key must come out of its column as it goes in: where it is rounded, cut or padded, two keys are one row, and a
 * delete does not find the row of its key.
 */
export function keptKey(toText: Convert, field: SinkField, column: MysqlColumn): Convert {
  const target = targetOf(column.type)
  if (target === 'text') return keptText(toText, field, column, column.type === 'char')
  const { fraction } = column
  const kept = NUMBERS.includes(target) ? distinctNumber(toText, field, column, fraction) : toText
  if (target === 'float') return (value) => singleLiteral(kept(value), field, column)
  if (target === 'double') return (value) => doubleKey(kept(value), field, column)
  if (fraction === undefined || !FRACTIONAL.includes(target)) return kept
  return (value) => {
    const text = kept(value)
    if (fractionDigits(text) <= fraction) return text
    throw refusedValue(
      field,
      column,
      `a key keeps all its digits, of which the column has ${fraction} after the point`,
    )
  }
}

const FEWER_DIGITS = 'a key keeps all its digits, of which the column has fewer: use DECIMAL'

/** The double that a FLOAT is: `0.1` is compared as a double, which no FLOAT is equal to. */
function singleLiteral(text: string, field: SinkField, column: MysqlColumn): string {
  const single = Math.fround(Number(text))
  if (isSameNumber(text, float32Text(single))) return doubleLiteral(String(single))
  throw refusedValue(field, column, FEWER_DIGITS)
}

function doubleKey(text: string, field: SinkField, column: MysqlColumn): string {
  if (survivesDouble(text)) return doubleLiteral(text)
  throw refusedValue(field, column, FEWER_DIGITS)
}

/** With an exponent, as without one it would be a DECIMAL. */
function doubleLiteral(text: string): string {
  return text.includes('e') ? text : `${text}e0`
}
