import type { Admin, Consumer, ConsumerRecord, TopicPartition } from '../../framework/api/src/kafka/port.ts'
import { until } from '../support/until.ts'

export async function partitionsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<readonly TopicPartition[]> {
  return (await admin.describeTopics(topics)).flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
}

/**
 * All that lies in the topics has been processed by the group, and all that came of it: what is committed is read before the
 * ends, so nothing can be on its way.
 *
 * @param check called now and then: it may throw
 */
export async function settled(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
  check: () => void,
  timeoutMs?: number,
): Promise<void> {
  const partitions = await partitionsOf(admin, topics)
  await until(
    `${groupId} is settled`,
    async () => {
      check()
      const committed = new Map(
        (await admin.listGroupOffsets(groupId)).map(({ partition, offset }) => [
          `${partition.topic}-${partition.partition}`,
          offset.offset,
        ]),
      )
      const ends = await admin.listOffsets(partitions, 'latest')
      return partitions.every(
        ({ topic, partition }, index) => (committed.get(`${topic}-${partition}`) ?? 0n) === ends[index],
      )
    },
    timeoutMs,
  )
}

/** Reads on, up to the present ends of the partitions that the consumer is assigned. */
export async function readToEnds(admin: Admin, consumer: Consumer): Promise<readonly ConsumerRecord[]> {
  const partitions = consumer.assignment()
  if (partitions.length === 0) return []
  const ends = await admin.listOffsets(partitions, 'latest')
  const records: ConsumerRecord[] = []
  await until('topics are read', async () => {
    const positions = await Promise.all(partitions.map(async (each) => await consumer.position(each)))
    if (positions.every((position, index) => position >= (ends[index] as bigint))) return true
    records.push(...(await consumer.poll(100)))
    return false
  })
  return records
}
