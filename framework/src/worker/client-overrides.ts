import type { ConfigProblem, RawConfig } from '../config/config-def.ts'

const OVERRIDE = /^(consumer|producer|admin)\.override\.(.+)$/
const PRINCIPAL_KEYS = ['sasl.jaas.config', 'sasl.mechanism', 'security.protocol']

/**
 * What the worker's policy says against a connector's `consumer.override.…`, `producer.override.…` and
 * `admin.override.…` keys (Java: `ConnectorClientConfigOverridePolicy`).
 */
export function overrideProblems(policy: 'All' | 'None' | 'Principal', config: RawConfig): ConfigProblem[] {
  if (policy === 'All') return []
  return Object.keys(config).flatMap((key) => {
    const setting = OVERRIDE.exec(key)?.[2]
    if (setting === undefined || (policy === 'Principal' && PRINCIPAL_KEYS.includes(setting))) return []
    return [
      {
        key,
        message: `The '${policy}' policy does not allow '${setting}' to be overridden in the connector configuration.`,
      },
    ]
  })
}
