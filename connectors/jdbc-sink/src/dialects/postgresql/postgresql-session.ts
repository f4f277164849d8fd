import { finished } from 'node:stream/promises'
import type { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { QueryResult, RowOperation, RowSet, Session, TableId } from '../dialect.ts'
import { KeyClashError, looseKeys } from '../key-clash.ts'
import { withTimeout } from '../session-timeout.ts'
import { type PostgresTable, readPostgresTable } from './catalog.ts'
import { copyRows } from './literals.ts'
import type { Quoting } from '../quoting.ts'
import { clashingKey, setStatement } from './statements.ts'

/** Below this many rows a statement costs less than the extra exchange of COPY. */
const FEWEST_ROWS_FOR_COPY = 8
/** Any number that only this connector uses: tasks that create tables take turns. */
const DDL_LOCK = '7305806114'

/** One connection to PostgreSQL: COPY for inserts, arrays for everything else. */
export class PostgresSession implements Session {
  readonly #client: Client
  readonly #quoting: Quoting
  readonly #timeoutMs: number
  readonly #closed = new AbortController()
  #isBroken = false

  constructor(client: Client, quoting: Quoting, timeoutMs: number) {
    this.#client = client
    this.#quoting = quoting
    this.#timeoutMs = timeoutMs
    // A connection that ends between statements tells it here; the next statement then fails and is tried again.
    client.on('error', () => {
      this.#isBroken = true
    })
    client.on('end', () => {
      this.#isBroken = true
    })
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async begin(): Promise<void> {
    await this.query('BEGIN')
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
    const values = parameters.length === 0 ? undefined : [...parameters]
    const result = await this.#guard(this.#client.query<Record<string, unknown>>(sql, values))
    return { rows: result.rows, changed: result.rowCount ?? 0 }
  }

  async describeTable(id: TableId): Promise<PostgresTable | null> {
    return await readPostgresTable((sql, parameters) => this.query(sql, parameters), id)
  }

  async write(operation: RowOperation, set: RowSet): Promise<void> {
    const table = set.table as PostgresTable
    if (operation === 'insert' && table.takesCopy && set.rows.length >= FEWEST_ROWS_FOR_COPY) {
      await this.#copy(set, this.#quoting.quoteTable(set.table.id))
      return
    }
    const { sql, parameters } = setStatement(operation, set, this.#quoting)
    const { changed } = await this.query(sql, parameters)
    if (operation === 'upsert' && changed < set.rows.length) await this.#refuseClash(set)
  }

  /** A trigger may leave rows out too; only a key that meets another is refused. */
  async #refuseClash(set: RowSet): Promise<void> {
    const loose = looseKeys(set.columns, set.keyCount)
    if (loose.length === 0) return
    const { sql, parameters } = clashingKey(set, this.#quoting)
    if ((await this.query(sql, parameters)).rows.length > 0) throw new KeyClashError(loose)
  }

  /** COPY names the column of a value it cannot read; it goes to a table that is gone again with the savepoint. */
  async columnAtFault(set: RowSet): Promise<string | undefined> {
    await this.savepoint('fault')
    try {
      await this.query(
        `CREATE TEMP TABLE spillway_fault (LIKE ${this.#quoting.quoteTable(set.table.id)}) ON COMMIT DROP`,
      )
      await this.#copy(set, 'pg_temp.spillway_fault')
      return undefined
    } catch (error) {
      const { where } = error as { where?: unknown }
      return /^COPY spillway_fault, line \d+, column ([^:]+)/.exec(String(where))?.[1]
    } finally {
      await this.rollbackTo('fault')
      await this.release('fault')
    }
  }

  async lockForDdl(): Promise<void> {
    await this.query(`SELECT pg_advisory_xact_lock(${DDL_LOCK})`)
  }

  async close(): Promise<void> {
    const wasBroken = this.#isBroken
    this.#isBroken = true
    if (wasBroken) this.destroy()
    else await this.#guard(this.#client.end()).catch(() => this.destroy())
  }

  destroy(): void {
    this.#isBroken = true
    this.#closed.abort()
    const { connection } = this.#client as unknown as { connection?: { stream?: { destroy(): void } } }
    connection?.stream?.destroy()
  }

  async #copy(set: RowSet, table: string): Promise<void> {
    const columns = set.columns.map((column) => this.#quoting.quoteName(column.name)).join(',')
    const sql = `COPY ${table} (${columns}) FROM STDIN`
    const stream = this.#client.query(copyFrom(sql))
    stream.end(copyRows(set.rows))
    await this.#guard(finished(stream))
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    return await withTimeout(work, this.#timeoutMs, () => this.destroy(), this.#closed.signal)
  }
}
