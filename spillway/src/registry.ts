/** Every plugin that comes with Spillway: one line each. The only place, with `package.json`, that names connectors. */
import { configProviders, PluginRegistry } from '@spillway/api'
import { builtInConverters } from '@spillway/converters'
import { fileStreamSinkConnector } from '@spillway/file-sink'
import { aivenS3SinkConnector, s3SinkConnector } from '@spillway/s3-sink'
import { jdbcSinkConnector } from '@spillway/jdbc-sink'
import { predicates, transformations } from '@spillway/smt'

export const registry = new PluginRegistry([
  ...builtInConverters,
  ...configProviders,
  ...transformations,
  ...predicates,
  fileStreamSinkConnector,
  s3SinkConnector,
  aivenS3SinkConnector,
  jdbcSinkConnector,
])
