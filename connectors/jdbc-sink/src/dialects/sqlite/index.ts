import type { DialectPlugin } from '../dialect-plugin.ts'
import { SQLITE_PROPERTIES, SqliteDialect } from './sqlite-dialect.ts'

export const sqlite: DialectPlugin = {
  name: 'SqliteDatabaseDialect',
  subprotocols: ['sqlite'],
  properties: SQLITE_PROPERTIES,
  create: (options) => new SqliteDialect(options),
}
