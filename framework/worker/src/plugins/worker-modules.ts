import { realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, isAbsolute, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, type ModuleDoor, noPlugins, type Plugins, type RawConfig } from '@spillway/api'
import { provideFramework } from './provide-framework.ts'

/** What a {@link WorkerModules} knows; passes between threads. */
export interface ModuleRules {
  /** `plugin.path` and `plugin.module.path`. */
  readonly folders: readonly string[]
  /** Modules of the packages that plugin discovery has loaded, by package name. */
  readonly packages: Readonly<Record<string, string>>
  /** What the worker's own configuration and files of the command line say: `key=value`. */
  readonly trusted: readonly string[]
  /** Names and addresses that are loaded already. */
  readonly loaded: readonly string[]
}

const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

/**
 * The door of a worker. A request reaches modules in `plugin.path` and `plugin.module.path`, and packages that plugin
 * discovery has found. It reaches no URL, and no path that leads out of those folders by `..` or by a link. What the
 * operator has written himself (the worker's configuration, files of the command line) is as free as an import.
 */
export class WorkerModules implements ModuleDoor {
  readonly plugins: Plugins
  readonly #folders: readonly string[]
  readonly #packages: Readonly<Record<string, string>>
  readonly #trusted: Set<string>
  readonly #loaded: Set<string>

  constructor(rules: Partial<ModuleRules> = {}, plugins: Plugins = noPlugins) {
    this.plugins = plugins
    this.#folders = rules.folders ?? []
    this.#packages = rules.packages ?? {}
    this.#trusted = new Set(rules.trusted)
    this.#loaded = new Set(rules.loaded)
  }

  /** Lets each key of a configuration that the operator has written have the module it names there. */
  trust(config: RawConfig): void {
    for (const [key, value] of Object.entries(config)) if (value !== null) this.#trusted.add(pair(key, value))
  }

  /** The rules as another thread needs them, with what of the trusted names is in these configurations. */
  rulesFor(...configs: readonly RawConfig[]): ModuleRules {
    const pairs = configs.flatMap((config) =>
      Object.entries(config).map(([key, value]) => pair(key, value ?? '')),
    )
    return {
      folders: this.#folders,
      packages: this.#packages,
      trusted: pairs.filter((one) => this.#trusted.has(one)),
      loaded: [...this.#loaded],
    }
  }

  async importDefault(key: string, name: string): Promise<unknown> {
    const found = await this.#addressOf(key, name)
    if (found === undefined) throw this.#refusal(key, name)
    const exported = await importUrl(key, name, found)
    this.#loaded.add(found)
    return exported
  }

  async refusal(key: string, name: string): Promise<ConfigError | undefined> {
    return (await this.#addressOf(key, name)) === undefined ? this.#refusal(key, name) : undefined
  }

  /** The same for somebody on whose behalf nothing is loaded that is not loaded already. */
  loadedOnly(): ModuleDoor {
    return {
      plugins: this.plugins,
      importDefault: async (key, name) => {
        const found = await this.#addressOf(key, name)
        if (found !== undefined && this.#loaded.has(found)) return await importUrl(key, name, found)
        throw ConfigError.invalidValue(
          key,
          name,
          'the worker has loaded no such module, and loads none for users who may only read (rest.read.only.users).',
        )
      },
      refusal: async (key, name) => await this.refusal(key, name),
    }
  }

  /** Where a name leads; undefined where it is not allowed to lead, or there is nothing: which of them is not told. */
  async #addressOf(key: string, name: string): Promise<string | undefined> {
    if (this.#trusted.has(pair(key, name))) return freeUrl(name)
    if (Object.hasOwn(this.#packages, name)) return this.#packages[name]
    if (!isPath(name)) return undefined
    for (const folder of this.#folders) {
      const root = await realpath(resolve(folder)).catch(() => undefined)
      if (root === undefined) continue
      // Relative paths count from the working folder, and from each of the folders.
      for (const path of isAbsolute(name) ? [name] : [resolve(name), resolve(folder, name)]) {
        const real = await realpath(path).catch(() => undefined)
        if (real !== undefined && isInside(root, real) && EXTENSIONS.includes(extname(real))) {
          return pathToFileURL(real).href
        }
      }
    }
    return undefined
  }

  #refusal(key: string, name: string): ConfigError {
    const folders = this.#folders.length === 0 ? 'Neither is set' : `They name ${this.#folders.join(', ')}`
    return ConfigError.invalidValue(
      key,
      name,
      'there is no such module where a connector may have one from: in the folders of the worker’s plugin.path and ' +
        `plugin.module.path. ${folders}.`,
    )
  }
}

/** A door to everything, for what stands in files that are named on the command line, and to these plugins. */
export function freeModules(plugins: Plugins): ModuleDoor {
  return {
    plugins,
    importDefault: async (key, name) => await importUrl(key, name, freeUrl(name)),
    refusal: async () => undefined,
  }
}

async function importUrl(key: string, name: string, url: string): Promise<unknown> {
  provideFramework()
  try {
    const module = (await import(url)) as { default?: unknown }
    return module.default
  } catch (cause) {
    throw new ConfigError(
      `Invalid value ${name} for configuration ${key}: cannot import it: ${(cause as Error).message}`,
      { key, cause },
    )
  }
}

/** Paths count from the working folder; packages are looked for there first, then beside Spillway. */
function freeUrl(name: string): string {
  if (name.startsWith('file:')) return name
  if (isPath(name)) return pathToFileURL(resolve(name)).href
  try {
    return pathToFileURL(createRequire(resolve('package.json')).resolve(name)).href
  } catch {
    return name
  }
}

function isPath(name: string): boolean {
  return /^(?:\.{0,2}[/\\]|[A-Za-z]:\\)/.test(name)
}

function isInside(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

function pair(key: string, value: string): string {
  return `${key}=${value.trim()}`
}
