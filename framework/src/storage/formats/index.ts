import { ConfigDef } from '../../config/config-def.ts'
import { avroFormat } from './avro/avro-format.ts'
import { byteArrayFormat } from './byte-array-format.ts'
import type { FormatPlugin } from './format.ts'
import { jsonFormat } from './json-format.ts'
import { parquetFormat } from './parquet/parquet-format.ts'

/** The formats that every object-store sink has; one line each. */
export const formatPlugins: readonly FormatPlugin[] = [jsonFormat, byteArrayFormat, avroFormat, parquetFormat]

/** The keys of all formats. */
export const formatConfig: ConfigDef = formatPlugins.reduce<ConfigDef>(
  (all, { config }) => (config === undefined ? all : all.and(config)),
  new ConfigDef({}),
)
