import { randomUUID } from 'node:crypto'
import type { Admin, ConsumerRecord, RawConfig, Subscription, TopicPartition } from '@spillway/api'
import { adminSettings, consumerSettings, kafkaClientFor } from '../task/client-settings.ts'

const POLL_MS = 500

/**
 * The last records of the connector's topics, by time, at most `count` altogether. Read in a group of its own, which
 * commits nothing and is deleted: the connector's own position is not touched.
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
  const groupId = `connect-${connectorName}-preview-${randomUUID()}`
  const settings = consumerSettings(workerConfig, config, id)
  const adminClient = await kafkaClientFor(adminSettings(workerConfig, config, id))
  const client = await kafkaClientFor(settings)
  const admin = adminClient.admin()
  const consumer = client.consumer({
    ...settings.options,
    groupId,
    allowAutoCreateTopics: false,
  })
  let ends: Map<TopicPartition, bigint> | undefined
  const found: ConsumerRecord[] = []
  try {
    consumer.subscribe(subscription, {
      onAssigned: async (partitions) => {
        ends = await seekBack(admin, partitions, count, (partition, offset) =>
          consumer.seek(partition, offset),
        )
      },
      onRevoked: async () => {},
      onLost: async () => {},
    })
    for (;;) {
      signal.throwIfAborted()
      const records = await consumer.poll(POLL_MS)
      for (const record of records) found.push(record)
      if (ends !== undefined && (await hasReached(ends, (partition) => consumer.position(partition)))) break
    }
  } finally {
    await consumer.close()
    await admin.deleteGroup(groupId).catch(() => undefined)
    await admin.close()
  }
  const inTime = found.sort((a, b) => a.timestamp - b.timestamp || Number(a.offset - b.offset))
  return inTime.slice(-count)
}

/** Puts each partition at most `count` records before its end; returns the ends. */
async function seekBack(
  admin: Admin,
  partitions: readonly TopicPartition[],
  count: number,
  seek: (partition: TopicPartition, offset: bigint) => void,
): Promise<Map<TopicPartition, bigint>> {
  const starts = await admin.listOffsets(partitions, 'earliest')
  const ends = await admin.listOffsets(partitions, 'latest')
  const result = new Map<TopicPartition, bigint>()
  for (const [i, partition] of partitions.entries()) {
    const start = starts[i] ?? 0n
    const end = ends[i] ?? start
    const wanted = end - BigInt(count)
    seek(partition, wanted > start ? wanted : start)
    result.set(partition, end)
  }
  return result
}

async function hasReached(
  ends: ReadonlyMap<TopicPartition, bigint>,
  positionOf: (partition: TopicPartition) => Promise<bigint>,
): Promise<boolean> {
  for (const [partition, end] of ends) if ((await positionOf(partition)) < end) return false
  return true
}
