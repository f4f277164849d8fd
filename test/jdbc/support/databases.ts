import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import { Client } from 'pg'
import { endpointsFromEnv } from '../../../stack/stack.ts'

export type Row = Readonly<Record<string, unknown>>

/** A database of its own for one test file, with the connector keys that lead to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: 'postgresql' | 'mysql' | 'sqlite'
  readonly url: string
  /** `connection.*` keys. */
  readonly config: Readonly<Record<string, string>>
  /** Runs statements; the rows of a single one. 64-bit integers come as text. */
  query(sql: string): Promise<Row[]>
  quote(name: string): string
}

let sequence = 0
const uniqueName = (): string => `t_${process.pid}_${Date.now().toString(36)}_${++sequence}`

/** @param existing a database to open again instead of making one. */
export async function postgresDatabase(
  endpoint = endpointsFromEnv().postgres,
  existing?: string,
): Promise<TestDatabase> {
  const { host, port, user, password, database } = endpoint
  const admin = new Client({ host, port, user, password, database })
  await admin.connect()
  const name = existing ?? uniqueName()
  if (existing === undefined) await admin.query(`CREATE DATABASE ${name}`)
  const client = new Client({ host, port, user, password, database: name })
  await client.connect()
  // A server that is killed in a test ends these too; the next statement says so.
  admin.on('error', () => undefined)
  client.on('error', () => undefined)
  const url = `jdbc:postgresql://${host}:${port}/${name}`
  return {
    name: 'postgresql',
    url,
    config: { 'connection.url': url, 'connection.user': user, 'connection.password': password },
    query: async (sql) => {
      const result = await client.query<Row>(sql)
      return (Array.isArray(result) ? [] : result.rows) as Row[]
    },
    quote: (text) => `"${text.replaceAll('"', '""')}"`,
    async [Symbol.asyncDispose]() {
      await client.end()
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}

/** @param existing a database to open again instead of making one. */
export async function mysqlDatabase(
  endpoint = endpointsFromEnv().mariadb,
  existing?: string,
): Promise<TestDatabase> {
  const { host, port, user, password } = endpoint
  const client = await mysql.createConnection({
    host,
    port,
    user,
    password,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    multipleStatements: true,
    charset: 'utf8mb4',
  })
  const name = existing ?? uniqueName()
  // A server that is killed in a test ends this one too; the next statement says so.
  client.on('error', () => undefined)
  if (existing === undefined) await client.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  await client.query(`USE ${name}`)
  const url = `jdbc:mysql://${host}:${port}/${name}`
  return {
    name: 'mysql',
    url,
    config: { 'connection.url': url, 'connection.user': user, 'connection.password': password },
    query: async (sql) => {
      const [rows] = await client.query(sql)
      return Array.isArray(rows) ? (rows as Row[]) : []
    },
    quote: (text) => `\`${text.replaceAll('`', '``')}\``,
    async [Symbol.asyncDispose]() {
      await client.query(`DROP DATABASE ${name}`)
      await client.end()
    },
  }
}

export async function sqliteDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-sqlite-'))
  const file = join(folder, 'test.db')
  const client = new DatabaseSync(file, { timeout: 10_000 })
  client.exec('PRAGMA journal_mode = WAL')
  const url = `jdbc:sqlite:${file}`
  return {
    name: 'sqlite',
    url,
    config: { 'connection.url': url },
    query: async (sql) => {
      if (!/^\s*(SELECT|PRAGMA|WITH)/i.test(sql)) {
        client.exec(sql)
        return []
      }
      const statement = client.prepare(sql)
      statement.setReadBigInts(true)
      return statement
        .all()
        .map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(v)])))
    },
    quote: (text) => `"${text.replaceAll('"', '""')}"`,
    async [Symbol.asyncDispose]() {
      client.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Small integers as numbers, large ones as text: as the other databases' drivers show them. */
function plain(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}
