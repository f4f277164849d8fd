import { createConnection } from 'mysql2/promise'
import type { HostPort } from '../../config/jdbc-url.ts'
import { kindOf } from '../../values/value-kind.ts'
import type {
  Binder,
  Bound,
  Dialect,
  RowOperation,
  RowSet,
  Session,
  SqlFailure,
  SqlText,
  TableId,
} from '../dialect.ts'
import type { Column, SinkField } from '../../values/column.ts'
import type { DialectOptions } from '../dialect-plugin.ts'
import { messageOf } from '../sqlstate.ts'
import { explainTls } from '../tls-files.ts'
import { mysqlLiteral } from './binders.ts'
import type { MysqlColumn } from './catalog.ts'
import { mysqlColumnType } from './column-types.ts'
import { mysqlConnectionOptions, mysqlTls } from './connection-options.ts'
import { mysqlDefault } from './defaults.ts'
import { mysqlFailure } from './mysql-failures.ts'
import { MysqlSession } from './mysql-session.ts'
import { setStatements } from './statements.ts'

const INTEGERS = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint'])
/** Compares bytes but for trailing spaces: where the server has no better, writes guard against that. */
const PADDED_COLLATION = 'utf8mb4_bin'
/** Room for the rest of a packet. */
const PACKET_MARGIN = 65_536

/** Modes of a session that would read values or quotes in another way. */
const UNWANTED_MODES = ['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'ALLOW_INVALID_DATES', 'EMPTY_STRING_IS_NULL']

/** Makes values mean the same on every server: no zone, strict, backslashes that escape, and 0 that stays 0 as a key. */
const SESSION_SQL =
  `SET time_zone = '+00:00', sql_mode = CONCAT(` +
  UNWANTED_MODES.reduce((modes, mode) => `REPLACE(${modes}, '${mode}', '')`, '@@SESSION.sql_mode') +
  `, ',STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO')`

/** MySQL 5.7 and later, MariaDB 10.3 and later. */
export class MysqlDialect implements Dialect {
  readonly name = 'MySqlDatabaseDialect'
  readonly identifierQuote = '`'
  readonly hasTransactionalDdl = false
  readonly appliesRowsInOrder = true
  readonly #options: DialectOptions
  /** Of new text keys; known once connected. */
  #keyCollation = PADDED_COLLATION

  constructor(options: DialectOptions) {
    this.#options = options
  }

  parameter(): string {
    return '?'
  }

  async connect(): Promise<Session> {
    const { connection } = this.#options
    const hosts = connection.hosts.length > 0 ? connection.hosts : [{ host: '', port: undefined }]
    const tls = mysqlTls(connection)
    let failure: unknown
    for (const host of hosts) {
      for (const withTls of tls === 'prefer' ? [true, false] : [tls !== 'off']) {
        try {
          return await this.#connectTo(host, withTls)
        } catch (error) {
          failure = explainTls(error, host.host, 'serverSslCert', 'sslMode=VERIFY_CA')
          if (!/does not support (secure|SSL)/i.test(messageOf(error))) break
        }
      }
    }
    throw failure
  }

  async #connectTo(host: HostPort, withTls: boolean): Promise<Session> {
    const { connection } = this.#options
    const client = await createConnection(mysqlConnectionOptions(connection, host, withTls))
    try {
      await client.query(SESSION_SQL)
      const [rows] = await client.query(
        `SELECT VERSION() AS version, @@max_allowed_packet AS packet, @@lower_case_table_names AS folds,
          (SELECT COLLATION_NAME FROM information_schema.COLLATIONS
           WHERE COLLATION_NAME IN ('utf8mb4_0900_bin', 'utf8mb4_nopad_bin') LIMIT 1) AS exact_collation`,
      )
      const [server] = rows as {
        version: string
        packet: number | string
        folds: number
        exact_collation: string | null
      }[]
      this.#keyCollation = server?.exact_collation ?? PADDED_COLLATION
      if (connection.initSql.trim() !== '') await client.query(connection.initSql)
      const style = {
        quoteName: (name: string): string => this.quoteName(name),
        quoteTable: (id: TableId): string => this.quoteTable(id),
        hasRowAlias: hasRowAlias(server?.version ?? ''),
        maxBytes: Math.max(PACKET_MARGIN, Number(server?.packet ?? 4_194_304) - PACKET_MARGIN),
      }
      const catalog = { foldsNames: server?.folds !== 0, isMariaDb: /mariadb/i.test(server?.version ?? '') }
      return new MysqlSession(client, style, catalog, connection.statementTimeoutMs)
    } catch (error) {
      client.destroy()
      throw error
    }
  }

  adaptTableId(id: TableId): TableId {
    // MySQL's databases are JDBC's catalogs: the part before the table names one, whatever stands before it.
    return { catalog: undefined, schema: id.schema, name: id.name }
  }

  quoteName(name: string): string {
    return this.#options.quotes ? `\`${name.replaceAll('`', '``')}\`` : name
  }

  columnKey(name: string): string {
    return name.toLowerCase()
  }

  quoteTable(id: TableId): string {
    const name = this.quoteName(id.name)
    return id.schema === undefined ? name : `${this.quoteName(id.schema)}.${name}`
  }

  columnType(field: SinkField): string {
    return mysqlColumnType(field, this.#keyCollation)
  }

  defaultLiteral(field: SinkField, columnType: string): string {
    return mysqlDefault(field, columnType, this.#options.temporal)
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
    const text = 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL'
    return (
      `CREATE TABLE IF NOT EXISTS ${this.quoteTable(id)} (connector ${text}, topic ${text}, ` +
      `kafka_partition INT NOT NULL, next_offset BIGINT NULL, epoch BIGINT NOT NULL, ` +
      `PRIMARY KEY(connector, topic, kafka_partition)) ENGINE = InnoDB`
    )
  }

  statements(operation: RowOperation, rows: RowSet): readonly SqlText[] {
    const style = {
      quoteName: (name: string) => this.quoteName(name),
      quoteTable: (id: TableId) => this.quoteTable(id),
      hasRowAlias: false,
      maxBytes: Infinity,
    }
    return [...setStatements(operation, rows, style)].map((sql) => ({ sql }))
  }

  binder(field: SinkField, column: Column): Binder {
    const { temporal } = this.#options
    return { bind: mysqlLiteral(field, { labels: [], ...column } as MysqlColumn, temporal) }
  }

  keyText({ schema }: SinkField, column: Column): ((bound: Bound) => string) | undefined {
    const identity = (bound: Bound): string => bound as string
    const kind = kindOf(schema)
    if (INTEGERS.has(column.type)) return kind === 'integer' ? identity : undefined
    if (column.isLoose) return undefined
    if (column.type === 'char' || column.type === 'varchar') return kind === 'text' ? identity : undefined
    return column.type === 'varbinary' && kind === 'bytes' ? identity : undefined
  }

  failureOf(error: unknown): SqlFailure {
    return mysqlFailure(error)
  }
}

/** MySQL since 8.0.20; MariaDB has no alias for the new row. */
function hasRowAlias(version: string): boolean {
  if (/mariadb/i.test(version)) return false
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  return major > 8 || (major === 8 && (minor > 0 || patch >= 20))
}
