import type { QueryResult, TableId, TableStructure } from '../dialect.ts'
import type { Column } from '../../values/column.ts'
import { labelsOf } from './text-forms.ts'

/** A column with what only MySQL's has. */
export interface MysqlColumn extends Column {
  /** Of an ENUM or SET. */
  readonly labels: readonly string[]
}

/** Collations that compare every byte: utf8mb4_bin and its like leave trailing spaces out. */
const EXACT_COLLATION = /^binary$|_nopad_bin$|_0900_bin$/

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
SELECT COLUMN_NAME AS name, DATA_TYPE AS type, COLUMN_TYPE AS full_type, IS_NULLABLE AS nullable, COLLATION_NAME AS collation,
  CHARACTER_MAXIMUM_LENGTH AS length, COALESCE(DATETIME_PRECISION, NUMERIC_SCALE) AS fraction
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`

const INDEXES = `
SELECT INDEX_NAME AS name, COLUMN_NAME AS column_name, SUB_PART AS prefix
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND NON_UNIQUE = 0
ORDER BY INDEX_NAME, SEQ_IN_INDEX`

/** MariaDB's JSON is a LONGTEXT with this check. */
const JSON_CHECKS = `
SELECT CHECK_CLAUSE AS clause FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?`

/** What the catalog's answers depend on. */
export interface CatalogStyle {
  /** True where the server takes names in any case (lower_case_table_names). */
  readonly foldsNames: boolean
  readonly isMariaDb: boolean
}

/** Reads a table by its exact name; where the server folds names (lower_case_table_names), by any case. */
export async function readMysqlTable(
  query: Query,
  id: TableId,
  { foldsNames, isMariaDb }: CatalogStyle,
): Promise<TableStructure | null> {
  const parameters = [id.schema ?? null, id.name]
  const found = (await query(TABLE, parameters)).rows
  const table = found.find((row) => foldsNames || row['name'] === id.name)
  if (table === undefined) return null
  const jsonChecks = isMariaDb ? (await query(JSON_CHECKS, parameters)).rows : []
  const clauses = new Set(jsonChecks.map((row) => String(row['clause'])))
  const columns = (await query(COLUMNS, parameters)).rows.map((row) => {
    const column = columnOf(row)
    return clauses.has(`json_valid(\`${column.name}\`)`) ? { ...column, type: 'json' } : column
  })
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
  const type = String(row['type']).toLowerCase()
  const isExact = collation === null || EXACT_COLLATION.test(collation)
  return {
    name: String(row['name']),
    type,
    isNullable: row['nullable'] === 'YES',
    isLoose: !isExact,
    maxLength: row['length'] === null ? undefined : Number(row['length']),
    fraction: row['fraction'] === null ? undefined : Number(row['fraction']),
    labels: type === 'enum' || type === 'set' ? labelsOf(String(row['full_type'])) : [],
  }
}
