import type { Schema } from '@spillway/api'
import { Client } from 'pg'
import { kindOf } from '../../values/value-kind.ts'
import type {
  Binder,
  Bound,
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
import { classOfSqlState, isNetworkError, messageOf, StandbyError } from '../sqlstate.ts'
import { asciiLower } from '../ascii-lower.ts'
import { explainTls } from '../tls-files.ts'
import { postgresText } from './binders.ts'
import type { PostgresColumn } from './catalog.ts'
import { postgresClientOptions, sslModeOf } from './client-options.ts'
import { postgresColumnType } from './column-types.ts'
import { postgresDefault } from './default-literals.ts'
import { PostgresSession } from './postgresql-session.ts'
import { setStatement } from './statements.ts'

/** Longest identifier in bytes; the server cuts longer ones. */
const MAX_NAME_BYTES = 63
/** Types of extensions say of a text they cannot read only that; where it happened tells that it was a value. */
const INTERNAL_ERROR = 'XX000'
const READING_A_VALUE = /^(?:unnamed portal parameter|portal "[^"]*" parameter|COPY .*, line \d+, column )/
const INTEGERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'oid'])
const TEXTS = new Set(['text', 'character varying'])

/** PostgreSQL 12 and later. */
export class PostgresDialect implements Dialect {
  readonly name = 'PostgreSqlDatabaseDialect'
  readonly identifierQuote = '"'
  readonly hasTransactionalDdl = true
  readonly appliesRowsInOrder = false
  readonly #options: DialectOptions

  constructor(options: DialectOptions) {
    this.#options = options
  }

  parameter(n: number): string {
    return `$${n}`
  }

  async connect(): Promise<Session> {
    const { connection } = this.#options
    const mode = sslModeOf(connection)
    const hosts = connection.hosts.length > 0 ? connection.hosts : [{ host: '', port: undefined }]
    const attempts = mode === 'prefer' ? [true, false] : [mode !== 'disable' && mode !== 'allow']
    let failure: unknown
    for (const host of hosts) {
      for (const withTls of attempts) {
        try {
          return await this.#connectTo(host, withTls)
        } catch (error) {
          failure = explainTls(error, host.host, 'sslrootcert', 'sslmode=verify-ca')
          // Only a server without TLS is worth asking again without it.
          if (!/does not support SSL/.test(messageOf(error))) break
        }
      }
    }
    throw failure
  }

