import type { ClusterOptions, ConsumerOptions, KafkaClient } from '@spillway/api'
import { refuseForKafkajs } from './kafkajs-limits.ts'
import { platformaticClient } from './platformatic/platformatic-client.ts'

interface ClientKind {
  /** Loads the adapter where it is not the default one. */
  readonly create: (cluster: ClusterOptions) => Promise<KafkaClient>
  /** @throws {ConfigError} for what it cannot do, naming the key */
  readonly check: (options: Partial<ConsumerOptions>) => void
}

/** Adapters by the name that `kafka.client` has for them. */
const KINDS = {
  platformatic: { create: async (cluster) => platformaticClient(cluster), check: () => {} },
  kafkajs: {
    create: async (cluster) => (await import('./kafkajs/index.ts')).kafkajsClient(cluster),
    check: refuseForKafkajs,
  },
} as const satisfies Record<string, ClientKind>

export type ClientName = keyof typeof KINDS

/** What `kafka.client` may be; the first is the default. */
export const CLIENT_NAMES = Object.keys(KINDS) as [ClientName, ...ClientName[]]

export function clientKind(name: ClientName): ClientKind {
  return KINDS[name]
}
