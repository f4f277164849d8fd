import type { ConverterPlugin, HeaderConverterPlugin } from '@spillway/api'
import { avroConverterPlugin } from './avro/avro-converter.ts'
import { byteArrayConverterPlugins } from './byte-array-converter.ts'
import { jsonConverterPlugins } from './json/json-converter.ts'
import { jsonSchemaConverterPlugin } from './json-schema/json-schema-converter.ts'
import { numberConverterPlugins } from './number-converters.ts'
import { protobufConverterPlugin } from './protobuf/protobuf-converter.ts'
import { simpleHeaderConverterPlugin } from './simple-header-converter.ts'
import { stringConverterPlugins } from './string-converter.ts'

/** Every converter of the framework, as key, value and header converters under Java's class names. */
export const builtInConverters: readonly (ConverterPlugin | HeaderConverterPlugin)[] = [
  ...stringConverterPlugins,
  ...byteArrayConverterPlugins,
  ...jsonConverterPlugins,
  ...numberConverterPlugins,
  simpleHeaderConverterPlugin,
  avroConverterPlugin,
  jsonSchemaConverterPlugin,
  protobufConverterPlugin,
]

export * from './avro/index.ts'
