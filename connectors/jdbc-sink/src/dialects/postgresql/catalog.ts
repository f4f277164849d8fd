import type { QueryResult, TableId, TableStructure } from '../dialect.ts'
import type { Column } from '../../values/column.ts'

/** A column with what PostgreSQL's statements need beside its type. */
export interface PostgresColumn extends Column {
  /** Type to cast to, domains included; without length or precision, as a cast would cut silently. */
  readonly cast: string
  /** The catalog's category of the type below domains (pg_type.typcategory): `S` for texts. */
  readonly category?: string | undefined
  /** Of an array: its elements. */
  readonly element?: { readonly type: string; readonly category: string } | undefined
  /** What stands between units and cents in a text of type money, by lc_monetary. */
  readonly moneyPoint?: string | undefined
}

export interface PostgresTable extends TableStructure {
  readonly columns: readonly PostgresColumn[]
  /** True where an identity column refuses given values unless told. */
  readonly hasAlwaysIdentity: boolean
  /** COPY goes to plain tables without row security only. */
  readonly takesCopy: boolean
}

type Query = (sql: string, parameters: readonly unknown[]) => Promise<QueryResult>

const TABLE = `
SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relrowsecurity AS secured,
  EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D')
  OR EXISTS (SELECT 1 FROM pg_constraint f WHERE f.confrelid = c.oid AND f.contype = 'f'
             AND (f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd')))
  OR EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid AND c.relkind IN ('r', 'p')) AS side_effects,
  EXISTS (SELECT 1 FROM pg_constraint x WHERE x.conrelid = c.oid AND x.contype = 'x') AS exclusions
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'f')
  AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = $2::text END`

/** The type below any number of domains, and the length or precision that the column or one of these domains sets. */
const base = (type: string, typmod: string): string => `(
  WITH RECURSIVE d(oid, below, typmod) AS (
    SELECT p.oid, p.typbasetype, CASE WHEN ${typmod} < 0 THEN p.typtypmod ELSE ${typmod} END
    FROM pg_type p WHERE p.oid = ${type}
    UNION ALL SELECT p.oid, p.typbasetype, CASE WHEN d.typmod < 0 THEN p.typtypmod ELSE d.typmod END
    FROM d JOIN pg_type p ON p.oid = d.below
  ) SELECT d.oid, d.typmod, q.typcategory, q.typelem, q.typname FROM d JOIN pg_type q ON q.oid = d.oid WHERE d.below = 0)`

const COLUMNS = `
SELECT a.attname AS name, format_type(b.oid, -1) AS type, format_type(b.oid, b.typmod) AS full_type,
  b.typcategory AS category, format_type(a.atttypid, -1) AS cast_type, a.attnotnull AS required, a.attidentity AS identity,
  NOT COALESCE(l.collisdeterministic, true) OR b.typname = 'citext' AS loose,
  format_type(e.oid, -1) AS element_type, e.typcategory AS element_category,
  CASE WHEN 'money'::regtype IN (b.oid, b.typelem) THEN substring(1.5::numeric::money::text FROM '1(.)5') END AS money_point
FROM pg_attribute a CROSS JOIN LATERAL ${base('a.atttypid', 'a.atttypmod')} b
LEFT JOIN LATERAL ${base('b.typelem', '-1')} e ON b.typcategory = 'A'
LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`

const INDEXES = `
SELECT i.indisprimary AS is_primary, (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AS special,
  ARRAY(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(num, pos)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num ORDER BY k.pos) AS columns
FROM pg_index i WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid`

const KINDS: Readonly<Record<string, TableStructure['kind']>> = { v: 'VIEW', p: 'PARTITIONED TABLE' }

/** Reads a table from the catalog by its exact name. */
export async function readPostgresTable(query: Query, id: TableId): Promise<PostgresTable | null> {
  const found = await query(TABLE, [id.name, id.schema ?? null])
  const [table] = found.rows
  if (table === undefined) return null
  const columns = await query(COLUMNS, [table['oid']])
  const indexes = await query(INDEXES, [table['oid']])
  const kind = String(table['kind'])
  return {
    id,
    kind: KINDS[kind] ?? 'TABLE',
    columns: columns.rows.map(columnOf),
    primaryKey: indexes.rows
      .filter((row) => row['is_primary'] === true)
      .flatMap((row) => row['columns'] as string[]),
    uniqueIndexes: indexes.rows
      .filter((row) => row['special'] !== true)
      .map((row) => row['columns'] as string[]),
    hasOtherConstraints: table['exclusions'] === true || indexes.rows.some((row) => row['special'] === true),
    hasSideEffects: table['side_effects'] === true || kind === 'v',
    hasAlwaysIdentity: columns.rows.some((row) => row['identity'] === 'a'),
    takesCopy: (kind === 'r' || kind === 'p') && table['secured'] !== true,
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function columnOf(row: Readonly<Record<string, unknown>>): PostgresColumn {
  const elementType = textOf(row['element_type'])
  const limits = /\((\d+)(?:,(-?\d+))?\)/.exec(String(row['full_type']))
  const first = limits === null ? undefined : Number(limits[1])
  const isText = row['category'] === 'S'
  // `numeric(10)` has no digits after the point; types of time have their digits first.
  const isNumeric = row['type'] === 'numeric'
  const scale = isNumeric && first !== undefined ? Number(limits?.[2] ?? 0) : first
  return {
    name: String(row['name']),
    type: String(row['type']),
    cast: String(row['cast_type']),
    isNullable: row['required'] !== true,
    isLoose: row['loose'] === true,
    maxLength: isText ? first : undefined,
    fraction: isText ? undefined : scale,
    category: textOf(row['category']),
    element:
      elementType === undefined
        ? undefined
        : { type: elementType, category: String(row['element_category']) },
    moneyPoint: textOf(row['money_point']),
  }
}
