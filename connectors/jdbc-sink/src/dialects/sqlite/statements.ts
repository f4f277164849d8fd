import type { RowOperation, RowSet } from '../dialect.ts'
import type { Quoting } from '../quoting.ts'

/** The statement for one row. An upsert is a real one: other columns and other rows stay as they are. */
export function rowStatement(operation: RowOperation, set: RowSet, quoting: Quoting): string {
  const table = quoting.quoteTable(set.table.id)
  const names = set.columns.map((column) => quoting.quoteName(column.name))
  const keys = names.slice(0, set.keyCount)
  const others = names.slice(set.keyCount)
  const loose = keys.filter((_, i) => set.columns[i]?.isLoose === true)
  // The index finds what may be equal; the bytes decide.
  const sameBytes = loose.map((name) => `${name} COLLATE BINARY = ?`)
  const sameKey = [...keys.map((name) => `${name} = ?`), ...sameBytes].join(' AND ')
  switch (operation) {
    case 'delete':
      return `DELETE FROM ${table} WHERE ${sameKey}`
    case 'update':
      return `UPDATE ${table} SET ${others.map((name) => `${name} = ?`).join(', ')} WHERE ${sameKey}`
    case 'insert':
    case 'upsert': {
      const insert = `INSERT INTO ${table}(${names.join(',')}) VALUES(${names.map(() => '?').join(',')})`
      if (operation === 'insert') return insert
      const changed = others.length === 0 ? loose : others
      const changes = changed.map((name) => `${name}=excluded.${name}`).join(',')
      const action = changed.length === 0 ? 'NOTHING' : `UPDATE SET ${changes}`
      // A row whose key is not the same text is left as it is, and counts as not changed: see the session.
      const guard = loose.map((name) => `${name} COLLATE BINARY = excluded.${name}`).join(' AND ')
      return `${insert} ON CONFLICT(${keys.join(',')}) DO ${action}${guard === '' ? '' : ` WHERE ${guard}`}`
    }
  }
}

/**
 * The values of a row in the order of its statement's parameters: an update names the new values before the key, and a
 * key is named twice where its bytes are compared too.
 */
export function parametersOf<T>(operation: RowOperation, set: RowSet, row: readonly T[]): readonly T[] {
  if (operation !== 'update' && operation !== 'delete') return row
  const keys = row.slice(0, set.keyCount)
  const loose = keys.filter((_, i) => set.columns[i]?.isLoose === true)
  if (operation === 'update') return [...row.slice(set.keyCount), ...keys, ...loose]
  return loose.length === 0 ? keys : [...keys, ...loose]
}
