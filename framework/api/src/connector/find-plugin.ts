import type { ModuleDoor } from '../config/module-door.ts'
import { unknownClass } from '../config/plugin-class.ts'
import type { NamedPlugin, PluginKind } from '../config/plugin-kind.ts'
import { ConfigError } from '../errors/connect-errors.ts'
import { checkedPlugin } from './checked-plugin.ts'

/**
 * Finds a plugin by class name or alias, or loads it from the module that its name is the path of, where the door leads
 * there.
 *
 * @param key the configuration key the name stands in, for messages.
 * @throws {ConfigError} where there is no such plugin, or the module cannot be loaded.
 */
export async function findPlugin<P extends NamedPlugin>(
  modules: ModuleDoor,
  kind: PluginKind<P>,
  name: string,
  key: string,
): Promise<P> {
  const known = modules.plugins.find(kind, name)
  if (known !== undefined) return known
  if (!kind.namesModule(name)) throw unknownClass(modules.plugins.ofKind(kind), name, key)
  const exported = await modules.importDefault(key, name)
  const found = ofModule(kind, exported, name)
  if (found !== undefined)
    return checkedPlugin(found, kind, (why) => ConfigError.invalidValue(key, name, why))
  const listed = exported === undefined ? [] : Array.isArray(exported) ? (exported as unknown[]) : [exported]
  throw new ConfigError(
    `Invalid value ${name} for configuration ${key}: the module exports no plugin of kind ${kind.name} ` +
      `(found: ${listed.map((one) => kindOf(one) ?? `a ${typeof one}`).join(', ') || 'none'}). Export it as default.`,
    { key },
  )
}

/** The plugin of a kind among what a module exports: its default export, one plugin or a list. */
function ofModule<P extends NamedPlugin>(kind: PluginKind<P>, exported: unknown, name: string): unknown {
  const listed = Array.isArray(exported) ? (exported as unknown[]) : [exported]
  return listed.find((one) => kindOf(one) === kind.name) ?? kind.adopt(exported, name)
}

function kindOf(exported: unknown): string | undefined {
  const kind = (exported as { readonly kind?: unknown } | null | undefined)?.kind
  return typeof kind === 'string' ? kind : undefined
}
