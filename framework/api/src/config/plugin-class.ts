import { ConfigError } from '../errors/connect-errors.ts'
import { didYouMean } from './did-you-mean.ts'
import type { NamedPlugin, PluginKind } from './plugin-kind.ts'
import type { Validator } from './validators.ts'

/**
 * The name of a plugin of a kind, or of a module of the user's own. Where the plugins are not known nothing is judged:
 * whoever looks for the plugin tells.
 *
 * @param what "a format": for the reference.
 */
export function pluginClass(kind: PluginKind, what: string): Validator {
  return {
    describe: () => `class of ${what}, or the path of a module`,
    check(key, value, plugins) {
      if (value === null || plugins === undefined) return
      const name = value as string
      // Whether the module is there and fits shows when it is loaded.
      if (plugins.find(kind, name) !== undefined || kind.namesModule(name)) return
      throw unknownClass(plugins.ofKind(kind), name, key)
    },
  }
}

/** What is said of a class name that nothing has: class names are long and easily mistyped. */
export function unknownClass(candidates: readonly NamedPlugin[], name: string, key: string): ConfigError {
  const bySimpleName = new Map(candidates.map(({ className }) => [simpleName(className), className]))
  const nearSimple = didYouMean(simpleName(name), bySimpleName.keys())
  const meant =
    didYouMean(
      name,
      candidates.flatMap(({ className, aliases = [] }) => [className, ...aliases]),
    ) ?? (nearSimple === undefined ? undefined : bySimpleName.get(nearSimple))
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  return new ConfigError(
    `Invalid value ${name} for configuration ${key}: Class ${name} could not be found.${hint}`,
    { key },
  )
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1)
}
