import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type {
  Binder,
  Dialect,
  FailureClass,
  RowOperation,
  RowSet,
  Session,
  SqlFailure,
  SqlText,
  TableId,
} from '../dialect.ts'
import type { Column, SinkField } from '../../values/column.ts'
import type { DialectOptions } from '../dialect-plugin.ts'
import { asciiLower } from '../ascii-lower.ts'
import { messageOf } from '../sqlstate.ts'
import { sqliteBind } from './binders.ts'
import { sqliteColumnType, sqliteDefault } from './column-types.ts'
import { SqliteSession } from './sqlite-session.ts'
import { parametersOf, rowStatement } from './statements.ts'

/** Short, as waiting here stops the whole thread; what is still locked then is tried again later. */
const BUSY_TIMEOUT_MS = 100

const FOREIGN_KEY_VIOLATION = 787

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const CLASSES: Readonly<Record<number, FailureClass>> = {
  5: 'contention',
  6: 'contention',
  7: 'systemic',
  8: 'systemic',
  10: 'systemic',
  13: 'systemic',
  14: 'systemic',
  17: 'schema',
  18: 'record',
  19: 'record',
  20: 'record',
  23: 'config',
  26: 'config',
}

/** SQLite 3.24 and later, through Node's own driver. */
export class SqliteDialect implements Dialect {
  readonly name = 'SqliteDatabaseDialect'
  readonly identifierQuote = '"'
  readonly hasTransactionalDdl = true
  readonly appliesRowsInOrder = true
  readonly #options: DialectOptions

  constructor(options: DialectOptions) {
    this.#options = options
  }

  parameter(): string {
    return '?'
  }

  async connect(): Promise<Session> {
    const { connection, isTrial } = this.#options
    const { properties } = connection
    const file = (connection.database ?? '').replace(/^file:/, '')
    if (isTrial && !isInMemory(file) && !existsSync(file)) return new SqliteSession(missing(file), this)
    const database = new DatabaseSync(file, {
      timeout: Number(properties.get('busy_timeout') ?? BUSY_TIMEOUT_MS),
      enableForeignKeyConstraints: ['true', 'on', '1'].includes(properties.get('foreign_keys') ?? ''),
    })
    try {
      // It stays in the file.
      if (!isTrial) database.exec(`PRAGMA journal_mode = ${word(properties.get('journal_mode') ?? 'WAL')}`)
      for (const pragma of ['synchronous', 'cache_size']) {
        const value = properties.get(pragma)
        if (value !== undefined) database.exec(`PRAGMA ${pragma} = ${word(value)}`)
      }
      if (connection.initSql.trim() !== '') database.exec(connection.initSql)
    } catch (error) {
      database.close()
      throw error
    }
    return new SqliteSession(database, this)
  }

  adaptTableId(id: TableId): TableId {
    return id
  }

  quoteName(name: string): string {
    return this.#options.quotes ? `"${name.replaceAll('"', '""')}"` : name
  }

  columnKey(name: string): string {
    return asciiLower(name)
  }

  quoteTable(id: TableId): string {
    return [id.schema, id.name]
      .filter((part) => part !== undefined)
      .map((part) => this.quoteName(part))
      .join('.')
  }

  columnType(field: SinkField): string {
    return sqliteColumnType(field)
  }

  defaultLiteral(field: SinkField): string {
    return sqliteDefault(field, this.#options.temporal)
  }

  createTable(id: TableId, columns: readonly string[], key: readonly string[]): string {
    const lines = key.length === 0 ? columns : [...columns, `PRIMARY KEY(${key.join(',')})`]
    return `CREATE TABLE ${this.quoteTable(id)} (\n${lines.join(',\n')})`
  }

  addColumns(id: TableId, columns: readonly string[]): readonly string[] {
    return columns.map((column) => `ALTER TABLE ${this.quoteTable(id)} ADD ${column}`)
  }

  createOffsetsTable(id: TableId): string {
    return (
      `CREATE TABLE IF NOT EXISTS ${this.quoteTable(id)} (connector TEXT NOT NULL, topic TEXT NOT NULL, ` +
      `kafka_partition INTEGER NOT NULL, next_offset INTEGER NULL, epoch INTEGER NOT NULL, ` +
      `PRIMARY KEY(connector, topic, kafka_partition))`
    )
  }

  statements(operation: RowOperation, rows: RowSet): readonly SqlText[] {
    const sql = rowStatement(operation, rows, this)
    return rows.rows.map((row) => ({ sql, parameters: parametersOf(operation, rows, row) }))
  }

  binder(field: SinkField, column: Column): Binder {
    const { connection, temporal, timestampUnitsPerMs } = this.#options
    const datesAsText = connection.properties.get('date_class')?.toUpperCase() === 'TEXT'
    return { bind: sqliteBind(field, column, { temporal, datesAsText, timestampUnitsPerMs }) }
  }

  /** Nothing is reordered here, so keys need not be compared. */
  keyText(): undefined {
    return undefined
  }

  failureOf(error: unknown): SqlFailure {
    const { errcode, column } = error as { errcode?: unknown; column?: unknown }
    const code = typeof errcode === 'number' ? errcode : 0
    const message = messageOf(error)
    return {
      failureClass: classOf(code, message),
      code: code === 0 ? '' : `SQLITE_${code}`,
      message,
      column:
        typeof column === 'string' ? column : /constraint failed: (?:[^.\s]+\.)?([^\s,]+)/.exec(message)?.[1],
    }
  }
}

function classOf(code: number, message: string): FailureClass {
  if (code === FOREIGN_KEY_VIOLATION) return 'reference'
  if (code === 1) {
    return /no such table|no such column|has no column|duplicate column|already exists/.test(message)
      ? 'schema'
      : 'config'
  }
  if (/database is not open|statement has been finalized/.test(message)) return 'systemic'
  return CLASSES[code & 0xff] ?? 'unknown'
}

/** A pragma's value: a word or a number, nothing that could be more. */
function word(value: string): string {
  return value.replace(/[^\w-]/g, '')
}

function isInMemory(file: string): boolean {
  return file === '' || file.startsWith(':memory:')
}

/** An empty database in the place of a file that a task would make. @throws where it could not. */
function missing(file: string): DatabaseSync {
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (cause) {
    throw new Error(`unable to open database file: ${(cause as Error).message}`, { cause })
  }
  return new DatabaseSync(':memory:')
}
