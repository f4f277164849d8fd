import { type PluginKind, pluginKind } from '../config/plugin-kind.ts'
import type { ConfigProviderPlugin } from '../config/providers/config-provider.ts'
import type { ConverterPlugin, HeaderConverterPlugin } from './converter.ts'
import type { SinkConnectorPlugin } from './sink-connector.ts'
import type { PredicatePlugin, TransformationPlugin } from './transformation.ts'

const ofConnect = { hasConfig: true, isConnects: true }

export const SINKS: PluginKind<SinkConnectorPlugin> = pluginKind({
  ...ofConnect,
  name: 'sink',
  suffixes: ['SinkConnector', 'Connector'],
  makers: ['create', 'createTask'],
})

export const CONVERTERS: PluginKind<ConverterPlugin> = pluginKind({
  ...ofConnect,
  name: 'converter',
  suffixes: ['Converter'],
})

export const HEADER_CONVERTERS: PluginKind<HeaderConverterPlugin> = pluginKind({
  ...ofConnect,
  name: 'header_converter',
  suffixes: ['HeaderConverter', 'Converter'],
})

export const TRANSFORMATIONS: PluginKind<TransformationPlugin> = pluginKind({
  ...ofConnect,
  name: 'transformation',
  suffixes: ['Transformation'],
})

export const PREDICATES: PluginKind<PredicatePlugin> = pluginKind({
  ...ofConnect,
  name: 'predicate',
  suffixes: ['Predicate'],
})

/** Kafka Connect does not list its providers. */
export const CONFIG_PROVIDERS: PluginKind<ConfigProviderPlugin> = pluginKind({
  ...ofConnect,
  isConnects: false,
  name: 'config_provider',
  suffixes: ['ConfigProvider'],
})

/** The kinds that every worker has. */
export const connectKinds: readonly PluginKind[] = [
  SINKS,
  CONVERTERS,
  HEADER_CONVERTERS,
  TRANSFORMATIONS,
  PREDICATES,
  CONFIG_PROVIDERS,
]
