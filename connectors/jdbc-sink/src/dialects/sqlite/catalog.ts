import type { QueryResult, TableId, TableStructure } from '../dialect.ts'
import type { Column } from '../../values/column.ts'
import type { Quoting } from '../quoting.ts'

type Query = (sql: string, parameters: readonly unknown[]) => Promise<QueryResult>

const OTHER_COLLATION = /\bcollate\b(?!\s+["'`[]?binary\b)/i

/** Reads a table; its name in whatever case, as SQLite itself compares names. */
export async function readSqliteTable(
  query: Query,
  id: TableId,
  quoting: Quoting,
): Promise<TableStructure | null> {
  const schema = id.schema === undefined ? '' : `${quoting.quoteName(id.schema)}.`
  const master = `SELECT name, type, sql FROM ${schema}sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(?)`
  const [table] = (await query(master, [id.name])).rows
  if (table === undefined) return null
  const name = String(table['name'])
  const pragma = async (what: string, of: string): Promise<QueryResult['rows']> =>
    (await query(`PRAGMA ${schema}${what}(${quoting.quoteName(of)})`, [])).rows
  const info = await pragma('table_xinfo', name)
  const indexes = (await pragma('index_list', name)).filter((row) => Number(row['unique']) === 1)
  const isStrict = (await pragma('table_list', name)).some((row) => Number(row['strict']) === 1)
  const uniqueIndexes: string[][] = []
  const loose = new Set<unknown>()
  let hasOtherConstraints = false
  for (const index of indexes) {
    const parts = (await pragma('index_xinfo', String(index['name']))).filter(
      (row) => Number(row['key']) === 1,
    )
    const columns = parts.map((row) => row['name'])
    for (const part of parts) if (part['coll'] !== 'BINARY') loose.add(part['name'])
    if (Number(index['partial']) === 1 || columns.some((column) => typeof column !== 'string')) {
      hasOtherConstraints = true
    } else uniqueIndexes.push(columns.map(String))
  }
  // The catalog does not tell a column's collation: any in the statement that made the table counts for all.
  const hasCollation = OTHER_COLLATION.test(String(table['sql']))
  const primaryKey = info
    .filter((row) => Number(row['pk']) > 0)
    .sort((a, b) => Number(a['pk']) - Number(b['pk']))
    .map((row) => String(row['name']))
  return {
    id,
    kind: table['type'] === 'view' ? 'VIEW' : 'TABLE',
    columns: info
      .filter((row) => Number(row['hidden']) !== 1)
      .map((row) => columnOf(row, isStrict, hasCollation || loose.has(row['name']))),
    primaryKey,
    uniqueIndexes: primaryKey.length > 0 ? [primaryKey, ...uniqueIndexes] : uniqueIndexes,
    hasOtherConstraints,
    // Rows are written one by one anyway: keeping the order of all records costs nothing and is always right.
    hasSideEffects: true,
  }
}

function columnOf(row: Readonly<Record<string, unknown>>, isStrict: boolean, isLoose: boolean): Column {
  const type = String(row['type']).toLowerCase()
  return {
    name: String(row['name']),
    // ANY keeps every value in a STRICT table; elsewhere it is a name like any other.
    type: isStrict && type === 'any' ? '' : type,
    isNullable: Number(row['notnull']) === 0,
    isLoose,
  }
}
