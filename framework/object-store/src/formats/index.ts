import type { ConfigDef } from '@spillway/api'
import { avroFormat } from './avro/avro-format.ts'
import { byteArrayFormat } from './byte-array-format.ts'
import { csvFormat } from './csv/csv-format.ts'
import { envelopeConfig } from './envelope/envelope-config.ts'
import type { FormatPlugin } from './format.ts'
import { jsonFormat } from './json-format.ts'
import { parquetFormat } from './parquet/parquet-format.ts'
import { suppliedSchemaConfig } from './schemaless/supplied-schema.ts'

/** The formats that every object-store sink has; one line each. */
export const builtInFormats: readonly FormatPlugin[] = [
  avroFormat,
  jsonFormat,
  byteArrayFormat,
  parquetFormat,
  csvFormat,
]

/** The keys of all formats. */
export const formatConfig: ConfigDef = builtInFormats.reduce<ConfigDef>(
  (all, { config }) => (config === undefined ? all : all.and(config)),
  envelopeConfig.and(suppliedSchemaConfig),
)
