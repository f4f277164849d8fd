import type { MaybePromise, PluginBase } from '../plugin-base.ts'
import type { RawConfig } from '../config-def.ts'

/** What a provider found at a path (Java: `ConfigData`). Keys that it did not find are simply absent. */
export interface ConfigData {
  readonly data: ReadonlyMap<string, string>
  /** After so many milliseconds the values should be asked for again; absent: they stay valid. */
  readonly ttlMs?: number
}

/**
 * Looks up values that shall not stand in a configuration: passwords, keys, tokens (Java:
 * `org.apache.kafka.common.config.provider.ConfigProvider`). A config refers to one as `${name:path:key}` or
 * `${name:key}`, where `name` is what `config.providers` calls it.
 *
 * Called shortly before a connector or task starts, never per record. What it returns is treated as a secret: it is
 * masked in logs, traces and REST answers, and only the placeholder is ever stored.
 *
 * @example
 * const vault: ConfigProvider = {
 *   configure: (config) => client.login(config['token']),
 *   get: async (path, keys) => ({ data: await client.read(path, [...keys]), ttlMs: 3_600_000 }),
 * }
 */
export interface ConfigProvider {
  /**
   * @param config the keys below `config.providers.<name>.param.`, without that prefix.
   * @throws {ConfigError} for a configuration it cannot work with.
   */
  configure(config: RawConfig): MaybePromise<void>
  /**
   * @param path the middle part of the placeholder; empty where the placeholder has none.
   * @param keys the keys that are asked for at that path.
   * @throws {ConfigError} where the path cannot be read or is not of a form this provider knows.
   */
  get(path: string, keys: ReadonlySet<string>): MaybePromise<ConfigData>
  /** Frees what it holds; may be called more than once. */
  close?(): MaybePromise<void>
}

/** A kind of provider that `config.providers.<name>.class` may name. */
export interface ConfigProviderPlugin extends PluginBase {
  readonly kind: 'config_provider'
  create(): ConfigProvider
}
