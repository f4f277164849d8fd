import { after, before } from 'node:test'
import { dialectConformance } from '@spillway/jdbc-sink/testing'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'
import { sinkSettings } from '../../connectors/jdbc-sink/src/config/sink-settings.ts'
import { createDialect } from '../../connectors/jdbc-sink/src/dialects/index.ts'
import { mysqlDatabase, postgresDatabase, sqliteDatabase, type TestDatabase } from './support/databases.ts'

for (const [name, open] of Object.entries({
  PostgreSQL: postgresDatabase,
  MariaDB: mysqlDatabase,
  SQLite: sqliteDatabase,
})) {
  let database: TestDatabase
  before(async () => {
    database = await open()
  })
  after(() => database[Symbol.asyncDispose]())
  dialectConformance({
    name,
    create: () =>
      createDialect(
        sinkSettings({ ...database.config, name: 'dialects', topics: 'topic' }),
        freeModules(registry),
        (text) => {
          throw new Error(text)
        },
      ),
  })
}
