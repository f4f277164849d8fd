import { ConfigError, looksLikeModule, type ModuleDoor } from '@spillway/api'
import { pluginNamed } from '../plugins/plugin-named.ts'
import type { FormatPlugin } from './format.ts'
import { formatPlugins } from './index.ts'

/**
 * The format that a configuration names: one that comes with Spillway, or the default export of a module of the user's.
 * @throws {ConfigError} where there is none of that name.
 */
export async function findFormat(
  name: string,
  modules: ModuleDoor,
  key = 'format.class',
): Promise<FormatPlugin> {
  const known = pluginNamed(formatPlugins, name)
  if (known !== undefined) return known
  if (looksLikeModule(name)) {
    const plugin = (await modules.importDefault(key, name)) as Partial<FormatPlugin> | undefined
    if (plugin?.kind === 'format' && typeof plugin.create === 'function') return plugin as FormatPlugin
    throw ConfigError.invalidValue(key, name, 'its default export must be a FormatPlugin')
  }
  throw ConfigError.invalidValue(key, name, `Class ${name} could not be found.`)
}
