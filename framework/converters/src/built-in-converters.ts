import { ConfigError, type ConverterPlugin, type HeaderConverterPlugin } from '@spillway/api'
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

/**
 * One of {@link builtInConverters}, for programs that use a converter by itself.
 *
 * @param className of Java, with its package or without: `AvroConverter`
 * @throws {ConfigError} where there is none of that name, with those there are
 */
export function converterNamed(className: string): ConverterPlugin {
  const converters = builtInConverters.filter((plugin) => plugin.kind === 'converter')
  const found = converters.find(
    (plugin) => plugin.className === className || simpleName(plugin.className) === className,
  )
  if (found !== undefined) return found
  const names = converters.map((plugin) => simpleName(plugin.className)).join(', ')
  throw new ConfigError(`There is no converter ${className}; there are ${names}.`)
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1)
}
