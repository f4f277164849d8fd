import type { DialectPlugin } from '../dialect-plugin.ts'
import { MYSQL_PROPERTIES } from './connection-options.ts'
import { MysqlDialect } from './mysql-dialect.ts'

export const mysql: DialectPlugin = {
  name: 'MySqlDatabaseDialect',
  subprotocols: ['mysql', 'mariadb'],
  properties: MYSQL_PROPERTIES,
  create: (options) => new MysqlDialect(options),
}
