import type { DialectPlugin } from '../dialect-plugin.ts'
import { MYSQL_PROPERTIES } from './connection-options.ts'

export const mysql: DialectPlugin = {
  kind: 'dialect',
  className: 'io.confluent.connect.jdbc.dialect.MySqlDatabaseDialect',
  doc: 'MySQL 8 and MariaDB.',
  subprotocols: ['mysql', 'mariadb'],
  properties: MYSQL_PROPERTIES,
  create: async (options) => new (await import('./mysql-dialect.ts')).MysqlDialect(options),
}
