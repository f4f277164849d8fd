import type { ClusterOptions, ConsumerOptions, KafkaClient, ProducerOptions } from '@spillway/api'
import { CLIENT_NAMES, clientKind, clientOptions, type ClientConfig } from '@spillway/kafka'
import { IllegalArgumentException } from '../core/errors.ts'
import type { StreamsConfig } from '../config/streams-config.ts'

/** The clients of a stream thread (Java's names of them, as prefixes of configuration keys). */
export type ClientRole = 'main.consumer' | 'restore.consumer' | 'global.consumer' | 'producer' | 'admin'

/** What Java sets where the user sets nothing. */
const consumerDefaults: ClientConfig = { 'auto.offset.reset': 'earliest', 'max.poll.records': '1000' }
const producerDefaults: ClientConfig = { 'linger.ms': '100' }
const prefixes = [
  'main.consumer.',
  'restore.consumer.',
  'global.consumer.',
  'consumer.',
  'producer.',
  'admin.',
]
/** As Java: one transaction is open for a commit's interval, and others wait for it no longer than this. */
const transactionTimeoutMs = 10_000
const assignorKey = 'partition.assignment.strategy'

/** Kafka's client configuration, as it stands in a streams configuration. Corresponds to Java's `getMainConsumerConfigs` and others. */
export class ClientSettings {
  readonly applicationId: string
  /** `processing.guarantee` is `exactly_once_v2`. */
  readonly isExactlyOnce: boolean
  readonly #config: StreamsConfig

  /** @throws IllegalArgumentException for what cannot work here, naming the key */
  constructor(applicationId: string, config: StreamsConfig) {
    this.applicationId = applicationId
    this.#config = config
    this.isExactlyOnce = config['processing.guarantee'] === 'exactly_once_v2'
    const protocol = text(config['group.protocol'])?.toLowerCase() ?? 'classic'
    if (protocol !== 'classic') {
      throw new IllegalArgumentException(
        `Invalid value ${protocol} for configuration group.protocol: it must be classic. The protocols of KIP-848 and ` +
          'KIP-1071 are not spoken here.',
      )
    }
    if (this.of('main.consumer')[assignorKey] !== undefined)
      throw new IllegalArgumentException(
        `Configuration ${assignorKey} has no place here: tasks are assigned by Spillway's own assignor.`,
      )
  }

  /** @throws ConfigError for a value that cannot be used, naming its key */
  async client(): Promise<KafkaClient> {
    const name = CLIENT_NAMES.find(
      (known) => known === (text(this.#config['kafka.client']) ?? 'platformatic'),
    )
    if (name !== 'platformatic') {
      throw new IllegalArgumentException(
        `Invalid value ${String(this.#config['kafka.client'])} for configuration kafka.client: it must be platformatic. ` +
          'kafkajs cannot carry an assignor of tasks.',
      )
    }
    return await clientKind(name).create(this.cluster())
  }

  cluster(): ClusterOptions {
    return clientOptions(this.of('admin')).cluster
  }

  /** Options of the consumer that reads the topology's sources. */
  mainConsumer(): Partial<ConsumerOptions> {
    return {
      ...clientOptions(this.of('main.consumer')).consumer,
      ...this.#isolation(),
      allowAutoCreateTopics: false,
    }
  }

  /** Options of consumers that have no group. */
  plainConsumer(role: 'restore.consumer' | 'global.consumer'): Partial<ConsumerOptions> {
    const { groupId: _group, groupInstanceId: _instance, ...rest } = clientOptions(this.of(role)).consumer
    return { ...rest, ...this.#isolation(), allowAutoCreateTopics: false }
  }

  /** @param transactionalId used under exactly once alone */
  producer(transactionalId: string): Partial<ProducerOptions> {
    const { transactionalId: _given, ...options } = clientOptions(this.of('producer')).producer
    const own = this.isExactlyOnce ? { transactionalId, acks: 'all' as const, idempotent: true } : {}
    return { transactionTimeoutMs, ...options, ...own, allowAutoCreateTopics: false }
  }

  /** What is not committed may be taken back, so nobody reads it. */
  #isolation(): Partial<ConsumerOptions> {
    return this.isExactlyOnce ? { isolationLevel: 'read_committed' } : {}
  }

  /** Keys for one client: the general ones, under those of its kind, under those of its own. */
  of(role: ClientRole): ClientConfig {
    const isConsumer = role.endsWith('consumer')
    const found: Record<string, string> = {}
    for (const [key, value] of Object.entries(isConsumer ? consumerDefaults : producerDefaults))
      if (role !== 'admin' && value !== undefined) found[key] = value
    const general = Object.entries(this.#config).filter(
      ([key]) => !prefixes.some((each) => key.startsWith(each)),
    )
    const ofKind = isConsumer ? 'consumer.' : `${role}.`
    for (const [key, value] of general) put(found, key, value)
    for (const prefix of new Set([ofKind, `${role}.`])) {
      for (const [key, value] of Object.entries(this.#config))
        if (key.startsWith(prefix)) put(found, key.slice(prefix.length), value)
    }
    return found
  }
}

/** Values that are no text, such as serdes and handlers, are for the engine. */
function put(found: Record<string, string>, key: string, value: unknown): void {
  const known = text(value)
  if (known !== undefined) found[key] = known
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : undefined
}
