import test, { after, before } from 'node:test'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, type TestDatabase } from './databases.ts'

const CREATORS = { postgresql: postgresDatabase, mysql: mysqlDatabase, sqlite: sqliteDatabase }

export type DatabaseName = keyof typeof CREATORS

/** What a test works with: one database for the file, a table name of its own. */
export interface Fixture {
  readonly database: TestDatabase
  /** A name no other test of the file uses. */
  readonly table: string
  /** Keys of a connector that writes topic `dummy` to {@link table}, with auto.create and auto.evolve. */
  config(changes?: Readonly<Record<string, string>>): Record<string, string>
  rows(columns: string, order?: string): Promise<Readonly<Record<string, unknown>>[]>
}

let sequence = 0

/** Declares a test once per database. */
export function eachDatabase(
  names: readonly DatabaseName[] = ['postgresql', 'mysql', 'sqlite'],
): (title: string, run: (fixture: Fixture) => Promise<void>) => void {
  const databases = new Map<DatabaseName, TestDatabase>()
  before(async () => {
    for (const name of names) databases.set(name, await CREATORS[name]())
  })
  after(async () => {
    for (const database of databases.values()) await database[Symbol.asyncDispose]()
  })
  return (title, run) => {
    for (const name of names) {
      test(`${title} (${name})`, async () => {
        const database = databases.get(name)
        if (database === undefined) throw new Error(`${name} is not open`)
        await run(fixtureOf(database))
      })
    }
  }
}

export function fixtureOf(database: TestDatabase): Fixture {
  const table = `dummy_${++sequence}`
  return {
    database,
    table,
    config: (changes = {}) => ({
      name: 'jdbc-test',
      ...database.config,
      'auto.create': 'true',
      'auto.evolve': 'true',
      'batch.size': '1000',
      'table.name.format': table,
      'retry.backoff.ms': '20',
      'connection.backoff.ms': '20',
      ...changes,
    }),
    rows: async (columns, order = '1') => {
      const names = columns
        .split(',')
        .map((column) => database.quote(column.trim()))
        .join(', ')
      const found = await database.query(`SELECT ${names} FROM ${database.quote(table)} ORDER BY ${order}`)
      return found.map((row) => ({ ...row }))
    },
  }
}
