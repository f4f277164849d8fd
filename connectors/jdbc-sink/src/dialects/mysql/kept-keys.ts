import { fractionDigits, isSameNumber } from '../../values/exact-numbers.ts'
import { keptText } from '../../values/kept-texts.ts'
import { float32Text } from '../../values/number-text.ts'
import { refusedValue } from '../../values/refusals.ts'
import type { SinkField } from '../dialect.ts'
import type { MysqlColumn } from './catalog.ts'
import { type Target, targetOf } from './column-targets.ts'

type Convert = (value: unknown) => string

const FRACTIONAL: readonly Target[] = ['decimal', 'time', 'datetime']

/**
 * A key must come out of its column as it goes in: where it is rounded, cut or padded, two keys are one row, and a
 * delete does not find the row of its key.
 */
export function keptKey(toText: Convert, field: SinkField, column: MysqlColumn): Convert {
  const target = targetOf(column.type)
  switch (target) {
    case 'text':
      return keptText(toText, field, column, column.type === 'char')
    case 'float':
      return (value) => singleLiteral(toText(value), field, column)
    case 'double':
      return (value) => doubleLiteral(toText(value))
    default:
  }
  const { fraction } = column
  if (fraction === undefined || !FRACTIONAL.includes(target)) return toText
  return (value) => {
    const text = toText(value)
    if (fractionDigits(text) <= fraction) return text
    throw refusedValue(
      field,
      column,
      `a key keeps all its digits, of which the column has ${fraction} after the point`,
    )
  }
}

/** The double that a FLOAT is: `0.1` is compared as a double, which no FLOAT is equal to. */
function singleLiteral(text: string, field: SinkField, column: MysqlColumn): string {
  const single = Math.fround(Number(text))
  if (isSameNumber(text, float32Text(single))) return doubleLiteral(String(single))
  throw refusedValue(field, column, 'a key keeps all its digits, of which the column has 24 bits')
}

/** With an exponent, as without one it would be a DECIMAL. */
function doubleLiteral(text: string): string {
  return text.includes('e') ? text : `${text}e0`
}
