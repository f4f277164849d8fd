import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkedPlugin, ConfigError, type Plugin, type PluginRegistry } from '@spillway/api'
import type { PluginPackage } from './find-packages.ts'
import { provideFramework } from './provide-framework.ts'

/** Addresses of a package's modules. */
export function moduleUrls(one: PluginPackage): string[] {
  return one.modules.map((module) => pathToFileURL(join(one.folder, module)).href)
}

/**
 * Imports a module of plugins: ESM or CommonJS, whose default export is one plugin or a list.
 *
 * @param about the package's version counts for plugins that have none of their own.
 * @param registry knows the kinds there are.
 * @throws {ConfigError} what the module throws, or what is wrong with what it exports.
 */
export async function loadPluginModule(
  url: string,
  about: { readonly version: string },
  registry: PluginRegistry,
): Promise<readonly Plugin[]> {
  provideFramework()
  let module: { readonly default?: unknown }
  try {
    module = (await import(url)) as { default?: unknown }
  } catch (cause) {
    throw new ConfigError(reasonOf(cause), { cause })
  }
  const exported = unwrap(module.default)
  if (exported === undefined) throw new ConfigError('the module has no default export')
  const plugins = (Array.isArray(exported) ? exported : [exported]) as unknown[]
  return plugins.map((plugin) => checked(plugin, about.version, registry))
}

/** A module that was translated to CommonJS has its default export one level down. */
function unwrap(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null || !('__esModule' in exported)) return exported
  return (exported as { default?: unknown }).default
}

function checked(exported: unknown, version: string, registry: PluginRegistry): Plugin {
  const kind = registry.kindOf((exported ?? {}) as { readonly kind?: unknown })
  const plugin = checkedPlugin(exported, kind, (why) => new ConfigError(why))
  return typeof plugin.version === 'string' ? plugin : { ...plugin, version }
}

function reasonOf(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { code?: string; message?: string }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return `${(message ?? '').split('\n')[0]}. Install what it needs into its folder (npm install)`
  }
  return message ?? `it throws ${String(cause)}`
}
