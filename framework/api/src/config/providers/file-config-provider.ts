import { readFile } from 'node:fs/promises'
import { ConfigError } from '../../errors/connect-errors.ts'
import { configDef, type RawConfig } from '../config-def.ts'
import { parseProperties } from '../properties.ts'
import { ALLOWED_PATHS, AllowedPaths } from './allowed-paths.ts'
import type { ConfigData, ConfigProvider, ConfigProviderPlugin } from './config-provider.ts'

const config = configDef({
  [ALLOWED_PATHS]: {
    type: 'string',
    default: null,
    importance: 'medium',
    doc: 'Files and directories, separated by commas, that may be read; any other path is refused. Without it every file the process can read may be read.',
  },
})

/** `${file:/etc/db.properties:password}`: a key of a `.properties` file in UTF-8. */
class FileConfigProvider implements ConfigProvider {
  #allowed = new AllowedPaths(null)

  configure(raw: RawConfig): void {
    this.#allowed = new AllowedPaths(config.parse(raw)[ALLOWED_PATHS])
  }

  async get(path: string, keys: ReadonlySet<string>): Promise<ConfigData> {
    const allowed = path === '' ? undefined : this.#allowed.resolve(path)
    if (allowed === undefined) return { data: new Map() }
    let text: string
    try {
      text = await readFile(allowed, 'utf8')
    } catch (cause) {
      throw new ConfigError(`Could not read properties from file ${path}`, { cause })
    }
    const properties = new Map(Object.entries(parseProperties(text)))
    const data = new Map<string, string>()
    for (const key of keys) {
      const value = properties.get(key)
      if (value !== undefined) data.set(key, value)
    }
    return { data }
  }
}

/** Java: `org.apache.kafka.common.config.provider.FileConfigProvider`. */
export const fileConfigProvider: ConfigProviderPlugin = {
  kind: 'config_provider',
  className: 'org.apache.kafka.common.config.provider.FileConfigProvider',
  version: '0.1.0',
  doc: 'Takes values from a Java properties file: ${file:/path/to/file.properties:key}.',
  config,
  create: () => new FileConfigProvider(),
}
