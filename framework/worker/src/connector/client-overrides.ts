import { ConfigError, type ConfigProblem, type RawConfig } from '@spillway/api'
import { adminSettings, consumerSettings, producerSettings } from '../task/client-settings.ts'

const OVERRIDE = /^(consumer|producer|admin)\.override\.(.+)$/
const PRINCIPAL_KEYS = ['sasl.jaas.config', 'sasl.mechanism', 'security.protocol']

/** Which settings of Kafka clients connectors may override (Java: `ConnectorClientConfigOverridePolicy`). */
export interface OverridePolicy {
  readonly name: 'All' | 'None' | 'Principal' | 'Allowlist'
  /** What `Allowlist` allows (KIP-1188). */
  readonly allowlist: readonly string[]
}

/** What the worker's policy says against a connector's `consumer.override.…`, `producer.override.…`, `admin.override.…`. */
export function overrideProblems({ name, allowlist }: OverridePolicy, config: RawConfig): ConfigProblem[] {
  if (name === 'All') return []
  const allowed = name === 'Principal' ? PRINCIPAL_KEYS : name === 'Allowlist' ? allowlist : []
  return Object.keys(config).flatMap((key) => {
    const setting = OVERRIDE.exec(key)?.[2]
    if (setting === undefined || allowed.includes(setting)) return []
    return [
      {
        key,
        message: `The '${name}' policy does not allow '${setting}' to be overridden in the connector configuration.`,
      },
    ]
  })
}

/** What no Kafka client of the connector's tasks could be made with. */
export function clientProblems(worker: RawConfig, config: RawConfig): ConfigProblem[] {
  const id = { connector: config['name'] ?? 'connector', task: 0 }
  const kinds = { consumer: consumerSettings, producer: producerSettings, admin: adminSettings }
  return Object.entries(kinds).flatMap(([kind, settings]) => {
    if (!Object.keys(config).some((key) => key.startsWith(`${kind}.override.`))) return []
    try {
      settings(worker, config, id)
      return []
    } catch (error) {
      if (!(error instanceof ConfigError) || error.key === undefined) throw error
      return [{ key: `${kind}.override.${error.key}`, message: error.message }]
    }
  })
}
