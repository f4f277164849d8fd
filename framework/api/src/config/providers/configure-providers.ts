import { ConfigError } from '../../errors/connect-errors.ts'
import type { RawConfig } from '../config-def.ts'
import type { ConfigProvider, ConfigProviderPlugin } from './config-provider.ts'

/**
 * The providers a worker's `config.providers` asks for, configured and by name: each `config.providers.<name>.class`
 * with what stands below `config.providers.<name>.param.`.
 *
 * @param plugins the kinds of providers there are, found by class name or simple name.
 * @throws {ConfigError} for a name without a class, a class that is not there, or a param it refuses.
 */
export async function configureProviders(
  workerConfig: RawConfig,
  plugins: readonly ConfigProviderPlugin[],
): Promise<Map<string, ConfigProvider>> {
  const names = (workerConfig['config.providers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const providers = new Map<string, ConfigProvider>()
  for (const name of names) {
    const key = `config.providers.${name}.class`
    const className = workerConfig[key]?.trim() ?? ''
    const plugin = plugins.find((candidate) => isNamed(candidate, className))
    if (plugin === undefined) {
      const known = plugins.map((candidate) => candidate.className).join(', ')
      throw new ConfigError(
        `Invalid value ${className} for configuration ${key}: no such config provider. Known are: ${known}`,
        { key },
      )
    }
    const provider = plugin.create()
    await provider.configure(below(`config.providers.${name}.param.`, workerConfig))
    providers.set(name, provider)
  }
  return providers
}

function below(prefix: string, config: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  )
}

/** By full class name, alias, or the part after the last dot. */
function isNamed(plugin: ConfigProviderPlugin, name: string): boolean {
  return [plugin.className, ...(plugin.aliases ?? [])].some(
    (full) => full === name || full.slice(full.lastIndexOf('.') + 1) === name,
  )
}
