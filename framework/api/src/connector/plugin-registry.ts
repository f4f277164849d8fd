import type { ConfigProviderPlugin } from '../config/providers/config-provider.ts'
import { ConnectError } from '../errors/connect-errors.ts'
import type { ConverterPlugin, HeaderConverterPlugin } from './converter.ts'
import type { PredicatePlugin, TransformationPlugin } from './transformation.ts'
import type { SinkConnectorPlugin } from './sink-connector.ts'

/** Anything that can be plugged in. */
export type Plugin =
  | SinkConnectorPlugin
  | ConverterPlugin
  | HeaderConverterPlugin
  | TransformationPlugin
  | PredicatePlugin
  | ConfigProviderPlugin

export type PluginKind = Plugin['kind']
export type PluginOf<K extends PluginKind> = Extract<Plugin, { kind: K }>

/** Suffixes that an alias may leave out, as Java's plugin aliases do. */
const SUFFIXES: Readonly<Record<PluginKind, readonly string[]>> = {
  sink: ['SinkConnector', 'Connector'],
  converter: ['Converter'],
  header_converter: ['HeaderConverter', 'Converter'],
  transformation: ['Transformation'],
  predicate: ['Predicate'],
  config_provider: ['ConfigProvider'],
}

/** All plugins of a worker, found by class name, simple name or alias (Java: `Plugins`). */
export class PluginRegistry {
  readonly #plugins: Plugin[] = []

  constructor(plugins: Iterable<Plugin> = []) {
    for (const plugin of plugins) this.register(plugin)
  }

  register(plugin: Plugin): this {
    this.#plugins.push(plugin)
    return this
  }

  list(): readonly Plugin[] {
    return this.#plugins
  }

  ofKind<K extends PluginKind>(kind: K): PluginOf<K>[] {
    return this.#plugins.filter((plugin): plugin is PluginOf<K> => plugin.kind === kind)
  }

  /**
   * The plugin of that kind and name; undefined where there is none.
   *
   * @throws {ConnectError} where a short name means more than one.
   */
  find<K extends PluginKind>(kind: K, name: string): PluginOf<K> | undefined {
    const candidates = this.ofKind(kind)
    const exact = candidates.find((p) => p.className === name || (p.aliases ?? []).includes(name))
    if (exact !== undefined) return exact
    const matches = candidates.filter((plugin) => shortNames(plugin).includes(name))
    if (matches.length > 1) {
      throw new ConnectError(
        `More than one ${kind} matches alias ${name}. Please use full package and class name instead. ` +
          `Classes found: ${matches.map((plugin) => plugin.className).join(', ')}`,
      )
    }
    return matches[0]
  }
}

/** `X` and `XSinkConnector` for `a.b.XSinkConnector`; `Cast$Value` for `a.b.Cast$Value`. */
export function shortNames(plugin: Plugin): string[] {
  const names = new Set<string>()
  for (const full of [plugin.className, ...(plugin.aliases ?? [])]) {
    const simple = full.slice(full.lastIndexOf('.') + 1)
    names.add(simple)
    for (const suffix of SUFFIXES[plugin.kind]) {
      if (simple.endsWith(suffix) && simple.length > suffix.length) names.add(simple.slice(0, -suffix.length))
    }
  }
  return [...names]
}
