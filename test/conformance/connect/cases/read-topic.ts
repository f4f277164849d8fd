import type { ConsumerRecord } from '../../../../framework/api/src/kafka/port.ts'
import { kafka, uniqueName } from '../../../support/topics.ts'
import { until } from '../../../support/until.ts'

/** The records of a topic, once there are that many; the topic may still have to be made. */
export async function readTopic(topic: string, count = 1): Promise<ConsumerRecord[]> {
  const admin = kafka().admin()
  try {
    await until(`${topic} has ${count} records`, async () => {
      if ((await admin.describeTopics([topic])).length === 0) return false
      const [end = 0n] = await admin.listOffsets([{ topic, partition: 0 }], 'latest')
      return end >= count
    })
  } finally {
    await admin.close()
  }
  const groupId = uniqueName('reader')
  const consumer = kafka().consumer({ groupId, clientId: groupId })
  const nothing = async (): Promise<void> => {}
  consumer.subscribe({ topics: [topic] }, { onAssigned: nothing, onRevoked: nothing, onLost: nothing })
  const records: ConsumerRecord[] = []
  try {
    await until(`${count} records are read`, async () => {
      records.push(...(await consumer.poll(1_000)))
      return records.length >= count
    })
  } finally {
    await consumer.close()
  }
  return records
}
