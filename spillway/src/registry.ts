/** Every plugin that comes with Spillway: one line each. The only place, with `package.json`, that names connectors. */
import { configProviders, PluginRegistry } from '@spillway/api'
import { builtInConverters } from '@spillway/converters'
import { fileStreamSinkConnector } from '@spillway/file-sink'
import { builtInDialects, DIALECTS, jdbcSinkConnector } from '@spillway/jdbc-sink'
import {
  builtInExtractors,
  builtInFormats,
  builtInPartitioners,
  FORMATS,
  OBJECT_STORES,
  PARTITIONERS,
  TIMESTAMP_EXTRACTORS,
} from '@spillway/object-store'
import {
  aivenS3SinkConnector,
  builtInObjectStores,
  builtInSources,
  CREDENTIAL_SOURCES,
  s3SinkConnector,
} from '@spillway/s3-sink'
import { predicates, transformations } from '@spillway/smt'
import { streamsJob } from '@spillway/streams/job'

/** The kinds that are not Kafka Connect's own. */
const kinds = [FORMATS, PARTITIONERS, TIMESTAMP_EXTRACTORS, OBJECT_STORES, CREDENTIAL_SOURCES, DIALECTS]

export const registry = new PluginRegistry(
  [
    ...builtInConverters,
    ...configProviders,
    ...transformations,
    ...predicates,
    fileStreamSinkConnector,
    s3SinkConnector,
    aivenS3SinkConnector,
    jdbcSinkConnector,
    streamsJob,
    ...builtInFormats,
    ...builtInPartitioners,
    ...builtInExtractors,
    ...builtInObjectStores,
    ...builtInSources,
    ...builtInDialects,
  ],
  kinds,
)
