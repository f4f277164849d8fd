import type { ClusterOptions, ConsumerOptions, KafkaClient } from '@spillway/api'
import { kafkajsClient, refuseForKafkajs } from './kafkajs/kafkajs-client.ts'
import { platformaticClient } from './platformatic/platformatic-client.ts'

interface ClientKind {
  readonly create: (cluster: ClusterOptions) => KafkaClient
  /** @throws {ConfigError} for what it cannot do, naming the key */
  readonly check: (options: Partial<ConsumerOptions>) => void
}

/** Adapters by the name that `kafka.client` has for them. */
const KINDS = {
  platformatic: { create: platformaticClient, check: () => {} },
  kafkajs: { create: kafkajsClient, check: refuseForKafkajs },
} as const satisfies Record<string, ClientKind>

export type ClientName = keyof typeof KINDS

/** What `kafka.client` may be; the first is the default. */
export const CLIENT_NAMES = Object.keys(KINDS) as [ClientName, ...ClientName[]]

export function clientKind(name: ClientName): ClientKind {
  return KINDS[name]
}
