import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, type Plugin, type PluginKind } from '@spillway/api'
import type { PluginPackage } from './find-packages.ts'
import { provideFramework } from './provide-framework.ts'

/** What makes an instance of each kind of plugin. */
const MAKERS: Readonly<Record<PluginKind, readonly string[]>> = {
  sink: ['create', 'createTask'],
  converter: ['create'],
  header_converter: ['create'],
  transformation: ['create'],
  predicate: ['create'],
  config_provider: ['create'],
}

/** Addresses of a package's modules. */
export function moduleUrls(one: PluginPackage): string[] {
  return one.modules.map((module) => pathToFileURL(join(one.folder, module)).href)
}

/**
 * Imports a module of plugins: ESM or CommonJS, whose default export is one plugin or a list.
 *
 * @param about the package's version counts for plugins that have none of their own.
 * @throws {ConfigError} what the module throws, or what is wrong with what it exports.
 */
export async function loadPluginModule(
  url: string,
  about: { readonly version: string },
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
  return plugins.map((plugin) => checked(plugin, about.version))
}

/** A module that was translated to CommonJS has its default export one level down. */
function unwrap(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null || !('__esModule' in exported)) return exported
  return (exported as { default?: unknown }).default
}

function checked(exported: unknown, version: string): Plugin {
  const plugin = exported as Partial<Record<string, unknown>> | null
  const kind = plugin?.['kind']
  if (typeof kind !== 'string' || !Object.hasOwn(MAKERS, kind)) {
    throw new ConfigError(
      `it exports something of kind ${String(kind)}: expected one of ${Object.keys(MAKERS).join(', ')}`,
    )
  }
  const name = plugin?.['className']
  if (typeof name !== 'string' || name === '') throw new ConfigError(`a ${kind} has no className`)
  const missing = MAKERS[kind as PluginKind].find((maker) => typeof plugin?.[maker] !== 'function')
  if (missing !== undefined) throw new ConfigError(`the ${kind} ${name} has no function ${missing}`)
  if (typeof (plugin?.['config'] as { validate?: unknown } | undefined)?.validate !== 'function') {
    throw new ConfigError(`the ${kind} ${name} has no config: make it with configDef({…})`)
  }
  return (typeof plugin?.['version'] === 'string' ? exported : { ...plugin, version }) as Plugin
}

function reasonOf(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { code?: string; message?: string }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return `${(message ?? '').split('\n')[0]}. Install what it needs into its folder (npm install)`
  }
  return message ?? `it throws ${String(cause)}`
}