  async #connectTo(host: { host: string; port: number | undefined }, withTls: boolean): Promise<Session> {
    const { connection } = this.#options
    const client = new Client(postgresClientOptions(connection, host, withTls))
    const session = new PostgresSession(client, this, connection.statementTimeoutMs)
    await client.connect()
    try {
      await session.query(
        `SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET standard_conforming_strings = on; ` +
          `SET statement_timeout = ${connection.statementTimeoutMs}`,
      )
      await refuseStandby(session, connection.properties.get('targetservertype'))
      if (connection.initSql.trim() !== '') await session.query(connection.initSql)
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  adaptTableId(id: TableId): TableId {
    const fold = (name: string): string => cutToBytes(this.#options.quotes ? name : name.toLowerCase())
    return {
      catalog: id.catalog,
      schema: id.schema === undefined ? undefined : fold(id.schema),
      name: fold(id.name),
    }
  }

  quoteName(name: string): string {
    return this.#options.quotes ? `"${name.replaceAll('"', '""')}"` : name
  }

  columnKey(name: string): string {
    return cutToBytes(this.#options.quotes ? name : asciiLower(name))
  }

  quoteTable(id: TableId): string {
    return [id.catalog, id.schema, id.name]
      .filter((part) => part !== undefined)
      .map((part) => this.quoteName(part))
      .join('.')
  }

  columnType(field: SinkField): string {
    return postgresColumnType(field)
  }

  defaultLiteral(field: SinkField): string {
    return postgresDefault(field, this.#options.temporal)
  }

  createTable(id: TableId, columns: readonly string[], key: readonly string[]): string {
    const lines = key.length === 0 ? columns : [...columns, `PRIMARY KEY(${key.join(',')})`]
    return `CREATE TABLE ${this.quoteTable(id)} (\n${lines.join(',\n')})`
  }

  addColumns(id: TableId, columns: readonly string[]): readonly string[] {
    const table = this.quoteTable(id)
    if (columns.length === 1) return [`ALTER TABLE ${table} ADD ${columns[0]}`]
    return [`ALTER TABLE ${table} \n${columns.map((column) => `ADD ${column}`).join(',\n')}`]
  }

  createOffsetsTable(id: TableId): string {
    return (
      `CREATE TABLE IF NOT EXISTS ${this.quoteTable(id)} (connector TEXT NOT NULL, topic TEXT NOT NULL, ` +
      `kafka_partition INT NOT NULL, next_offset BIGINT NULL, epoch BIGINT NOT NULL, ` +
      `PRIMARY KEY(connector, topic, kafka_partition))`
    )
  }

  statements(operation: RowOperation, rows: RowSet): readonly SqlText[] {
    return [setStatement(operation, rows, this)]
  }

  binder(field: SinkField, column: Column): Binder {
    return { bind: postgresText(field, column as PostgresColumn, this.#options.temporal) }
  }

  keyText({ schema }: SinkField, column: Column): ((bound: Bound) => string) | undefined {
    const identity = (bound: Bound): string => bound as string
    if (column.isLoose) return undefined
    if (INTEGERS.has(column.type)) return keyOfNumber(schema)
    if (TEXTS.has(column.type)) return schema.type === 'STRING' ? identity : undefined
    if (column.type === 'uuid') return (bound) => (bound as string).replace(/[{}-]/g, '').toLowerCase()
    if (column.type === 'boolean' && schema.type === 'BOOLEAN') return identity
    if (column.type === 'bytea' && schema.type === 'BYTES') return identity
    const isTemporal = column.type === 'date' || column.type.startsWith('time')
    return isTemporal && schema.type !== 'STRING' ? identity : undefined
  }

  failureOf(error: unknown): SqlFailure {
    const { code, column, where } = error as { code?: unknown; column?: unknown; where?: unknown }
    const state = typeof code === 'string' ? code : ''
    const isSqlState = /^[0-9A-Z]{5}$/.test(state) && !isNetworkError(error)
    const isLost =
      isNetworkError(error) ||
      /Connection terminated|Client has encountered a connection error|not queryable|timeout expired/.test(
        messageOf(error),
      )
    return {
      failureClass: isSqlState ? classOf(state, where) : isLost ? 'systemic' : 'unknown',
      code: state,
      message: detailed(error),
      column: typeof column === 'string' ? column : undefined,
    }
  }
}

function classOf(state: string, where: unknown): FailureClass {
  return state === INTERNAL_ERROR && READING_A_VALUE.test(String(where)) ? 'record' : classOfSqlState(state)
}

function keyOfNumber(schema: Schema): ((bound: Bound) => string) | undefined {
  const kind = kindOf(schema)
  if (kind === 'decimal') {
    return (bound) => {
      const text = bound as string
      return text.includes('.') ? text.replace(/\.?0+$/, '') : text
    }
  }
  return kind === 'integer' ? (bound) => bound as string : undefined
}

function detailed(error: unknown): string {
  const { detail } = error as { detail?: unknown }
  const message = messageOf(error)
  return typeof detail === 'string' && detail !== '' ? `${message} (${detail})` : message
}

/** Of several hosts only the one that takes writes is of use, where the URL says so. */
async function refuseStandby(session: PostgresSession, target: string | undefined): Promise<void> {
  if (target === undefined || !/^(primary|master)$/i.test(target)) return
  const { rows } = await session.query('SHOW transaction_read_only')
  if (rows[0]?.['transaction_read_only'] !== 'on') return
  throw new StandbyError(`The server takes no writes, but targetServerType=${target} asks for one that does`)
}

/** Cuts as the server does, never inside a character. */
function cutToBytes(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  let cut = ''
  let bytes = 0
  for (const character of name) {
    bytes += Buffer.byteLength(character)
    if (bytes > MAX_NAME_BYTES) break
    cut += character
  }
  return cut
}
