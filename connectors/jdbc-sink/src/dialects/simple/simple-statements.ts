import type { Dialect, RowOperation, RowSet, SqlText } from '../dialect.ts'
import type { SimpleDatabase } from './simple-database.ts'

/** One statement per row, with its parameters in the order of their places. */
export function simpleStatement(
  operation: RowOperation,
  set: RowSet,
  dialect: Pick<Dialect, 'parameter' | 'quoteName' | 'quoteTable'>,
  database: Pick<SimpleDatabase, 'upsert'>,
): SqlText[] {
  const table = dialect.quoteTable(set.table.id)
  const names = set.columns.map(({ name }) => dialect.quoteName(name))
  const keys = names.slice(0, set.keyCount)
  const others = names.slice(set.keyCount)
  const places = names.map((_, i) => dialect.parameter(i + 1))
  const equal = (columns: readonly string[], from: number, between: string): string =>
    columns.map((name, i) => `${name} = ${dialect.parameter(from + i)}`).join(between)
  const all = (row: readonly unknown[]): readonly unknown[] => row
  const keysOnly = (row: readonly unknown[]): readonly unknown[] => row.slice(0, set.keyCount)
  const keysLast = (row: readonly unknown[]): readonly unknown[] => [
    ...row.slice(set.keyCount),
    ...keysOnly(row),
  ]
  const insert = `INSERT INTO ${table}(${names.join(',')}) VALUES(${places.join(',')})`
  const made = (sql: string, parameters: typeof all): SqlText[] =>
    set.rows.map((row) => ({ sql, parameters: parameters(row) }))
  switch (operation) {
    case 'insert':
      return made(insert, all)
    case 'upsert':
      return made(`${insert} ${database.upsert?.(keys, others) ?? onConflict(keys, others)}`, all)
    case 'update': {
      const sets = equal(others, 1, ', ')
      return made(`UPDATE ${table} SET ${sets} WHERE ${equal(keys, others.length + 1, ' AND ')}`, keysLast)
    }
    case 'delete':
      return made(`DELETE FROM ${table} WHERE ${equal(keys, 1, ' AND ')}`, keysOnly)
  }
}

function onConflict(keys: readonly string[], others: readonly string[]): string {
  const changes = others.map((name) => `${name}=excluded.${name}`).join(',')
  return `ON CONFLICT(${keys.join(',')}) DO ${changes === '' ? 'NOTHING' : `UPDATE SET ${changes}`}`
}
