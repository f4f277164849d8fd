import { parseValue, type Plugin, type PluginRegistry, type RawConfig } from '@spillway/api'
import type { Logger } from 'pino'
import { findPluginPackages, type PluginPackage } from './find-packages.ts'
import { loadPluginModule, moduleUrls } from './load-package.ts'

/** A module of a plugin package that loads, for the threads. */
export interface PluginModule {
  readonly url: string
  /** Of its package: for plugins without one of their own. */
  readonly version: string
}

/** A package whose plugins cannot be had (see `GET /connector-plugins?connectorsOnly=false`). */
export interface BrokenPlugin {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly error: string
}

export interface FoundPlugins {
  /** What comes with the worker, then what was found. */
  readonly registry: PluginRegistry
  readonly modules: readonly PluginModule[]
  readonly broken: readonly BrokenPlugin[]
  /** `plugin.path`, as written. */
  readonly folders: readonly string[]
  /** The module of each package that has one, by the package's name: the first found of a name. */
  readonly packages: Readonly<Record<string, string>>
}

/**
 * The plugins of a worker: its own, those of `plugin.path`, and those that are installed in the `node_modules` of the
 * working folder. A package that cannot be loaded is logged and listed; the worker goes on without it.
 */
export async function findPlugins(
  builtIn: PluginRegistry,
  workerConfig: RawConfig,
  logger: Logger,
): Promise<FoundPlugins> {
  const path = parseValue('plugin.path', 'list', workerConfig['plugin.path'] ?? '') as string[]
  const packages = await findPluginPackages(path, (folder) =>
    logger.warn(`plugin.path names ${folder}, which is no folder: no plugins are taken from it.`),
  )
  packages.push(...(await installedPackages(packages)))
  const registry = builtIn.copy()
  const modules: PluginModule[] = []
  const broken: BrokenPlugin[] = []
  const byName = new Map<string, string>()
  for (const one of packages) {
    try {
      const loaded = await loadPackage(one, registry)
      for (const plugin of loaded) registry.register(plugin)
      const urls = moduleUrls(one)
      modules.push(...urls.map((url) => ({ url, version: one.version })))
      const [only] = urls
      if (only !== undefined && urls.length === 1 && !byName.has(one.name)) byName.set(one.name, only)
      const names = loaded.map((plugin) => `${plugin.kind} ${plugin.className}`).join(', ')
      logger.info(`Loaded ${one.name} ${one.version} from ${one.folder}: ${names}`)
    } catch (error) {
      const { message } = error as Error
      broken.push({ name: one.name, version: one.version, folder: one.folder, error: message })
      logger.error({ err: error }, `The plugins of ${one.name} (${one.folder}) cannot be used: ${message}`)
    }
  }
  return { registry, modules, broken, folders: path, packages: Object.fromEntries(byName) }
}

/** The same in a task thread, by the modules that the worker has loaded. */
export async function loadPlugins(
  builtIn: PluginRegistry,
  modules: readonly PluginModule[],
  logger: Logger,
): Promise<PluginRegistry> {
  const registry = builtIn.copy()
  for (const { url, version } of modules) {
    try {
      for (const plugin of await loadPluginModule(url, { version }, registry)) registry.register(plugin)
    } catch (error) {
      logger.error(
        { err: error },
        `The plugins of ${url} cannot be used in this thread: ${(error as Error).message}`,
      )
    }
  }
  return registry
}

async function installedPackages(known: readonly PluginPackage[]): Promise<PluginPackage[]> {
  // Only the packages in it: the working folder itself is no plugin.
  const found = await findPluginPackages(['node_modules'], () => undefined)
  return found.filter((one) => !known.some((other) => other.folder === one.folder))
}

async function loadPackage(one: PluginPackage, registry: PluginRegistry): Promise<readonly Plugin[]> {
  if (one.problem !== undefined) throw new Error(one.problem)
  const plugins: Plugin[] = []
  for (const url of moduleUrls(one)) plugins.push(...(await loadPluginModule(url, one, registry)))
  const taken = plugins.find((plugin) =>
    [...registry.list()].some((other) => other.kind === plugin.kind && other.className === plugin.className),
  )
  if (taken !== undefined) throw new Error(`there is a ${taken.kind} of the name ${taken.className} already`)
  return plugins
}
