import type { Admin, Consumer, ConsumerRecord, RawConfig, Subscription, TopicPartition } from '@spillway/api'
import { adminSettings, consumerSettings, kafkaClientFor } from '../task/client-settings.ts'

const POLL_MS = 500

/**
 * The last records of the connector's topics, by time, at most `count` altogether. Read without a group: the connector's
 * own position is not touched, and its group's members are not disturbed.
 */
export async function readLastRecords(parts: {
  readonly workerConfig: RawConfig
  readonly config: RawConfig
  readonly connectorName: string
  readonly subscription: Subscription
  readonly count: number
  readonly signal: AbortSignal
}): Promise<ConsumerRecord[]> {
  const { workerConfig, config, connectorName, subscription, count, signal } = parts
  const id = { connector: connectorName, task: 0 }
  const settings = consumerSettings(workerConfig, config, id)
  const { groupId: _groupId, groupInstanceId: _groupInstanceId, ...options } = settings.options
  const adminClient = await kafkaClientFor(adminSettings(workerConfig, config, id))
  const client = await kafkaClientFor(settings)
  const admin = adminClient.admin()
  const consumer = client.consumer({ ...options, allowAutoCreateTopics: false })
  const found: ConsumerRecord[] = []
  try {
    const partitions = await partitionsOf(admin, subscription)
    const ends = await assignFromEnd(consumer, partitions, count)
    while (!(await hasReached(ends, consumer))) {
      signal.throwIfAborted()
      for (const record of await consumer.poll(POLL_MS)) found.push(record)
    }
  } finally {
    await consumer.close()
    await admin.close()
  }
  const inTime = found.sort((a, b) => a.timestamp - b.timestamp || Number(a.offset - b.offset))
  return inTime.slice(-count)
}

async function partitionsOf(admin: Admin, subscription: Subscription): Promise<TopicPartition[]> {
  const names =
    'topics' in subscription
      ? subscription.topics
      : (await admin.listTopics()).filter((topic) => subscription.pattern.matches(topic))
  const topics = await admin.describeTopics(names)
  return topics
    .filter(({ internal }) => 'topics' in subscription || !internal)
    .flatMap(({ name: topic, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    )
}

/** Assigns each partition at most `count` records before its end; returns the ends. */
async function assignFromEnd(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  count: number,
): Promise<Map<TopicPartition, bigint>> {
  const starts = await consumer.beginningOffsets(partitions)
  const ends = await consumer.endOffsets(partitions)
  const read = partitions.map((partition, i) => {
    const [start, end] = [starts[i] ?? 0n, ends[i] ?? 0n]
    const wanted = end - BigInt(count)
    return { ...partition, offset: wanted > start ? wanted : start, end }
  })
  consumer.assign(read)
  return new Map(read.map((partition) => [partition, partition.end]))
}

async function hasReached(ends: ReadonlyMap<TopicPartition, bigint>, consumer: Consumer): Promise<boolean> {
  for (const [partition, end] of ends) if ((await consumer.position(partition)) < end) return false
  return true
}
