import { ConnectError } from '@spillway/api'
import type {
  Dialect,
  QueryResult,
  RowOperation,
  RowSet,
  Session,
  TableId,
  TableStructure,
} from '../dialect.ts'
import { looseKeys } from '../key-clash.ts'
import { ConnectionClosedError, withTimeout } from '../session-timeout.ts'
import type { SimpleConnection, SimpleDatabase, TransactionWords } from './simple-database.ts'

const STANDARD: TransactionWords = {
  begin: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT %',
  rollbackTo: 'ROLLBACK TO SAVEPOINT %',
  release: 'RELEASE SAVEPOINT %',
}

/** A connection to a simple database: rows are written one by one, in the order of their records. */
export class SimpleSession implements Session {
  readonly #connection: SimpleConnection
  readonly #database: SimpleDatabase
  readonly #dialect: Dialect
  readonly #words: TransactionWords
  readonly #timeoutMs: number
  readonly #closed = new AbortController()
  #isBroken = false
  #isInTransaction = false

  /** @param timeoutMs longest time of one statement; 0 for no limit. */
  constructor(
    connection: SimpleConnection,
    parts: { readonly database: SimpleDatabase; readonly dialect: Dialect; readonly timeoutMs: number },
  ) {
    this.#connection = connection
    this.#database = parts.database
    this.#dialect = parts.dialect
    this.#words = { ...STANDARD, ...parts.database.transaction }
    this.#timeoutMs = parts.timeoutMs
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async begin(): Promise<void> {
    await this.query(this.#words.begin)
    this.#isInTransaction = true
  }

  async commit(): Promise<void> {
    await this.query(this.#words.commit)
    this.#isInTransaction = false
  }

  async rollback(): Promise<void> {
    if (!this.#isInTransaction) return
    this.#isInTransaction = false
    await this.query(this.#words.rollback)
  }

  async savepoint(name: string): Promise<void> {
    await this.query(this.#words.savepoint.replaceAll('%', name))
  }

  async rollbackTo(name: string): Promise<void> {
    await this.query(this.#words.rollbackTo.replaceAll('%', name))
  }

  async release(name: string): Promise<void> {
    await this.query(this.#words.release.replaceAll('%', name))
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    return await this.#inTime(async () => await this.#connection.query(sql, parameters))
  }

  async describeTable(id: TableId): Promise<TableStructure | null> {
    const found = await this.#inTime(async () => await this.#database.describeTable(this.#connection, id))
    if (found === null) return null
    const { kind = 'TABLE', primaryKey, uniqueIndexes = [] } = found
    return {
      id,
      kind,
      columns: found.columns.map(({ name, type, isNullable = true, isLoose = false }) => ({
        name,
        type: type.toLowerCase(),
        isNullable,
        isLoose,
      })),
      primaryKey,
      uniqueIndexes: primaryKey.length > 0 ? [primaryKey, ...uniqueIndexes] : uniqueIndexes,
      hasOtherConstraints: false,
      // Rows are written in order anyway.
      hasSideEffects: true,
    }
  }

  async write(operation: RowOperation, set: RowSet): Promise<void> {
    const loose = operation === 'insert' ? [] : looseKeys(set.columns, set.keyCount)
    if (loose.length > 0) {
      const names = loose.map(({ name }) => name).join(', ')
      throw new ConnectError(
        `The key column ${names} takes texts that differ as equal, so that a record could change the row of another: ` +
          'give it a collation that compares bytes, or use insert.mode=insert',
      )
    }
    for (const { sql, parameters } of this.#dialect.statements(operation, set))
      await this.query(sql, parameters)
  }

  async lockForDdl(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#closed.abort(new ConnectionClosedError())
    await this.#connection.close()
  }

  destroy(): void {
    this.close().catch(() => undefined)
  }

  /** A statement that takes too long ends with its connection. */
  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    return await withTimeout(work(), this.#timeoutMs, () => this.destroy(), this.#closed.signal)
  }
}
