import {
  type Admin,
  type AlteredOffsets,
  type OffsetAndMetadata,
  RestError,
  type TopicPartition,
  TopicPartitionMap,
} from '@spillway/api'
import type { ConnectorOffset } from './herder.ts'

/** Committed offsets of a connector's group, by topic and partition. */
export async function readOffsets(admin: Admin, groupId: string): Promise<ConnectorOffset[]> {
  const offsets = await admin.listGroupOffsets(groupId)
  return offsets
    .toSorted(
      (a, b) =>
        compare(a.partition.topic, b.partition.topic) || a.partition.partition - b.partition.partition,
    )
    .map(({ partition, offset }) => ({
      partition: { kafka_topic: partition.topic, kafka_partition: partition.partition },
      offset: { kafka_offset: Number(offset.offset) },
    }))
}

/**
 * Sets and forgets offsets of a group, or deletes it where `changes` is null.
 * @throws {RestError} 500 where members are still in the group, or the broker refuses.
 */
export async function changeOffsets(
  admin: Admin,
  groupId: string,
  name: string,
  changes: AlteredOffsets | null,
): Promise<void> {
  const verb = changes === null ? 'reset' : 'alter'
  const failed = `Failed to ${verb} consumer group offsets for connector ${name}`
  if ((await admin.describeGroup(groupId)).members.length > 0) {
    throw new RestError(
      500,
      `${failed} either because its tasks haven't stopped completely yet or the connector was resumed before the request ` +
        `to ${verb} its offsets could be successfully completed. If the connector is in a stopped state, this operation ` +
        "can be safely retried. If it doesn't eventually succeed, the Connect cluster may need to be restarted to get " +
        'rid of the zombie sink tasks.',
    )
  }
  try {
    if (changes === null) {
      await admin.deleteGroup(groupId)
      return
    }
    const set = new Map<TopicPartition, OffsetAndMetadata>()
    const forget = new TopicPartitionMap<true>()
    for (const { topic, partition, offset } of changes) {
      if (offset === null) forget.set({ topic, partition }, true)
      else set.set({ topic, partition }, { offset })
    }
    if (set.size > 0) await admin.alterGroupOffsets(groupId, set)
    if (forget.size > 0) await admin.deleteGroupOffsets(groupId, forget.keys())
  } catch (cause) {
    throw new RestError(500, failed, { cause })
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
