import {
  ConfigError,
  didYouMean,
  looksLikeModule,
  type ModuleDoor,
  type Plugin,
  type PluginKind,
  type PluginOf,
  type PluginRegistry,
} from '@spillway/api'

/**
 * Finds a plugin by class name or alias, or loads it from the module that its name is the path of, where the door leads
 * there.
 *
 * @param key the configuration key the name stands in, for messages.
 * @throws {ConfigError} where there is no such plugin, or the module cannot be loaded.
 */
export async function findPlugin<K extends PluginKind>(
  registry: PluginRegistry,
  kind: K,
  name: string,
  key: string,
  modules: ModuleDoor,
): Promise<PluginOf<K>> {
  const known = registry.find(kind, name)
  if (known !== undefined) return known
  if (!looksLikeModule(name)) throw unknownPlugin(registry, kind, name, key)
  const loaded = await loadPlugins(name, key, modules)
  const found = loaded.find((plugin): plugin is PluginOf<K> => plugin.kind === kind)
  if (found === undefined) {
    throw new ConfigError(
      `Invalid value ${name} for configuration ${key}: the module exports no plugin of kind ${kind} ` +
        `(found: ${loaded.map((plugin) => plugin.kind).join(', ') || 'none'}). Export it as default.`,
      { key },
    )
  }
  return found
}

function unknownPlugin(registry: PluginRegistry, kind: PluginKind, name: string, key: string): ConfigError {
  const candidates = registry.ofKind(kind).map((plugin) => plugin.className)
  const bySimpleName = new Map(candidates.map((full) => [full.slice(full.lastIndexOf('.') + 1), full]))
  const nearSimple = didYouMean(name.slice(name.lastIndexOf('.') + 1), bySimpleName.keys())
  const meant =
    didYouMean(name, candidates) ?? (nearSimple === undefined ? undefined : bySimpleName.get(nearSimple))
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return new ConfigError(
    `Invalid value ${name} for configuration ${key}: Class ${name} could not be found.${hint}`,
    {
      key,
    },
  )
}

/** The plugins a module exports: its default export, one plugin or a list. */
async function loadPlugins(name: string, key: string, modules: ModuleDoor): Promise<readonly Plugin[]> {
  const exported = (await modules.importDefault(key, name)) as Plugin | readonly Plugin[] | undefined
  if (exported === undefined) return []
  return Array.isArray(exported) ? (exported as readonly Plugin[]) : [exported as Plugin]
}
