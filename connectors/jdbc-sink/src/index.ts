/** The public face of the JDBC sink. */
export { jdbcSinkConnector } from './jdbc-sink-connector.ts'
export { jdbcSinkConfig } from './config/jdbc-sink-config.ts'
export { builtInDialects } from './dialects/built-in-dialects.ts'
export * from './dialects/dialect.ts'
export * from './dialects/dialect-plugin.ts'
/** What a dialect of another database may begin with. */
export { mysql } from './dialects/mysql/index.ts'
export { postgresql } from './dialects/postgresql/index.ts'
export { sqlite } from './dialects/sqlite/index.ts'
export {
  type SimpleColumn,
  type SimpleConnection,
  type SimpleDatabase,
  simpleDialect,
  type SimpleTable,
} from './dialects/simple/simple-dialect.ts'
export type { ValueKind } from './values/value-kind.ts'
export type { Column, SinkField } from './values/column.ts'
