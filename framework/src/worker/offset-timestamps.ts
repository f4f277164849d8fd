import type { AlteredOffsets } from '../connector/sink-connector.ts'
import { TopicPartitionMap } from '../connector/topic-partition-map.ts'
import { UnknownTopicError } from '../kafka/kafka-errors.ts'
import type { Admin, TopicPartition } from '../kafka/port.ts'
import { BadRequestError } from '../rest/rest-error.ts'
import type { OffsetChange } from './herder.ts'

/**
 * Asks Kafka for the offsets of what is given by its time: at once for all of one time, one time after the other.
 * @throws {BadRequestError} for a topic or partition that there is not
 */
export async function atTimestamps(admin: Admin, changes: readonly OffsetChange[]): Promise<AlteredOffsets> {
  const byTime = new Map<number, TopicPartition[]>()
  for (const { topic, partition, offset } of changes) {
    if (typeof offset !== 'object' || offset === null) continue
    const same = byTime.get(offset.timestamp)
    if (same === undefined) byTime.set(offset.timestamp, [{ topic, partition }])
    else same.push({ topic, partition })
  }
  const found = new Map<number, TopicPartitionMap<bigint>>()
  for (const [timestamp, partitions] of byTime) {
    found.set(timestamp, await offsetsAt(admin, partitions, timestamp))
  }
  return changes.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    offset:
      typeof offset === 'object' && offset !== null
        ? (found.get(offset.timestamp)?.get({ topic, partition }) ?? 0n)
        : offset,
  }))
}

async function offsetsAt(
  admin: Admin,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<TopicPartitionMap<bigint>> {
  try {
    const found = await admin.listOffsets(partitions, { timestamp })
    const late = partitions.filter((_, i) => (found[i] ?? -1n) < 0n)
    const ends = new TopicPartitionMap<bigint>()
    const offsets = late.length === 0 ? [] : await admin.listOffsets(late, 'latest')
    late.forEach((partition, i) => ends.set(partition, offsets[i] ?? 0n))
    return new TopicPartitionMap(
      partitions.map((partition, i) => [partition, ends.get(partition) ?? found[i] ?? 0n] as const),
    )
  } catch (cause) {
    if (!(cause instanceof UnknownTopicError)) throw cause
    const { topic, partition } = await firstMissing(admin, partitions)
    throw new BadRequestError(
      `The offset of ${topic}-${partition} at the kafka_timestamp ${timestamp} cannot be found: ` +
        'there is no such partition',
      { cause },
    )
  }
}

async function firstMissing(admin: Admin, partitions: readonly TopicPartition[]): Promise<TopicPartition> {
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const counts = new Map((await admin.describeTopics(names)).map((topic) => [topic.name, topic.partitions]))
  const missing = partitions.find(({ topic, partition }) => partition >= (counts.get(topic) ?? 0))
  return missing ?? partitions[0] ?? { topic: '', partition: 0 }
}
