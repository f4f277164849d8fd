import {
  type ClusterOptions,
  ConfigError,
  type ConsumerOptions,
  own,
  type ProducerOptions,
} from '@spillway/api'
import { readBoolean, readChoice, readInt, readList } from './client-config-values.ts'
import type { ClientConfig } from './client-config-values.ts'
import { isJavaOnly } from './java-only-keys.ts'
import { readSasl, readTls } from './security-options.ts'

/** What {@link clientOptions} makes of a configuration. */
export interface ClientOptions {
  readonly cluster: ClusterOptions
  /** Without `groupId` where the configuration has no group.id. */
  readonly consumer: Partial<ConsumerOptions>
  readonly producer: Partial<ProducerOptions>
  /** One sentence per key that has no effect here. */
  readonly warnings: readonly string[]
}

const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
const OFFSET_RESETS = ['earliest', 'latest', 'none'] as const
const ISOLATION_LEVELS = ['read_uncommitted', 'read_committed'] as const
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Java's assignor classes, by the name their protocol has in the group. */
const ASSIGNOR_CLASSES: Readonly<Record<string, string>> = {
  'org.apache.kafka.clients.consumer.RangeAssignor': 'range',
  'org.apache.kafka.clients.consumer.RoundRobinAssignor': 'roundrobin',
  'org.apache.kafka.clients.consumer.StickyAssignor': 'sticky',
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor': 'cooperative-sticky',
}
const ASSIGNORS = new Set(Object.values(ASSIGNOR_CLASSES))
const ACKS: Readonly<Record<string, NonNullable<ProducerOptions['acks']>>> = {
  all: 'all',
  '-1': 'all',
  '1': 'leader',
  '0': 'none',
}

/**
 * Kafka's client configuration, as it stands in worker and connector configurations, for this package's clients.
 * Keys that only mean something to the Java clients are passed over; keys nobody knows yield a warning.
 *
 * @throws {ConfigError} for a value that cannot be used, naming its key
 */
export function clientOptions(config: ClientConfig): ClientOptions {
  const seen = new Set<string>()
  const keys: ClientConfig = new Proxy(config, {
    get(target, key) {
      if (typeof key !== 'string') return undefined
      seen.add(key)
      return target[key]
    },
  })
  const cluster = readCluster(keys)
  const consumer = readConsumer(keys)
  const producer = readProducer(keys)
  const warnings = Object.keys(config)
    .filter((key) => !seen.has(key) && !isJavaOnly(key))
    .map((key) => `Kafka client configuration ${key} is not known and has no effect`)
  return { cluster, consumer, producer, warnings }
}

function readCluster(config: ClientConfig): ClusterOptions {
  const securityProtocol = readChoice(config, 'security.protocol', SECURITY_PROTOCOLS)
  const sasl = readSasl(config)
  const tls = readTls(config)
  if (securityProtocol?.startsWith('SASL') === true && sasl === undefined) {
    throw new ConfigError(`sasl.jaas.config is needed with security.protocol=${securityProtocol}`, {
      key: 'sasl.jaas.config',
    })
  }
  return defined({
    bootstrapServers: readServers(config),
    securityProtocol,
    sasl,
    tls,
    requestTimeoutMs: readInt(config, 'request.timeout.ms', 1),
    connectionsMaxIdleMs: readInt(config, 'connections.max.idle.ms', -1),
  })
}

function readServers(config: ClientConfig): string[] {
  const key = 'bootstrap.servers'
  const servers = readList(config, key) ?? []
  if (servers.length === 0)
    throw new ConfigError(`${key} is needed: host:port of one broker or more`, { key })
  return servers.map((server) => {
    // A listener name may stand before the address, as in the brokers' own configuration.
    const address = server.replace(/^[A-Za-z_]+:\/\//, '')
    const port = Number(/^(?:\[[^\]]+\]|[^:[\]]+):(\d+)$/.exec(address)?.[1])
    if (port >= 1 && port <= 65_535) return address
    throw ConfigError.invalidValue(key, server, 'each entry is host:port')
  })
}

function readConsumer(config: ClientConfig): Partial<ConsumerOptions> {
  const protocol = config['group.protocol']?.trim().toLowerCase()
  if (protocol !== undefined && protocol !== 'classic') {
    throw ConfigError.invalidValue(
      'group.protocol',
      protocol,
      'it must be classic: KIP-848 is not spoken here',
    )
  }
  return defined({
    groupId: config['group.id'],
    clientId: config['client.id'],
    groupInstanceId: config['group.instance.id'],
    clientRack: config['client.rack'],
    autoOffsetReset: readChoice(config, 'auto.offset.reset', OFFSET_RESETS),
    isolationLevel: readChoice(config, 'isolation.level', ISOLATION_LEVELS),
    sessionTimeoutMs: readInt(config, 'session.timeout.ms', 1),
    heartbeatIntervalMs: readInt(config, 'heartbeat.interval.ms', 1),
    maxPollIntervalMs: readInt(config, 'max.poll.interval.ms', 1),
    maxPollRecords: readInt(config, 'max.poll.records', 1),
    fetchMinBytes: readInt(config, 'fetch.min.bytes', 0),
    fetchMaxBytes: readInt(config, 'fetch.max.bytes', 0),
    fetchMaxWaitMs: readInt(config, 'fetch.max.wait.ms', 0),
    maxPartitionFetchBytes: readInt(config, 'max.partition.fetch.bytes', 0),
    maxDecompressedBatchBytes: readInt(config, 'max.decompressed.batch.bytes', 1),
    metadataMaxAgeMs: readInt(config, 'metadata.max.age.ms', 0),
    partitionAssignmentStrategy: readStrategy(config),
    allowAutoCreateTopics: readBoolean(config, 'allow.auto.create.topics'),
  })
}

function readStrategy(config: ClientConfig): string[] | undefined {
  const key = 'partition.assignment.strategy'
  return readList(config, key)?.map((name) => {
    const known = own(ASSIGNOR_CLASSES, name) ?? name
    if (ASSIGNORS.has(known)) return known
    const choices = [...ASSIGNORS, ...Object.keys(ASSIGNOR_CLASSES)].join(', ')
    throw ConfigError.invalidValue(key, name, `it must be one of ${choices}`)
  })
}

function readProducer(config: ClientConfig): Partial<ProducerOptions> {
  const acks = config['acks']
  const known = acks === undefined ? undefined : own(ACKS, acks)
  if (acks !== undefined && known === undefined)
    throw ConfigError.invalidValue('acks', acks, 'it must be all, -1, 0 or 1')
  return defined({
    clientId: config['client.id'],
    acks: known,
    idempotent: readBoolean(config, 'enable.idempotence'),
    transactionalId: config['transactional.id'],
    transactionTimeoutMs: readInt(config, 'transaction.timeout.ms', 1),
    compression: readChoice(config, 'compression.type', COMPRESSIONS),
    lingerMs: readInt(config, 'linger.ms', 0),
    deliveryTimeoutMs: readInt(config, 'delivery.timeout.ms', 1),
    maxBlockMs: readInt(config, 'max.block.ms', 0),
  })
}

/** Leaves out what is undefined: an option that is not set must not hide its default. */
function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
