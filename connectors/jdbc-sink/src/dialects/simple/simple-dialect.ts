import type { Column, SinkField } from '../../values/column.ts'
import { kindOf, type ValueKind } from '../../values/value-kind.ts'
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
import type { DialectOptions, DialectPlugin } from '../dialect-plugin.ts'
import { classOfSqlState, isNetworkError, messageOf } from '../sqlstate.ts'
import type { SimpleDatabase } from './simple-database.ts'
import { SimpleSession } from './simple-session.ts'
import { simpleStatement } from './simple-statements.ts'
import { simpleBinder } from './simple-values.ts'

export type { SimpleColumn, SimpleConnection, SimpleDatabase, SimpleTable } from './simple-database.ts'

/** Kinds that have the type of another where they have none of their own. */
const STAND_INS: Readonly<Partial<Record<ValueKind, ValueKind>>> = {
  float32: 'float64',
  array: 'text',
  map: 'text',
  struct: 'text',
  plain: 'text',
}

/**
 * The dialect of a database that speaks plain SQL, from the few things in which it is its own. Rows are written one by
 * one: right everywhere, though not as fast as a dialect that knows its database.
 */
export function simpleDialect(database: SimpleDatabase): DialectPlugin {
  const { className, aliases, version, doc, subprotocols, properties = [] } = database
  return {
    kind: 'dialect',
    className,
    ...(aliases !== undefined && { aliases }),
    ...(version !== undefined && { version }),
    doc,
    subprotocols,
    properties,
    create: (options) => new SimpleDialect(database, options),
  }
}

/** See {@link simpleDialect}. */
class SimpleDialect implements Dialect {
  readonly name: string
  readonly identifierQuote: string
  readonly hasTransactionalDdl: boolean
  readonly appliesRowsInOrder = true
  readonly #database: SimpleDatabase
  readonly #options: DialectOptions

  constructor(database: SimpleDatabase, options: DialectOptions) {
    this.name = database.className
    this.identifierQuote = database.quote ?? '"'
    this.hasTransactionalDdl = database.hasTransactionalDdl === true
    this.#database = database
    this.#options = options
  }

  parameter(n: number): string {
    return this.#database.parameter?.(n) ?? '?'
  }

  async connect(): Promise<Session> {
    const { connection } = this.#options
    const opened = await this.#database.connect(this.#options)
    const session = new SimpleSession(opened, {
      database: this.#database,
      dialect: this,
      timeoutMs: connection.statementTimeoutMs,
    })
    try {
      if (connection.initSql.trim() !== '') await session.query(connection.initSql)
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  adaptTableId(id: TableId): TableId {
    return id
  }

  quoteName(name: string): string {
    const quote = this.identifierQuote
    return this.#options.quotes ? quote + name.replaceAll(quote, quote + quote) + quote : name
  }

  columnKey(name: string): string {
    return name
  }

  quoteTable(id: TableId): string {
    return [id.catalog, id.schema, id.name]
      .filter((part) => part !== undefined)
      .map((part) => this.quoteName(part))
      .join('.')
  }

  columnType({ schema, isTimestamp, isPrimaryKey }: SinkField): string | undefined {
    return this.#typeOf(isTimestamp ? 'timestamp' : kindOf(schema), isPrimaryKey)
  }

  /** Records bring their defaults along. */
  defaultLiteral(): undefined {
    return undefined
  }

  createTable(id: TableId, columns: readonly string[], key: readonly string[]): string {
    const lines = key.length === 0 ? columns : [...columns, `PRIMARY KEY(${key.join(',')})`]
    return `CREATE TABLE ${this.quoteTable(id)} (\n${lines.join(',\n')})`
  }

  addColumns(id: TableId, columns: readonly string[]): readonly string[] {
    return columns.map((column) => `ALTER TABLE ${this.quoteTable(id)} ADD COLUMN ${column}`)
  }

  createOffsetsTable(id: TableId): string {
    const [text, integer] = [this.#typeOf('text', true), this.#typeOf('integer', true)]
    return (
      `CREATE TABLE ${this.quoteTable(id)} (connector ${text} NOT NULL, topic ${text} NOT NULL, ` +
      `kafka_partition ${integer} NOT NULL, next_offset ${integer} NULL, epoch ${integer} NOT NULL, ` +
      'PRIMARY KEY(connector, topic, kafka_partition))'
    )
  }

  statements(operation: RowOperation, rows: RowSet): readonly SqlText[] {
    return simpleStatement(operation, rows, this, this.#database)
  }

  binder(field: SinkField, column: Column): Binder {
    return simpleBinder(field, column, this.#database, this.#options.temporal)
  }

  /** Nothing is reordered here, so keys need not be compared. */
  keyText(): undefined {
    return undefined
  }

  failureOf(error: unknown): SqlFailure {
    const { code, sqlState, column } = error as { code?: unknown; sqlState?: unknown; column?: unknown }
    const state = typeof sqlState === 'string' ? sqlState : typeof code === 'string' ? code : ''
    return {
      failureClass: this.#database.classOf?.(error) ?? classOf(error, state),
      code: state,
      message: messageOf(error),
      column: typeof column === 'string' ? column : undefined,
    }
  }

  #typeOf(kind: ValueKind, isKey: boolean): string | undefined {
    const { types, keyTypes = {} } = this.#database
    const instead = STAND_INS[kind] ?? kind
    return (isKey ? (keyTypes[kind] ?? keyTypes[instead]) : undefined) ?? types[kind] ?? types[instead]
  }
}

function classOf(error: unknown, state: string): FailureClass {
  if (isNetworkError(error)) return 'systemic'
  return /^[0-9A-Z]{5}$/.test(state) ? classOfSqlState(state) : 'unknown'
}
