import type { TemporalText } from '../../values/temporal-text.ts'
import type { SinkField } from '../../values/column.ts'
import { mysqlLiteral } from './binders.ts'

/** The default of a field. A text's stands in parentheses: MySQL takes no other default for TEXT and JSON. */
export function mysqlDefault(field: SinkField, columnType: string, temporal: TemporalText): string {
  const column = {
    name: field.name,
    type: columnType.toLowerCase().replace(/[ (].*$/, ''),
    isNullable: true,
    isLoose: false,
    labels: [],
  }
  const literal = mysqlLiteral({ ...field, isPrimaryKey: false }, column, temporal)(field.schema.defaultValue)
  return columnType === 'TEXT' || columnType === 'JSON' ? `(${literal})` : literal
}
