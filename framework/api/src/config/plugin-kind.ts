import { looksLikeModule } from './import-module.ts'

/** What a plugin is found by, and what it is told with. */
export interface NamedPlugin {
  /** The name of its {@link PluginKind}. */
  readonly kind: string
  /** The class name configs use; for what Kafka Connect has too, Java's. */
  readonly className: string
  /** Further names that mean this plugin. */
  readonly aliases?: readonly string[]
  /** Absent: the one of its package, or none, as for a plugin of Kafka Connect's without one. */
  readonly version?: string
  /** For the reference: what it does, in a sentence. */
  readonly doc: string
}

/** A kind of plugin: what there is to know of all plugins of one interface. Declared where that interface lives. */
export interface PluginKind<P extends NamedPlugin = NamedPlugin> {
  /** What its plugins have as `kind`. */
  readonly name: P['kind']
  /** Ends of class names that a short name may leave out, as Java's plugin aliases do. */
  readonly suffixes: readonly string[]
  /** Functions that each of its plugins has. */
  readonly makers: readonly string[]
  /** True where each of its plugins declares keys. */
  readonly hasConfig: boolean
  /** True for what Kafka Connect itself lists. */
  readonly isConnects: boolean
  /** Whether a name that no plugin has means a module. */
  readonly namesModule: (name: string) => boolean
  /** Makes a plugin of what else a module may export, such as a class; undefined where it cannot. */
  readonly adopt: (exported: unknown, name: string) => P | undefined
}

/** What of a {@link PluginKind} goes without saying for most. */
type Optional = 'makers' | 'hasConfig' | 'isConnects' | 'namesModule' | 'adopt'

/**
 * Declares a kind of plugin.
 *
 * @example
 * export const FORMATS = pluginKind<FormatPlugin>({ name: 'format', suffixes: ['Format'] })
 */
export function pluginKind<P extends NamedPlugin>(
  about: Omit<PluginKind<P>, Optional> & Partial<Pick<PluginKind<P>, Optional>>,
): PluginKind<P> {
  return {
    makers: ['create'],
    hasConfig: false,
    isConnects: false,
    namesModule: looksLikeModule,
    adopt: () => undefined,
    ...about,
  }
}

/** The plugins that names of configurations may mean. */
export interface Plugins {
  /**
   * The plugin of that kind and name; undefined where there is none.
   *
   * @throws {ConnectError} where a short name means more than one.
   */
  find<P extends NamedPlugin>(kind: PluginKind<P>, name: string): P | undefined
  ofKind<P extends NamedPlugin>(kind: PluginKind<P>): P[]
}

/** No plugins at all. */
export const noPlugins: Plugins = { find: () => undefined, ofKind: () => [] }

/** `X` and `XSinkConnector` for `a.b.XSinkConnector`; `Cast$Value` for `a.b.Cast$Value`. */
export function shortNames({ suffixes }: PluginKind, plugin: NamedPlugin): string[] {
  const names = new Set<string>()
  for (const full of [plugin.className, ...(plugin.aliases ?? [])]) {
    const simple = full.slice(full.lastIndexOf('.') + 1)
    names.add(simple)
    for (const suffix of suffixes) {
      if (simple.endsWith(suffix) && simple.length > suffix.length) names.add(simple.slice(0, -suffix.length))
    }
  }
  return [...names]
}

/** Whether a name is the class name of a plugin or one of its other names, in full. */
export function isFullName(plugin: NamedPlugin, name: string): boolean {
  return plugin.className === name || plugin.aliases?.includes(name) === true
}

/** Whether a name means a plugin, be it in full or in short. */
export function isNameOf<P extends NamedPlugin>(kind: PluginKind<P>, plugin: P, name: string): boolean {
  return isFullName(plugin, name) || shortNames(kind, plugin).includes(name)
}
