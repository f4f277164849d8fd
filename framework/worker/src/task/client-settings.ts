import type { ClusterOptions, ConsumerOptions, KafkaClient, ProducerOptions, RawConfig } from '@spillway/api'
import { CLIENT_NAMES, type ClientConfig, clientKind, type ClientName, clientOptions } from '@spillway/kafka'
import { groupIdOf } from './group-id.ts'
import { belowPrefix } from './task-plugins.ts'
import { type TaskId, taskName } from './task-id.ts'

/** What a task's consumer may hold fetched and not yet polled: each task of a worker has one. */
const FETCH_AHEAD_BYTES = 8 * 1024 * 1024
/** A rebalance waits for the slowest heartbeat of the group, and so does what a dead worker has left. */
const HEARTBEAT_MS = 1_000

/** A cluster, the options of one client for it, and what in its configuration has no effect. */
export interface ClientSettings<T> {
  readonly client: ClientName
  readonly cluster: ClusterOptions
  readonly options: T
  readonly warnings: readonly string[]
}

/** The adapter for a cluster, loaded where it is not yet. */
export async function kafkaClientFor({
  client,
  cluster,
}: Pick<ClientSettings<unknown>, 'client' | 'cluster'>): Promise<KafkaClient> {
  return await clientKind(client).create(cluster)
}

/**
 * Settings of a task's consumer: Connect's defaults, then the worker's `consumer.…`, then the connector's
 * `consumer.override.…`. As in Connect the worker's own security settings are not inherited.
 */
export function consumerSettings(
  worker: RawConfig,
  connector: RawConfig,
  id: TaskId,
): ClientSettings<ConsumerOptions> {
  const config = merged('consumer', worker, connector, {
    'client.id': `connector-consumer-${taskName(id)}`,
    'group.id': groupIdOf(id.connector, connector),
    'auto.offset.reset': 'earliest',
  })
  const { cluster, consumer, warnings } = clientOptions(config)
  const client = clientOf(worker)
  clientKind(client).check(consumer)
  return {
    client,
    cluster,
    warnings,
    options: {
      groupId: config['group.id'] ?? '',
      clientId: config['client.id'] ?? '',
      fetchAheadBytes: FETCH_AHEAD_BYTES,
      heartbeatIntervalMs: Math.min(HEARTBEAT_MS, Math.ceil((consumer.sessionTimeoutMs ?? Infinity) / 3)),
      ...consumer,
    },
  }
}

/** Settings of a task's dead letter queue producer; layered as the consumer's. */
export function producerSettings(
  worker: RawConfig,
  connector: RawConfig,
  id: TaskId,
): ClientSettings<ProducerOptions> {
  const config = merged('producer', worker, connector, {
    'client.id': `connector-dlq-producer-${taskName(id)}`,
    acks: 'all',
    'enable.idempotence': 'false',
  })
  const { cluster, producer, warnings } = clientOptions(config)
  return {
    client: clientOf(worker),
    cluster,
    warnings,
    options: { clientId: config['client.id'] ?? '', ...producer },
  }
}

/**
 * Settings of an admin client: the worker's own, or a task's, which are the worker's own with `admin.…` and
 * `admin.override.…`.
 */
export function adminSettings(
  worker: RawConfig,
  connector: RawConfig,
  id: TaskId | undefined,
): ClientSettings<{ readonly clientId: string }> {
  const clientId = id === undefined ? 'spillway-worker' : `connector-adminclient-${taskName(id)}`
  const config =
    id === undefined
      ? withoutNulls({ 'client.id': clientId, ...ownSettings(worker), 'bootstrap.servers': servers(worker) })
      : merged('admin', worker, connector, { ...withoutNulls(ownSettings(worker)), 'client.id': clientId })
  const { cluster, warnings } = clientOptions(config)
  return {
    client: clientOf(worker),
    cluster,
    warnings,
    options: { clientId: config['client.id'] ?? clientId },
  }
}

/**
 * The keys of a job's Kafka clients: the worker's brokers and security settings, then for each kind of client the worker's `consumer.…` and
 * the like, and the connector's `consumer.override.…`.
 */
export function jobClientKeys(
  worker: RawConfig,
  connector: RawConfig,
  id: TaskId,
): Readonly<Record<string, string>> {
  const keys: Record<string, string | null> = {
    ...ownSettings(worker),
    'bootstrap.servers': servers(worker),
    'client.id': `connector-job-${taskName(id)}`,
    'kafka.client': worker['kafka.client'] ?? null,
  }
  for (const kind of ['consumer', 'producer', 'admin']) {
    for (const [key, value] of Object.entries(belowPrefix(worker, `${kind}.`)))
      if (kind !== 'admin' || !key.startsWith('listeners')) keys[`${kind}.${key}`] = value
    for (const [key, value] of Object.entries(belowPrefix(connector, `${kind}.override.`)))
      keys[`${kind}.${key}`] = value
  }
  return Object.fromEntries(
    Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

function merged(
  kind: 'consumer' | 'producer' | 'admin',
  worker: RawConfig,
  connector: RawConfig,
  defaults: ClientConfig,
): ClientConfig {
  return withoutNulls({
    'bootstrap.servers': servers(worker),
    ...defaults,
    ...belowPrefix(worker, `${kind}.`),
    ...belowPrefix(connector, `${kind}.override.`),
  })
}

/** The worker's keys that its own Kafka clients read. */
function ownSettings(worker: RawConfig): RawConfig {
  const mine =
    /^(sasl\.|ssl\.|security\.protocol$|client\.id$|request\.timeout\.ms$|connections\.max\.idle\.ms$)/
  return Object.fromEntries(Object.entries(worker).filter(([key]) => mine.test(key)))
}

function clientOf(worker: RawConfig): ClientName {
  const name = worker['kafka.client']
  return CLIENT_NAMES.find((known) => known === name) ?? CLIENT_NAMES[0]
}

function servers(worker: RawConfig): string {
  return worker['bootstrap.servers'] ?? 'localhost:9092'
}

function withoutNulls(config: RawConfig): ClientConfig {
  return Object.fromEntries(
    Object.entries(config).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}
