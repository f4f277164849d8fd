import { ConfigError } from '../../errors/connect-errors.ts'
import { configDef, type RawConfig } from '../config-def.ts'
import { JavaRegex, javaRegexValidator } from '../java-regex/java-regex.ts'
import { SlowRegexError } from '../java-regex/slow-regex-error.ts'
import type { ConfigData, ConfigProvider, ConfigProviderPlugin } from './config-provider.ts'

const ALLOWLIST_PATTERN = 'allowlist.pattern'
/** Names come with requests, on the thread that answers them. */
const LIMIT_MS = 20

const config = configDef({
  [ALLOWLIST_PATTERN]: {
    type: 'string',
    default: '.*',
    validator: javaRegexValidator,
    importance: 'medium',
    doc: 'Regular expression that the whole name of an environment variable must match to be readable.',
  },
})

/** `${env:DB_PASSWORD}`: an environment variable. */
class EnvVarConfigProvider implements ConfigProvider {
  readonly #environment: Readonly<Record<string, string | undefined>>
  #allowlist = JavaRegex.compile('.*')

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment
  }

  configure(raw: RawConfig): void {
    const pattern = config.parse(raw)[ALLOWLIST_PATTERN]
    this.#allowlist = JavaRegex.compile(pattern, { key: ALLOWLIST_PATTERN, limitMs: LIMIT_MS })
  }

  get(path: string, keys: ReadonlySet<string>): ConfigData {
    if (path !== '') {
      throw new ConfigError(
        `Path is not supported for EnvVarConfigProvider, invalid value '${path}'. Write \${env:NAME}.`,
      )
    }
    const data = new Map<string, string>()
    for (const key of keys) {
      const value = Object.hasOwn(this.#environment, key) ? this.#environment[key] : undefined
      if (value !== undefined && this.#isAllowed(key)) data.set(key, value)
    }
    return { data }
  }

  #isAllowed(name: string): boolean {
    try {
      return this.#allowlist.matches(name)
    } catch (cause) {
      if (cause instanceof SlowRegexError) throw new ConfigError(cause.message, { cause })
      throw cause
    }
  }
}

/** A provider over that environment; {@link envVarConfigProvider} uses the process's own. */
export function envVarConfigProviderOf(
  environment: Readonly<Record<string, string | undefined>>,
): ConfigProviderPlugin {
  return {
    kind: 'config_provider',
    className: 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
    version: '0.1.0',
    doc: 'Takes values from environment variables: ${env:NAME}.',
    config,
    create: () => new EnvVarConfigProvider(environment),
  }
}

/** Java: `org.apache.kafka.common.config.provider.EnvVarConfigProvider`. */
export const envVarConfigProvider: ConfigProviderPlugin = envVarConfigProviderOf(process.env)
