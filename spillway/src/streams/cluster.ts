import { type Admin, ConfigError, type TopicPartition } from '@spillway/api'
import { type ClientConfig, clientKind, clientOptions } from '@spillway/kafka'
import type { StreamsConfig } from '@spillway/streams'

/**
 * Runs with an administrator of the application's cluster, by its keys and those below `admin.`.
 *
 * @throws {ConfigError} where no brokers are named
 */
export async function withAdmin<T>(config: StreamsConfig, run: (admin: Admin) => Promise<T>): Promise<T> {
  const keys: Record<string, string> = {}
  for (const prefix of ['', 'admin.']) {
    for (const [key, value] of Object.entries(config)) {
      if (key.startsWith(prefix) && (typeof value === 'string' || typeof value === 'number'))
        keys[key.slice(prefix.length)] = String(value)
    }
  }
  if ((keys['bootstrap.servers'] ?? '') === '') {
    throw new ConfigError(
      'Which Kafka cluster? Name its brokers with --bootstrap-server <host:port>, or the configuration of the application with --config <file>.',
    )
  }
  const client = await clientKind('platformatic').create(clientOptions(keys satisfies ClientConfig).cluster)
  const admin = client.admin({ clientId: 'spillway-streams' })
  try {
    return await run(admin)
  } finally {
    await admin.close()
  }
}

/** All partitions of those topics that exist. */
export async function partitionsOf(admin: Admin, topics: readonly string[]): Promise<TopicPartition[]> {
  if (topics.length === 0) return []
  return (await admin.describeTopics(topics)).flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
