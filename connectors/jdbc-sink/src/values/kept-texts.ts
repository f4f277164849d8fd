import type { Column, SinkField } from './column.ts'
import { refusedValue } from './refusals.ts'

/**
 * Refuses texts that a column would cut without an error: trailing spaces beyond its length, and all of them where the
 * type pads with spaces (CHAR), so that a key with them would be the key without.
 */
export function keptText(
  toText: (value: unknown) => string,
  field: SinkField,
  column: Column,
  pads: boolean,
): (value: unknown) => string {
  const { maxLength } = column
  if (maxLength === undefined && !pads) return toText
  return (value) => {
    const text = toText(value)
    if (!text.endsWith(' ')) return text
    const length = maxLength === undefined || text.length <= maxLength ? text.length : [...text].length
    // A text of a padding column's full length is how that column shows it.
    const isCut = maxLength !== undefined && length > maxLength
    if (!isCut && !(pads && length !== maxLength)) return text
    throw refusedValue(field, column, 'the column would drop its trailing spaces: remove them')
  }
}
