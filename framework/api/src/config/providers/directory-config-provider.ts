import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../errors/connect-errors.ts'
import { configDef, type RawConfig } from '../config-def.ts'
import { ALLOWED_PATHS, AllowedPaths } from './allowed-paths.ts'
import type { ConfigData, ConfigProvider, ConfigProviderPlugin } from './config-provider.ts'

const config = configDef({
  [ALLOWED_PATHS]: {
    type: 'string',
    default: null,
    importance: 'medium',
    doc: 'Directories, separated by commas, that may be read; any other is refused. Without it every directory the process can read may be read.',
  },
})

/** `${directory:/run/secrets:password}`: the content of a file, as Kubernetes and Docker mount secrets. */
class DirectoryConfigProvider implements ConfigProvider {
  #allowed = new AllowedPaths(null)

  configure(raw: RawConfig): void {
    this.#allowed = new AllowedPaths(config.parse(raw)[ALLOWED_PATHS])
  }

  async get(path: string, keys: ReadonlySet<string>): Promise<ConfigData> {
    const data = new Map<string, string>()
    const directory = path === '' ? undefined : this.#allowed.resolve(path)
    if (directory === undefined || !(await isKind(directory, 'directory'))) return { data }
    // Only names that the directory itself lists are read, so that a key such as ../x reaches nothing outside it.
    for (const name of await list(directory)) {
      const file = join(directory, name)
      if (keys.has(name) && (await isKind(file, 'file'))) data.set(name, await read(file, name))
    }
    return { data }
  }
}

async function isKind(path: string, kind: 'directory' | 'file'): Promise<boolean> {
  try {
    const stats = await stat(path)
    return kind === 'directory' ? stats.isDirectory() : stats.isFile()
  } catch (error) {
    // Whatever cannot be looked at counts as absent, as it does for Java's Files.isDirectory.
    if (error instanceof Error) return false
    throw error
  }
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (cause) {
    throw new ConfigError(`Could not list directory ${directory}`, { cause })
  }
}

async function read(file: string, property: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new ConfigError(`Could not read file ${file} for property ${property}`, { cause })
  }
}

/** Java: `org.apache.kafka.common.config.provider.DirectoryConfigProvider`. */
export const directoryConfigProvider: ConfigProviderPlugin = {
  kind: 'config_provider',
  className: 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
  version: '0.1.0',
  doc: 'Takes values from files of a directory, one value per file: ${directory:/path/to/directory:file}.',
  config,
  create: () => new DirectoryConfigProvider(),
}
