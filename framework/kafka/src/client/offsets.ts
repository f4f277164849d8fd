import { type OffsetAndMetadata, type TopicPartition, topicPartitionName } from '@spillway/api'
import { listOffsetsV7, offsetCommitV8, offsetFetchV8 } from '@platformatic/kafka'

import { isCoordinatorMoved } from './cluster/cluster.ts'
import type { Cluster, RetryOptions } from './cluster/cluster.ts'
import type { Lane } from './cluster/connections.ts'
import { byTopic } from './group/consumer-protocol.ts'
import { BrokerError, ErrorCode, check } from './cluster/protocol-errors.ts'

/** ListOffsets' special timestamps. */
export const EARLIEST = -2n
export const LATEST = -1n

/** A topic whose offsets are committed was there: not to know it is to have lost it, but for a moment after a broker's start. */
export const COMMIT_UNKNOWN_TOPIC_MS = 2_000

/** A commit on behalf of a member, or of nobody (generation -1) where the group is empty. */
export interface CommitAs {
  readonly memberId: string
  readonly generation: number
  readonly groupInstanceId?: string
}

const NO_MEMBER: CommitAs = { memberId: '', generation: -1 }

/** One attempt to commit. @throws BrokerError with the first error code of the answer */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
  as: CommitAs = NO_MEMBER,
  lane?: Lane,
): Promise<void> {
  const target = { group: groupId }
  const topics = new Map<string, [number, OffsetAndMetadata][]>()
  for (const [{ topic, partition }, offset] of offsets) {
    const list = topics.get(topic)
    if (list === undefined) topics.set(topic, [[partition, offset]])
    else list.push([partition, offset])
  }
  const request = [...topics].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(([partitionIndex, { offset, metadata }]) => ({
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: metadata ?? '',
    })),
  }))
  const { topics: answers } = await cluster.request(
    target,
    offsetCommitV8.api,
    [groupId, as.generation, as.memberId, as.groupInstanceId ?? null, request],
    lane,
  )
  for (const { name, partitions } of answers) {
    for (const { partitionIndex, errorCode } of partitions) {
      if (isCoordinatorMoved(errorCode)) cluster.forgetCoordinator(target)
      check(errorCode, `committing ${name}-${partitionIndex} for group ${groupId}`)
    }
  }
}

/** Committed offsets by {@link topicPartitionName}; all of the group for null. Partitions without one are absent. */
export async function fetchCommitted(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
  options: RetryOptions & { readonly requireStable?: boolean; readonly lane?: Lane } = {},
): Promise<Map<string, { readonly partition: TopicPartition; readonly offset: OffsetAndMetadata }>> {
  const topics =
    partitions === null
      ? null
      : [...byTopic(partitions)].map(([name, partitionIndexes]) => ({ name, partitionIndexes }))
  const response = await cluster.call(
    `fetching the offsets of group ${groupId}`,
    { group: groupId },
    offsetFetchV8.api,
    [[{ groupId, memberEpoch: -1, topics }], options.requireStable ?? false],
    ({ groups }) =>
      groups.flatMap((group) => [
        [group.errorCode] as const,
        ...group.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => [errorCode] as const)),
      ]),
    options,
  )
  const committed = new Map<string, { partition: TopicPartition; offset: OffsetAndMetadata }>()
  for (const { name, partitions: list } of response.groups.flatMap((group) => group.topics)) {
    for (const { partitionIndex, committedOffset, metadata } of list) {
      if (committedOffset < 0n) continue
      const partition = { topic: name, partition: partitionIndex }
      committed.set(topicPartitionName(partition), {
        partition,
        offset: metadata ? { offset: committedOffset, metadata } : { offset: committedOffset },
      })
    }
  }
  return committed
}

/**
 * Offsets at a timestamp, {@link EARLIEST} or {@link LATEST}, by {@link topicPartitionName}; -1 where no record is that
 * young. LATEST is the last stable offset under read_committed.
 */
export function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: bigint,
  readCommitted: boolean,
  options: RetryOptions = {},
): Promise<Map<string, bigint>> {
  const first = partitions[0]
  const doing = `listing the offsets of ${first === undefined ? 'nothing' : topicPartitionName(first)}`
  return cluster.retry(
    partitions.length > 1 ? `${doing} and ${partitions.length - 1} more` : doing,
    async () => {
      const found = new Map<string, bigint>()
      for (const [leader, own] of await byLeader(cluster, partitions)) {
        const topics = [...byTopic(own)].map(([name, numbers]) => ({
          name,
          partitions: numbers.map((partitionIndex) => ({
            partitionIndex,
            currentLeaderEpoch: -1,
            timestamp,
          })),
        }))
        const response = await cluster.request(leader, listOffsetsV7.api, [-1, readCommitted ? 1 : 0, topics])
        for (const { name: topic, partitions: list } of response.topics) {
          for (const { partitionIndex: partition, errorCode, offset } of list) {
            const key = topicPartitionName({ topic, partition })
            check(errorCode, `listing the offsets of ${key}`)
            found.set(key, offset)
          }
        }
      }
      return found
    },
    options,
  )
}

/** Partitions by the node id of their leader, freshly read. @throws BrokerError where one has none */
export async function byLeader(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<Map<number, TopicPartition[]>> {
  const { topics, errors } = await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))])
  const byNumber = new Map(
    [...topics].map(([name, { partitions: all }]) => [name, new Map(all.map((one) => [one.partition, one]))]),
  )
  const leaders = new Map<number, TopicPartition[]>()
  for (const at of partitions) {
    const doing = `finding the leader of ${topicPartitionName(at)}`
    check(errors.get(at.topic) ?? ErrorCode.none, doing)
    const found = byNumber.get(at.topic)?.get(at.partition)
    if (found === undefined) throw new BrokerError(ErrorCode.unknownTopicOrPartition, doing)
    if (found.leader < 0) throw new BrokerError(ErrorCode.leaderNotAvailable, doing)
    const own = leaders.get(found.leader)
    if (own === undefined) leaders.set(found.leader, [at])
    else own.push(at)
  }
  return leaders
}
