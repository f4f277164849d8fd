import type { NamedPlugin, PluginKind } from '../config/plugin-kind.ts'

/**
 * What a module exports, as the plugin it says it is.
 *
 * @param problem makes the error of what is wrong with it.
 */
export function checkedPlugin<P extends NamedPlugin>(
  exported: unknown,
  kind: PluginKind<P>,
  problem: (why: string) => Error,
): P {
  const plugin = exported as Partial<Record<string, unknown>>
  const name = plugin['className']
  if (typeof name !== 'string' || name === '') throw problem(`a ${kind.name} has no className`)
  const missing = kind.makers.find((maker) => typeof plugin[maker] !== 'function')
  if (missing !== undefined) throw problem(`the ${kind.name} ${name} has no function ${missing}`)
  const { config } = plugin as { readonly config?: { readonly validate?: unknown } }
  if ((kind.hasConfig || config !== undefined) && typeof config?.validate !== 'function') {
    throw problem(`the ${kind.name} ${name} has no config: make it with configDef({…})`)
  }
  return exported as P
}
