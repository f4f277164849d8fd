import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { QueryResult, RowOperation, RowSet, Session, TableId, TableStructure } from '../dialect.ts'
import { KeyClashError, looseKeys } from '../key-clash.ts'
import { readSqliteTable } from './catalog.ts'
import type { Quoting } from '../quoting.ts'
import { parametersOf, rowStatement } from './statements.ts'

const MAX_PREPARED = 128

/**
 * One connection to a SQLite file. Statements run at once in this thread; rows are written one by one with a prepared
 * statement, which is what is fast here, and keeps the order of records by itself.
 */
export class SqliteSession implements Session {
  readonly #database: DatabaseSync
  readonly #quoting: Quoting
  readonly #prepared = new Map<string, StatementSync>()
  #isBroken = false

  constructor(database: DatabaseSync, quoting: Quoting) {
    this.#database = database
    this.#quoting = quoting
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Takes the write lock at once: a transaction that reads first could meet another writer halfway. */
  async begin(): Promise<void> {
    this.#database.exec('BEGIN IMMEDIATE')
  }

  async commit(): Promise<void> {
    this.#database.exec('COMMIT')
  }

  async rollback(): Promise<void> {
    // A full disk or a lost file ends the transaction by itself.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }

  async savepoint(name: string): Promise<void> {
    this.#database.exec(`SAVEPOINT ${name}`)
  }

  async rollbackTo(name: string): Promise<void> {
    this.#database.exec(`ROLLBACK TO ${name}`)
  }

  async release(name: string): Promise<void> {
    this.#database.exec(`RELEASE ${name}`)
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    const statement = this.#database.prepare(sql)
    statement.setReadBigInts(true)
    const values = parameters as readonly SQLInputValue[]
    if (statement.columns().length > 0) return { rows: statement.all(...values), changed: 0 }
    return { rows: [], changed: Number(statement.run(...values).changes) }
  }

  async describeTable(id: TableId): Promise<TableStructure | null> {
    return await readSqliteTable((sql, parameters) => this.query(sql, parameters), id, this.#quoting)
  }

  async write(operation: RowOperation, set: RowSet): Promise<void> {
    const statement = this.#prepare(rowStatement(operation, set, this.#quoting))
    const loose = operation === 'upsert' ? looseKeys(set.columns, set.keyCount) : []
    for (const row of set.rows as readonly (readonly SQLInputValue[])[]) {
      const { changes } = statement.run(...parametersOf(operation, set, row))
      if (loose.length > 0 && Number(changes) === 0) throw new KeyClashError(loose)
    }
  }

  /** A writer holds the whole file already. */
  async lockForDdl(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#prepared.clear()
    this.#database.close()
  }

  /** Statements run at once, so none is ever under way. */
  destroy(): void {
    void this.close()
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql)
    if (statement === undefined) {
      if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear()
      statement = this.#database.prepare(sql)
      this.#prepared.set(sql, statement)
    }
    return statement
  }
}
