import {
  type MaybePromise,
  type ModuleDoor,
  type ObjectStore,
  type Plugin,
  type PluginKind,
  pluginKind,
  type RawConfig,
} from '@spillway/api'
import type { KeyRule } from '../naming/key-rule.ts'

/** An object store that `storage.class` can name. */
export interface ObjectStorePlugin extends Plugin {
  readonly kind: 'object_store'
  /** Which keys it takes; a record that leads to another is bad. Absent where it takes any text. */
  readonly keyRule?: KeyRule
  /**
   * Opens the store; whoever asks closes it. Called for every task, and when a configuration is validated.
   *
   * @throws {ConfigError} for a configuration that it cannot work with.
   */
  create(settings: ObjectStoreSettings): MaybePromise<ObjectStore>
}

/** What an object store is made from. */
export interface ObjectStoreSettings {
  /** The connector's whole configuration, so that a store may have keys of its own. */
  readonly raw: RawConfig
  /** For plugins that the configuration names. */
  readonly modules: ModuleDoor
}

export const OBJECT_STORES: PluginKind<ObjectStorePlugin> = pluginKind({ name: 'object_store', suffixes: [] })
