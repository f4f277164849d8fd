import type { Column, QueryResult, TableStructure } from '../dialect.ts'
import type { TableId } from '../../tables/table-id.ts'
import type { Quoting } from './statements.ts'

type Query = (sql: string, parameters: readonly unknown[]) => Promise<QueryResult>

/** Reads a table; its name in whatever case, as SQLite itself compares names. */
export async function readSqliteTable(
  query: Query,
  id: TableId,
  quoting: Quoting,
): Promise<TableStructure | null> {
  const schema = id.schema === undefined ? '' : `${quoting.quoteName(id.schema)}.`
  const master = `SELECT name, type FROM ${schema}sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(?)`
  const [table] = (await query(master, [id.name])).rows
  if (table === undefined) return null
  const name = String(table['name'])
  const pragma = async (what: string, of: string): Promise<QueryResult['rows']> =>
    (await query(`PRAGMA ${schema}${what}(${quoting.quoteName(of)})`, [])).rows
  const info = await pragma('table_xinfo', name)
  const indexes = (await pragma('index_list', name)).filter((row) => Number(row['unique']) === 1)
  const uniqueIndexes: string[][] = []
  let hasOtherConstraints = false
  for (const index of indexes) {
    const columns = (await pragma('index_info', String(index['name']))).map((row) => row['name'])
    if (Number(index['partial']) === 1 || columns.some((column) => typeof column !== 'string')) {
      hasOtherConstraints = true
    } else uniqueIndexes.push(columns.map(String))
  }
  const primaryKey = info
    .filter((row) => Number(row['pk']) > 0)
    .sort((a, b) => Number(a['pk']) - Number(b['pk']))
    .map((row) => String(row['name']))
  return {
    id,
    kind: table['type'] === 'view' ? 'VIEW' : 'TABLE',
    columns: info.filter((row) => Number(row['hidden']) !== 1).map(columnOf),
    primaryKey,
    uniqueIndexes: primaryKey.length > 0 ? [primaryKey, ...uniqueIndexes] : uniqueIndexes,
    hasOtherConstraints,
    // Rows are written one by one anyway: keeping the order of all records costs nothing and is always right.
    hasSideEffects: true,
  }
}

function columnOf(row: Readonly<Record<string, unknown>>): Column {
  return {
    name: String(row['name']),
    type: String(row['type']).toLowerCase(),
    isNullable: Number(row['notnull']) === 0,
    isLoose: true,
  }
}
