import type { DialectPlugin } from '../dialect-plugin.ts'
import { POSTGRES_PROPERTIES } from './client-options.ts'

export const postgresql: DialectPlugin = {
  kind: 'dialect',
  className: 'io.confluent.connect.jdbc.dialect.PostgreSqlDatabaseDialect',
  doc: 'PostgreSQL 12 and later, and databases that speak its protocol.',
  subprotocols: ['postgresql'],
  properties: POSTGRES_PROPERTIES,
  create: async (options) => new (await import('./postgresql-dialect.ts')).PostgresDialect(options),
}
