/** The public face of the JDBC sink. */
export { jdbcSinkConnector } from './jdbc-sink-connector.ts'
export { jdbcSinkConfig } from './config/jdbc-sink-config.ts'
export * from './dialects/dialect.ts'
export * from './dialects/dialect-plugin.ts'
export type { Column, SinkField } from './values/column.ts'
