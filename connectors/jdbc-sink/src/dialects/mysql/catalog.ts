import type { Column, QueryResult, TableStructure } from '../dialect.ts'
import type { TableId } from '../../tables/table-id.ts'

/** A column with the collation its texts are compared by. */
export interface MysqlColumn extends Column {
  /** True where trailing spaces do not count. */
  readonly padsSpaces: boolean
}

type Query = (sql: string, parameters: readonly unknown[]) => Promise<QueryResult>

const TABLE = `
SELECT t.TABLE_NAME AS name, t.TABLE_TYPE AS kind,
  EXISTS (SELECT 1 FROM information_schema.TRIGGERS g
          WHERE g.EVENT_OBJECT_SCHEMA = t.TABLE_SCHEMA AND g.EVENT_OBJECT_TABLE = t.TABLE_NAME)
  OR EXISTS (SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS r
             WHERE r.UNIQUE_CONSTRAINT_SCHEMA = t.TABLE_SCHEMA AND r.REFERENCED_TABLE_NAME = t.TABLE_NAME
               AND (r.DELETE_RULE IN ('CASCADE', 'SET NULL') OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL'))) AS side_effects
FROM information_schema.TABLES t
WHERE t.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND t.TABLE_NAME = ?`

const COLUMNS = `
SELECT COLUMN_NAME AS name, DATA_TYPE AS type, IS_NULLABLE AS nullable, COLLATION_NAME AS collation
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`

const INDEXES = `
SELECT INDEX_NAME AS name, COLUMN_NAME AS column_name, SUB_PART AS prefix
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND NON_UNIQUE = 0
ORDER BY INDEX_NAME, SEQ_IN_INDEX`

/** Reads a table by its exact name; where the server folds names (lower_case_table_names), by any case. */
export async function readMysqlTable(
  query: Query,
  id: TableId,
  foldsNames: boolean,
): Promise<TableStructure | null> {
  const parameters = [id.schema ?? null, id.name]
  const found = (await query(TABLE, parameters)).rows
  const table = found.find((row) => foldsNames || row['name'] === id.name)
  if (table === undefined) return null
  const columns = (await query(COLUMNS, parameters)).rows.map(columnOf)
  const indexes = new Map<string, string[]>()
  let hasOtherConstraints = false
  for (const row of (await query(INDEXES, parameters)).rows) {
    const name = String(row['name'])
    const list = indexes.get(name) ?? []
    indexes.set(name, list)
    list.push(String(row['column_name']))
    if (row['column_name'] === null || row['prefix'] !== null) hasOtherConstraints = true
  }
  return {
    id,
    kind: String(table['kind']).includes('VIEW') ? 'VIEW' : 'TABLE',
    columns,
    primaryKey: indexes.get('PRIMARY') ?? [],
    uniqueIndexes: [...indexes.values()],
    hasOtherConstraints,
    hasSideEffects: Number(table['side_effects']) === 1,
  }
}

function columnOf(row: Readonly<Record<string, unknown>>): MysqlColumn {
  const collation = row['collation'] === null ? null : String(row['collation'])
  return {
    name: String(row['name']),
    type: String(row['type']).toLowerCase(),
    isNullable: row['nullable'] === 'YES',
    isLoose: collation !== null && !/(^|_)bin$/.test(collation),
    padsSpaces: collation !== null && !/nopad|_0900_/.test(collation),
  }
}
