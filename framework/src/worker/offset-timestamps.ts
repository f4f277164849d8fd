import type { AlteredOffsets } from '../connector/sink-connector.ts'
import { UnknownTopicError } from '../kafka/kafka-errors.ts'
import type { Admin, TopicPartition } from '../kafka/port.ts'
import { BadRequestError } from '../rest/rest-error.ts'
import type { OffsetChange } from './herder.ts'

/**
 * Asks Kafka for the offsets of what is given by its time.
 * @throws {BadRequestError} for a topic or partition that there is not
 */
export async function atTimestamps(admin: Admin, changes: readonly OffsetChange[]): Promise<AlteredOffsets> {
  return await Promise.all(
    changes.map(async ({ topic, partition, offset }) => ({
      topic,
      partition,
      offset:
        typeof offset === 'object' && offset !== null
          ? await offsetAt(admin, { topic, partition }, offset.timestamp)
          : offset,
    })),
  )
}

async function offsetAt(admin: Admin, partition: TopicPartition, timestamp: number): Promise<bigint> {
  try {
    const [found = -1n] = await admin.listOffsets([partition], { timestamp })
    if (found >= 0n) return found
    const [end = 0n] = await admin.listOffsets([partition], 'latest')
    return end
  } catch (cause) {
    if (!(cause instanceof UnknownTopicError)) throw cause
    throw new BadRequestError(
      `The offset of ${partition.topic}-${partition.partition} at the kafka_timestamp ${timestamp} cannot be found: ` +
        'there is no such partition',
      { cause },
    )
  }
}
