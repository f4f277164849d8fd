import type { DialectPlugin } from '../dialect-plugin.ts'
import { POSTGRES_PROPERTIES } from './client-options.ts'
import { PostgresDialect } from './postgresql-dialect.ts'

export const postgresql: DialectPlugin = {
  name: 'PostgreSqlDatabaseDialect',
  subprotocols: ['postgresql'],
  properties: POSTGRES_PROPERTIES,
  create: (options) => new PostgresDialect(options),
}
