import type { DialectPlugin } from '../dialect-plugin.ts'
import { SQLITE_PROPERTIES } from './sqlite-properties.ts'

export const sqlite: DialectPlugin = {
  kind: 'dialect',
  className: 'io.confluent.connect.jdbc.dialect.SqliteDatabaseDialect',
  doc: 'SQLite 3.24 and later.',
  subprotocols: ['sqlite'],
  properties: SQLITE_PROPERTIES,
  create: async (options) => new (await import('./sqlite-dialect.ts')).SqliteDialect(options),
}
