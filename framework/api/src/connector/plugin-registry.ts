import type { Plugin } from '../config/plugin-base.ts'
import {
  isFullName,
  type NamedPlugin,
  type PluginKind,
  type Plugins,
  shortNames,
} from '../config/plugin-kind.ts'
import { ConfigError, ConnectError } from '../errors/connect-errors.ts'
import { connectKinds } from './connect-kinds.ts'

/** All plugins of a worker by their kinds, found by class name, simple name or alias (Java: `Plugins`). */
export class PluginRegistry implements Plugins {
  readonly #plugins: Plugin[] = []
  readonly #kinds: ReadonlyMap<string, PluginKind>

  /** @param kinds those beside Kafka Connect's own. */
  constructor(plugins: Iterable<Plugin> = [], kinds: Iterable<PluginKind> = []) {
    this.#kinds = new Map([...connectKinds, ...kinds].map((kind) => [kind.name, kind]))
    for (const plugin of plugins) this.register(plugin)
  }

  /** Another registry with the same plugins and kinds. */
  copy(): PluginRegistry {
    return new PluginRegistry(this.#plugins, this.#kinds.values())
  }

  /** @throws {ConfigError} for a plugin of a kind that there is not. */
  register(plugin: Plugin): this {
    this.kindOf(plugin)
    this.#plugins.push(plugin)
    return this
  }

  list(): readonly Plugin[] {
    return this.#plugins
  }

  kinds(): PluginKind[] {
    return [...this.#kinds.values()]
  }

  /** @throws {ConfigError} for a plugin of a kind that there is not. */
  kindOf({ kind }: { readonly kind?: unknown }): PluginKind {
    const found = this.#kinds.get(kind as string)
    if (found !== undefined) return found
    const known = [...this.#kinds.keys()].join(', ')
    throw new ConfigError(`it exports something of kind ${String(kind)}: expected one of ${known}`)
  }

  ofKind<P extends NamedPlugin>(kind: PluginKind<P>): P[] {
    return this.#plugins.filter((plugin) => plugin.kind === kind.name) as NamedPlugin[] as P[]
  }

  /**
   * The plugin of that kind and name; undefined where there is none.
   *
   * @throws {ConnectError} where a short name means more than one.
   */
  find<P extends NamedPlugin>(kind: PluginKind<P>, name: string): P | undefined {
    const candidates = this.ofKind(kind)
    const exact = candidates.find((plugin) => isFullName(plugin, name))
    if (exact !== undefined) return exact
    const matches = candidates.filter((plugin) => shortNames(kind, plugin).includes(name))
    if (matches.length > 1) {
      throw new ConnectError(
        `More than one ${kind.name} matches alias ${name}. Please use full package and class name instead. ` +
          `Classes found: ${matches.map((plugin) => plugin.className).join(', ')}`,
      )
    }
    return matches[0]
  }
}
