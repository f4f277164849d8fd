import type { TableStructure } from '../dialects/dialect.ts'
import type { Column, SinkField } from '../values/column.ts'
import { TableAlterOrCreateError } from './table-errors.ts'

/** Each field's column, in the order of the fields. */
export interface ResolvedTable {
  readonly table: TableStructure
  readonly columns: readonly Column[]
}

/** Finds the columns of a record's fields. */
export interface ColumnNames {
  missingFrom(table: TableStructure): readonly SinkField[]
  /** Only for a table that nothing is missing from. */
  resolve(table: TableStructure): ResolvedTable
}

/**
 * How the fields of a record find their columns: by exact name, else by what the database takes for the same name, else
 * whatever the case where no other field of the record has the name in another case. Statements then use the catalog's
 * spelling.
 *
 * @param keyOf see {@link Dialect.columnKey}.
 * @throws {TableAlterOrCreateError} where two fields are one column.
 */
export function columnNames(fields: readonly SinkField[], keyOf: (name: string) => string): ColumnNames {
  const byKey = new Map<string, SinkField>()
  const uses = new Map<string, number>()
  for (const field of fields) {
    const key = keyOf(field.name)
    const other = byKey.get(key)
    if (other !== undefined) throw oneColumn(other, field)
    byKey.set(key, field)
    const folded = field.name.toLowerCase()
    uses.set(folded, (uses.get(folded) ?? 0) + 1)
  }
  const columnOf = (table: TableStructure, { name }: SinkField): Column | undefined => {
    const exact = table.columns.find((column) => column.name === name)
    if (exact !== undefined) return exact
    const key = keyOf(name)
    const same = table.columns.find((column) => keyOf(column.name) === key)
    const folded = name.toLowerCase()
    if (same !== undefined || uses.get(folded) !== 1) return same
    return table.columns.find((column) => column.name.toLowerCase() === folded)
  }
  return {
    missingFrom: (table) => fields.filter((field) => columnOf(table, field) === undefined),
    resolve: (table) => ({ table, columns: fields.map((field) => columnOf(table, field) as Column) }),
  }
}

function oneColumn(a: SinkField, b: SinkField): TableAlterOrCreateError {
  return new TableAlterOrCreateError(
    `The fields '${a.name}' and '${b.name}' of one record are one column in the database, which takes no notice of case ` +
      `or cuts long names. Leave one out (fields.whitelist, or ReplaceField with exclude), or give it another name ` +
      `(ReplaceField with renames)`,
  )
}
