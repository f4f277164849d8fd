import { ConfigError, didYouMean, looksLikeModule, type Validator } from '@spillway/api'

/** What formats and partitioners are found by. */
interface Named {
  readonly className: string
  readonly aliases?: readonly string[]
}

/** The plugin that a configuration names: by class name, alias, or the class name's last part. */
export function pluginNamed<P extends Named>(plugins: readonly P[], name: string): P | undefined {
  return (
    plugins.find((plugin) => plugin.className === name || plugin.aliases?.includes(name)) ??
    plugins.find((plugin) => simpleName(plugin.className) === name)
  )
}

/** For {@link ConfigKey.module}: a name of none of these plugins that means a module. */
export function moduleBeside(plugins: readonly Named[]): (name: string) => boolean {
  return (name) => pluginNamed(plugins, name) === undefined && looksLikeModule(name)
}

/** One of some plugins, or a module of the user's own. */
export function pluginClass(plugins: readonly Named[]): Validator {
  return classAmong(plugins, true)
}

/** One of some classes and nothing else: where no module could take their place. */
export function knownClass(classes: readonly Named[]): Validator {
  return classAmong(classes, false)
}

/** The message names the nearest, as class names are long and easily mistyped. */
function classAmong(plugins: readonly Named[], takesModules: boolean): Validator {
  const options = plugins.map((plugin) => plugin.className)
  return {
    options,
    describe: () => `[${options.join(', ')}]${takesModules ? ', or the path of a module' : ''}`,
    check(key, value) {
      if (value === null || pluginNamed(plugins, value as string) !== undefined) return
      const written = value as string
      // A module of the user's own: whether it is there and fits shows when the task starts.
      if (takesModules && looksLikeModule(written)) return
      const meant = didYouMean(written, options) ?? didYouMean(simpleName(written), options.map(simpleName))
      throw ConfigError.invalidValue(
        key,
        value,
        `Class ${written} could not be found. ` +
          (meant === undefined ? `It must be one of: ${options.join(', ')}` : `Did you mean ${meant}?`),
      )
    },
  }
}

function simpleName(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1)
}
