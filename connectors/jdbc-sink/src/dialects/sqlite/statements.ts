import type { TableId } from '../../tables/table-id.ts'
import type { RowOperation, RowSet } from '../dialect.ts'

export interface Quoting {
  quoteName(name: string): string
  quoteTable(id: TableId): string
}

/** The statement for one row. An upsert is a real one: other columns and other rows stay as they are. */
export function rowStatement(operation: RowOperation, set: RowSet, quoting: Quoting): string {
  const table = quoting.quoteTable(set.table.id)
  const names = set.columns.map((column) => quoting.quoteName(column.name))
  const keys = names.slice(0, set.keyCount)
  const others = names.slice(set.keyCount)
  const sameKey = keys.map((name) => `${name} = ?`).join(' AND ')
  switch (operation) {
    case 'delete':
      return `DELETE FROM ${table} WHERE ${sameKey}`
    case 'update':
      return `UPDATE ${table} SET ${others.map((name) => `${name} = ?`).join(', ')} WHERE ${sameKey}`
    case 'insert':
    case 'upsert': {
      const insert = `INSERT INTO ${table}(${names.join(',')}) VALUES(${names.map(() => '?').join(',')})`
      if (operation === 'insert') return insert
      const changes = others.map((name) => `${name}=excluded.${name}`).join(',')
      return `${insert} ON CONFLICT(${keys.join(',')}) DO ${others.length === 0 ? 'NOTHING' : `UPDATE SET ${changes}`}`
    }
  }
}

/** The values of a row in the order of its statement's parameters: an update names the new values before the key. */
export function parametersOf<T>(operation: RowOperation, set: RowSet, row: readonly T[]): readonly T[] {
  const isReordered = operation === 'update' && set.keyCount < set.columns.length
  return isReordered ? [...row.slice(set.keyCount), ...row.slice(0, set.keyCount)] : row
}
