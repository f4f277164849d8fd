import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'

/** A package whose `package.json` has `"spillway": {"plugins": "./plugin.js"}`. */
export interface PluginPackage {
  readonly name: string
  readonly version: string
  /** Its folder, links resolved. */
  readonly folder: string
  /** Modules that export its plugins, as its manifest writes them. Empty where {@link problem} is set. */
  readonly modules: readonly string[]
  /** Why its manifest cannot be used. */
  readonly problem?: string
}

interface Manifest {
  readonly name?: unknown
  readonly version?: unknown
  readonly spillway?: { readonly plugins?: unknown }
}

/**
 * The plugin packages of some folders. A folder of `plugin.path` is a package, or holds packages: in itself, in folders
 * of a scope (`@acme/`), in its `node_modules`. Packages come in the order of the folders, each once.
 *
 * @param onMissing told a folder that is not there.
 */
export async function findPluginPackages(
  folders: readonly string[],
  onMissing: (folder: string) => void,
): Promise<PluginPackage[]> {
  const found = new Map<string, PluginPackage>()
  for (const folder of folders.map((path) => resolve(path))) {
    if (!(await isFolder(folder))) {
      onMissing(folder)
      continue
    }
    for (const candidate of await candidatesIn(folder)) {
      const one = await readPackage(candidate)
      if (one !== undefined && !found.has(one.folder)) found.set(one.folder, one)
    }
  }
  return [...found.values()]
}

/** The folder itself, and what lies one package deep in it and in its node_modules. */
async function candidatesIn(folder: string): Promise<string[]> {
  const inside = await packageFolders(folder)
  return [folder, ...inside, ...(await packageFolders(join(folder, 'node_modules')))]
}

async function packageFolders(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort()
  const nested = await Promise.all(
    names
      .filter((name) => name !== 'node_modules')
      .map(async (name) =>
        name.startsWith('@') ? await packageFolders(join(folder, name)) : [join(folder, name)],
      ),
  )
  return nested.flat()
}

/** Undefined where the folder is no plugin's. */
async function readPackage(folder: string): Promise<PluginPackage | undefined> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const real = await realpath(folder)
  let manifest: Manifest
  try {
    manifest = JSON.parse(text) as Manifest
  } catch (error) {
    // Whoever breaks the manifest of a plugin must hear of it; in node_modules nobody else's is looked into.
    if (!text.includes('"spillway"')) return undefined
    const problem = `package.json is not valid JSON: ${(error as Error).message}`
    return { name: basename(folder), version: 'unknown', folder: real, modules: [], problem }
  }
  const declared = manifest.spillway?.plugins
  if (declared === undefined) return undefined
  const name = typeof manifest.name === 'string' ? manifest.name : basename(folder)
  const version = typeof manifest.version === 'string' ? manifest.version : 'unknown'
  const modules = Array.isArray(declared) ? (declared as unknown[]) : [declared]
  if (modules.every((module): module is string => typeof module === 'string') && modules.length > 0) {
    return { name, version, folder: real, modules }
  }
  const problem = 'package.json: spillway.plugins must be the path of a module, or a list of them'
  return { name, version, folder: real, modules: [], problem }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
