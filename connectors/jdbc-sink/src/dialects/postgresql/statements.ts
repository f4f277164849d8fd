import type { RowOperation, RowSet } from '../dialect.ts'
import type { PostgresColumn, PostgresTable } from './catalog.ts'
import type { Quoting } from '../quoting.ts'
import { columnLiteral } from './literals.ts'

export interface Statement {
  readonly sql: string
  readonly parameters: readonly string[]
}

/**
 * One statement for all rows of a set: every column comes as one array, so that its text depends on the columns only
 * and no number of rows meets the limit of 65,535 parameters. Rows are applied in their order.
 */
export function setStatement(operation: RowOperation, set: RowSet, quoting: Quoting): Statement {
  const columns = set.columns as readonly PostgresColumn[]
  const used = operation === 'delete' ? columns.slice(0, set.keyCount) : columns
  return {
    sql: statementText(operation, set, used, quoting),
    parameters: used.map((_, i) => columnLiteral(set.rows, i)),
  }
}

function statementText(
  operation: RowOperation,
  set: RowSet,
  columns: readonly PostgresColumn[],
  quoting: Quoting,
): string {
  const table = quoting.quoteTable(set.table.id)
  const names = columns.map((column) => quoting.quoteName(column.name))
  const keys = names.slice(0, set.keyCount)
  const others = names.slice(set.keyCount)
  const source = unnested(columns)
  const sameKey = keys
    .map((name, i) => {
      const equal = `t.${name} = v.c${i}`
      return columns[i]?.isLoose === true ? `${equal} AND ${sameBytes(`t.${name}`, `v.c${i}`)}` : equal
    })
    .join(' AND ')
  switch (operation) {
    case 'delete':
      return `DELETE FROM ${table} t USING ${source} WHERE ${sameKey}`
    case 'update': {
      const changes = others.map((name, i) => `${name} = v.c${set.keyCount + i}`).join(', ')
      return `UPDATE ${table} t SET ${changes} FROM ${source} WHERE ${sameKey}`
    }
    case 'insert':
    case 'upsert': {
      const overriding = (set.table as PostgresTable).hasAlwaysIdentity ? 'OVERRIDING SYSTEM VALUE ' : ''
      const loose = keys.filter((_, i) => columns[i]?.isLoose === true)
      const isGuarded = operation === 'upsert' && loose.length > 0
      const insert = `INSERT INTO ${table}${isGuarded ? ' AS t' : ''} (${names.join(',')}) ${overriding}SELECT * FROM ${source}`
      if (operation === 'insert') return insert
      // A row whose key is not the same text is left out, and missed in the count: see clashingKey.
      const isSame = loose.map((name) => sameBytes(`t.${name}`, `EXCLUDED.${name}`)).join(' AND ')
      const changed = others.length === 0 ? loose : others
      const changes = changed.map((name) => `${name}=EXCLUDED.${name}`).join(',')
      const action = changed.length === 0 ? 'NOTHING' : `UPDATE SET ${changes}`
      return `${insert} ON CONFLICT (${keys.join(',')}) DO ${action}${isSame === '' ? '' : ` WHERE ${isSame}`}`
    }
  }
}

/** Finds whether a row of the table has a key of these that is equal, but another text. */
export function clashingKey(set: RowSet, quoting: Quoting): Statement {
  const columns = (set.columns as readonly PostgresColumn[]).slice(0, set.keyCount)
  const names = columns.map((column) => quoting.quoteName(column.name))
  const equal = names.map((name, i) => `t.${name} = v.c${i}`).join(' AND ')
  const differs = names
    .flatMap((name, i) => (columns[i]?.isLoose === true ? [`NOT ${sameBytes(`t.${name}`, `v.c${i}`)}`] : []))
    .join(' OR ')
  return {
    sql: `SELECT 1 FROM ${quoting.quoteTable(set.table.id)} t JOIN ${unnested(columns)} ON ${equal} WHERE ${differs} LIMIT 1`,
    parameters: columns.map((_, i) => columnLiteral(set.rows, i)),
  }
}

/** Equality of texts byte for byte, whatever the collation or type (citext) says. */
function sameBytes(a: string, b: string): string {
  return `${a}::text COLLATE "C" = ${b}::text COLLATE "C"`
}

/** `unnest` takes an array of arrays apart to its elements, so array columns travel as text and are cast after it. */
function unnested(columns: readonly PostgresColumn[]): string {
  const isArray = (column: PostgresColumn): boolean => column.cast.endsWith('[]')
  const arrays = columns.map((column, i) => `$${i + 1}::${isArray(column) ? 'text' : column.cast}[]`)
  const selected = columns.map((column, i) =>
    isArray(column) ? `u.c${i}::${column.cast} AS c${i}` : `u.c${i}`,
  )
  const aliases = columns.map((_, i) => `c${i}`).join(',')
  return `(SELECT ${selected.join(',')} FROM unnest(${arrays.join(',')}) u(${aliases})) v`
}
