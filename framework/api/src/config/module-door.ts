import { ConfigError } from '../errors/connect-errors.ts'
import { noPlugins, type Plugins } from './plugin-kind.ts'

/**
 * The one way to what a configuration names: the worker's plugins, and modules. Who has been given which door decides what
 * a name may reach; nothing else in Spillway imports by a name that comes from outside.
 */
export interface ModuleDoor {
  /** Those that come with the worker, and those of plugin packages. */
  readonly plugins: Plugins
  /**
   * The default export of a module.
   *
   * @param key the configuration key that names it, for the message.
   * @throws {ConfigError} where this door does not lead to it, or it cannot be imported.
   */
  importDefault(key: string, name: string): Promise<unknown>
  /** Why this door does not lead to a module; undefined where it does. Imports nothing. */
  refusal(key: string, name: string): Promise<ConfigError | undefined>
}

/** A door to nothing. */
export const noModules: ModuleDoor = {
  plugins: noPlugins,
  importDefault: async (key, name) => {
    throw nothingHere(key, name)
  },
  refusal: async (key, name) => nothingHere(key, name),
}

function nothingHere(key: string, name: string): ConfigError {
  return ConfigError.invalidValue(key, name, 'no module can be loaded here.')
}
