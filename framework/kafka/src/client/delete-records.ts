import { type TopicPartition, topicPartitionName } from '@spillway/api'
import { deleteRecordsV2 } from '@platformatic/kafka'

import type { Cluster } from './cluster/cluster.ts'
import { check } from './cluster/protocol-errors.ts'
import { byTopic } from './group/consumer-protocol.ts'
import { byLeader } from './offsets.ts'

/**
 * One attempt to delete the records before offsets by {@link topicPartitionName}, at the leaders of their partitions. Answers with
 * the first offsets that are kept. What is done already is an answer when it is asked for again.
 */
export async function deleteRecords(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  before: ReadonlyMap<string, bigint>,
  timeoutMs: number,
): Promise<Map<string, bigint>> {
  const kept = new Map<string, bigint>()
  for (const [leader, own] of await byLeader(cluster, partitions)) {
    const topics = [...byTopic(own)].map(([name, numbers]) => ({
      name,
      partitions: numbers.map((partitionIndex) => ({
        partitionIndex,
        offset: before.get(topicPartitionName({ topic: name, partition: partitionIndex })) ?? 0n,
      })),
    }))
    const response = await cluster.request(leader, deleteRecordsV2.api, [topics, timeoutMs])
    for (const { name: topic, partitions: answers } of response.topics) {
      for (const { partitionIndex: partition, lowWatermark, errorCode } of answers) {
        const key = topicPartitionName({ topic, partition })
        check(errorCode, `deleting the records of ${key} before ${before.get(key)}`)
        kept.set(key, lowWatermark)
      }
    }
  }
  return kept
}
