import { createRequire } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin, PluginKind, PluginOf, PluginRegistry } from '../connector/plugin-registry.ts'
import { ConfigError } from '../errors/connect-errors.ts'
import { didYouMean } from '../config/did-you-mean.ts'

/**
 * Finds a plugin by class name or alias, or loads it from the module that its name is the path of: `./x.js` (from the
 * worker's working folder), an absolute path, a `file:` URL, or a package in node_modules.
 *
 * @param key the configuration key the name stands in, for messages.
 * @throws {ConfigError} where there is no such plugin, or the module cannot be loaded.
 */
export async function findPlugin<K extends PluginKind>(
  registry: PluginRegistry,
  kind: K,
  name: string,
  key: string,
): Promise<PluginOf<K>> {
  const known = registry.find(kind, name)
  if (known !== undefined) return known
  if (!looksLikeModule(name)) throw unknownPlugin(registry, kind, name, key)
  const loaded = await loadPlugins(name, key)
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

/** True for a name that is the path of a module, not a class: what findPlugin would import. */
export function looksLikeModule(name: string): boolean {
  return name.startsWith('.') || name.startsWith('file:') || name.startsWith('@') || isAbsolute(name)
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
export async function loadPlugins(specifier: string, key: string): Promise<readonly Plugin[]> {
  let loaded: { default?: Plugin | readonly Plugin[] }
  try {
    loaded = (await import(moduleUrl(specifier))) as typeof loaded
  } catch (cause) {
    throw new ConfigError(
      `Invalid value ${specifier} for configuration ${key}: the module could not be loaded: ${(cause as Error).message}`,
      { key, cause },
    )
  }
  const exported = loaded.default
  if (exported === undefined) return []
  return Array.isArray(exported) ? (exported as readonly Plugin[]) : [exported as Plugin]
}

function moduleUrl(specifier: string): string {
  if (specifier.startsWith('file:')) return specifier
  if (specifier.startsWith('.') || isAbsolute(specifier)) return pathToFileURL(resolve(specifier)).href
  return pathToFileURL(createRequire(resolve('package.json')).resolve(specifier)).href
}
