import type { Connection, ResultSetHeader } from 'mysql2/promise'
import type { QueryResult, RowOperation, RowSet, Session, TableId, TableStructure } from '../dialect.ts'
import type { Column } from '../../values/column.ts'
import { KeyClashError, looseKeys } from '../key-clash.ts'
import { withTimeout } from '../session-timeout.ts'
import { type CatalogStyle, readMysqlTable } from './catalog.ts'
import { mysqlFailure } from './mysql-failures.ts'
import { type MysqlStyle, setStatements, updateOf } from './statements.ts'

/** Longest wait for a connection to end in good order. */
const END_MS = 5_000

/** One connection to MySQL or MariaDB. */
export class MysqlSession implements Session {
  readonly #connection: Connection
  readonly #style: MysqlStyle
  readonly #catalog: CatalogStyle
  readonly #timeoutMs: number
  readonly #closed = new AbortController()
  #isBroken = false

  constructor(connection: Connection, style: MysqlStyle, catalog: CatalogStyle, timeoutMs: number) {
    this.#connection = connection
    this.#style = style
    this.#catalog = catalog
    this.#timeoutMs = timeoutMs
    // A connection that ends between statements tells it here; the next statement then fails and is tried again.
    connection.on('error', () => {
      this.#isBroken = true
    })
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async begin(): Promise<void> {
    await this.query('START TRANSACTION')
  }

  async commit(): Promise<void> {
    await this.query('COMMIT')
  }

  async rollback(): Promise<void> {
    await this.query('ROLLBACK')
  }

  async savepoint(name: string): Promise<void> {
    await this.query(`SAVEPOINT ${name}`)
  }

  async rollbackTo(name: string): Promise<void> {
    await this.query(`ROLLBACK TO SAVEPOINT ${name}`)
  }

  async release(name: string): Promise<void> {
    await this.query(`RELEASE SAVEPOINT ${name}`)
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    const work =
      parameters.length === 0 ? this.#connection.query(sql) : this.#connection.query(sql, [...parameters])
    const [result] = await withTimeout(work, this.#timeoutMs, () => this.destroy(), this.#closed.signal)
    if (Array.isArray(result)) return { rows: result as QueryResult['rows'], changed: 0 }
    return { rows: [], changed: (result as ResultSetHeader).affectedRows }
  }

  async describeTable(id: TableId): Promise<TableStructure | null> {
    return await readMysqlTable((sql, parameters) => this.query(sql, parameters), id, this.#catalog)
  }

  async write(operation: RowOperation, set: RowSet): Promise<void> {
    const loose = operation === 'upsert' ? looseKeys(set.columns, set.keyCount) : []
    // A key that may be NULL cannot be guarded by what the column refuses.
    if (operation === 'upsert' && (hasOtherUnique(set) || loose.some((column) => column.isNullable))) {
      await this.#upsertByKey(set)
      return
    }
    try {
      for (const sql of setStatements(operation, set, this.#style)) await this.query(sql)
    } catch (error) {
      throw isClash(error, set, loose) ? new KeyClashError(loose) : error
    }
  }

  /** DDL commits by itself; two tasks that create the same table are sorted out by the error one of them gets. */
  async lockForDdl(): Promise<void> {}

  async close(): Promise<void> {
    const wasBroken = this.#isBroken
    this.#isBroken = true
    if (wasBroken) {
      this.destroy()
      return
    }
    const end = withTimeout(this.#connection.end(), END_MS, () => this.destroy(), this.#closed.signal)
    await end.catch(() => this.destroy())
  }

  destroy(): void {
    this.#isBroken = true
    this.#closed.abort()
    this.#connection.destroy()
  }

  /**
   * ON DUPLICATE KEY UPDATE acts on any unique index: a row that clashes with another in a second one would change
   * that other row. Here the key alone decides, row by row.
   */
  async #upsertByKey(set: RowSet): Promise<void> {
    const table = this.#style.quoteTable(set.table.id)
    const names = set.columns.map((column) => this.#style.quoteName(column.name))
    const isLoose = set.columns.slice(0, set.keyCount).map((column) => column.isLoose)
    for (const row of set.rows) {
      const values = row.map((value) => (value === null ? 'NULL' : (value as string)))
      const { changed } = await this.query(updateOf(table, names, isLoose, values))
      if (changed === 0)
        await this.query(`INSERT INTO ${table}(${names.join(',')}) VALUES(${values.join(',')})`)
    }
  }
}

const CANNOT_BE_NULL = 1048

/** True where the guard of ON DUPLICATE KEY UPDATE has refused a key, and not a row that has none. */
function isClash(error: unknown, { rows, keyCount }: RowSet, loose: readonly Column[]): boolean {
  if (loose.length === 0 || (error as { errno?: unknown }).errno !== CANNOT_BE_NULL) return false
  const named = mysqlFailure(error).column
  return (
    loose.some((column) => column.name === named) &&
    rows.every((row) => row.slice(0, keyCount).every((value) => value !== null))
  )
}

function hasOtherUnique({ table, columns, keyCount }: RowSet): boolean {
  const keys = columns.slice(0, keyCount).map((column) => column.name)
  return (
    table.hasOtherConstraints ||
    table.uniqueIndexes.some(
      (index) => index.length !== keys.length || !index.every((name) => keys.includes(name)),
    )
  )
}
