import {
  type Admin,
  type Clock,
  type ClusterOptions,
  type ConnectError,
  type GroupDescription,
  type GroupListing,
  type NewTopic,
  type OffsetAndMetadata,
  type TopicCreation,
  type TopicDescription,
  type TopicPartition,
  topicPartitionName,
} from '@spillway/api'
import {
  ConfigResourceTypes,
  createPartitionsV3,
  createTopicsV7,
  deleteGroupsV2,
  deleteTopicsV6,
  describeConfigsV4,
  describeGroupsV5,
  leaveGroupV4,
  listGroupsV4,
  offsetDeleteV0,
} from '@platformatic/kafka'

import { Cluster } from './cluster/cluster.ts'
import type { ClusterMetadata } from './cluster/cluster.ts'
import type { Connect } from './cluster/connections.ts'
import { deleteRecords } from './delete-records.ts'
import { byTopic, decodeAssignment } from './group/consumer-protocol.ts'
import { EARLIEST, LATEST, commitOffsets, fetchCommitted, listOffsets } from './offsets.ts'
import { BrokerError, ErrorCode, check, isTransient, publicError } from './cluster/protocol-errors.ts'

const TOPIC_TIMEOUT_MS = 30_000
/** A topic that does not exist is an answer here, not something to wait for. */
const ANSWERS = { final: [ErrorCode.unknownTopicOrPartition] } as const

/** The administration of the port on Kafka's own requests. */
export class KafkaAdmin implements Admin {
  readonly #cluster: Cluster
  #closing: Promise<void> | undefined

  constructor(clusterOptions: ClusterOptions, clientId: string, connect: Connect, clock: Clock) {
    this.#cluster = new Cluster(clientId, clusterOptions, connect, clock)
  }

  async clusterId(): Promise<string> {
    return (await this.#metadata([])).clusterId
  }

  async listTopics(): Promise<string[]> {
    return [...(await this.#metadata(null)).topics.keys()].sort()
  }

  async describeTopics(names: readonly string[]): Promise<TopicDescription[]> {
    if (names.length === 0) return []
    const { topics } = await this.#metadata(names)
    return [...topics.values()].map(({ name, topicId, internal, partitions }) => ({
      name,
      topicId,
      internal,
      partitions: partitions.length,
    }))
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    if (topics.length === 0) return
    const names = topics.map(({ name }) => name).join(', ')
    await this.#cluster.call(
      `creating topic ${names}`,
      'any',
      createTopicsV7.api,
      [topics.map(creationOf), TOPIC_TIMEOUT_MS, false],
      (response) => response.topics.map(({ errorCode, errorMessage }) => [errorCode, errorMessage] as const),
      ANSWERS,
    )
  }

  async createTopicsEach(
    topics: readonly NewTopic[],
    { validateOnly = false }: { readonly validateOnly?: boolean } = {},
  ): Promise<TopicCreation[]> {
    const answers = new Map<string, TopicCreation>()
    const left = (): NewTopic[] => topics.filter(({ name }) => !answers.has(name))
    while (left().length > 0) {
      await this.#cluster.retry(
        `creating topic ${left()
          .map(({ name }) => name)
          .join(', ')}`,
        async () => {
          const args = [left().map(creationOf), TOPIC_TIMEOUT_MS, validateOnly] as const
          const response = await this.#cluster.request('any', createTopicsV7.api, [...args])
          let again: BrokerError | undefined
          for (const { name, errorCode, errorMessage } of response.topics) {
            const error = new BrokerError(errorCode, `creating topic ${name}`, errorMessage)
            if (errorCode === ErrorCode.none) answers.set(name, { name })
            else if (isTransient(error)) again = error
            else answers.set(name, { name, error: publicError(error) as ConnectError })
          }
          if (again !== undefined) throw again
          // Without an answer, asking again would have no end.
          for (const { name } of left()) check(ErrorCode.unknownServerError, `creating topic ${name}`)
        },
      )
    }
    return topics.map(({ name }) => answers.get(name) ?? { name })
  }

  async deleteRecords(before: ReadonlyMap<TopicPartition, bigint>): Promise<bigint[]> {
    const offsets = new Map([...before].map(([partition, offset]) => [topicPartitionName(partition), offset]))
    const kept = await this.#cluster.retry(
      'deleting records',
      () => deleteRecords(this.#cluster, [...before.keys()], offsets, TOPIC_TIMEOUT_MS),
      ANSWERS,
    )
    return [...before.keys()].map((partition) => kept.get(topicPartitionName(partition)) ?? -1n)
  }

  async createPartitions(topic: string, total: number): Promise<void> {
    await this.#cluster.call(
      `raising the partitions of topic ${topic} to ${total}`,
      'any',
      createPartitionsV3.api,
      [[{ name: topic, count: total, assignments: null }], TOPIC_TIMEOUT_MS, false],
      ({ results }) => results.map(({ errorCode, errorMessage }) => [errorCode, errorMessage] as const),
      ANSWERS,
    )
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    await this.#cluster.call(
      `deleting topic ${names.join(', ')}`,
      'any',
      deleteTopicsV6.api,
      [names.map((name) => ({ name, topicId: null })), TOPIC_TIMEOUT_MS],
      ({ responses }) => responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage] as const),
      ANSWERS,
    )
  }

  async topicConfigs(name: string): Promise<Readonly<Record<string, string | null>>> {
    const { results } = await this.#cluster.call(
      `reading the configuration of topic ${name}`,
      'any',
      describeConfigsV4.api,
      [
        [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configurationKeys: null }],
        false,
        false,
      ],
      (response) => response.results.map(({ errorCode, errorMessage }) => [errorCode, errorMessage] as const),
      ANSWERS,
    )
    return Object.fromEntries(
      results.flatMap(({ configs }) => configs.map((config) => [config.name, config.value ?? null])),
    )
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest' | { readonly timestamp: number },
    isolationLevel: 'read_uncommitted' | 'read_committed' = 'read_uncommitted',
  ): Promise<bigint[]> {
    const timestamp = at === 'earliest' ? EARLIEST : at === 'latest' ? LATEST : BigInt(at.timestamp)
    const isCommittedOnly = isolationLevel === 'read_committed'
    const found = await listOffsets(this.#cluster, partitions, timestamp, isCommittedOnly, ANSWERS)
    return partitions.map((partition) => found.get(topicPartitionName(partition)) ?? -1n)
  }

  async listGroupOffsets(
    groupId: string,
  ): Promise<{ partition: TopicPartition; offset: OffsetAndMetadata }[]> {
    return [...(await fetchCommitted(this.#cluster, groupId, null)).values()]
  }

  async alterGroupOffsets(
    groupId: string,
    offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
  ): Promise<void> {
    if (offsets.size === 0) return
    await this.#cluster.retry(
      `altering the offsets of group ${groupId}`,
      () => commitOffsets(this.#cluster, groupId, offsets),
      ANSWERS,
    )
  }

  async deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const topics = [...byTopic(partitions)].map(([name, numbers]) => ({
      name,
      partitions: numbers.map((partitionIndex) => ({ partitionIndex })),
    }))
    await this.#cluster.call(
      `deleting offsets of group ${groupId}`,
      { group: groupId },
      offsetDeleteV0.api,
      [groupId, topics],
      (response) => [
        [response.errorCode] as const,
        ...response.topics.flatMap((topic) => topic.partitions.map(({ errorCode }) => [errorCode] as const)),
      ],
      ANSWERS,
    )
  }

  async listGroups(): Promise<GroupListing[]> {
    const found = await this.#cluster.retry('listing the groups of the cluster', async () => {
      const groups: GroupListing[] = []
      for (const node of await this.#cluster.nodes()) {
        const response = await this.#cluster.request(node, listGroupsV4.api, [[], []])
        check(response.errorCode, `listing the groups of broker ${node}`)
        for (const { groupId, protocolType, groupState } of response.groups) {
          groups.push({ groupId, protocolType, ...(groupState ? { state: groupState } : {}) })
        }
      }
      return groups
    })
    return found.sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  }

  async deleteGroup(groupId: string): Promise<void> {
    await this.#cluster.call(
      `deleting group ${groupId}`,
      { group: groupId },
      deleteGroupsV2.api,
      [[groupId]],
      ({ results }) =>
        results
          .filter(({ errorCode }) => errorCode !== ErrorCode.groupIdNotFound)
          .map(({ errorCode }) => [errorCode] as const),
    )
  }

  async describeGroup(groupId: string): Promise<GroupDescription> {
    const { groups } = await this.#cluster.call(
      `describing group ${groupId}`,
      { group: groupId },
      describeGroupsV5.api,
      [[groupId], false],
      (response) => response.groups.map(({ errorCode }) => [errorCode] as const),
    )
    const group = groups[0]
    return {
      groupId,
      state: group?.groupState ?? 'Dead',
      protocolType: group?.protocolType ?? '',
      protocol: group?.protocolData ?? '',
      members: (group?.members ?? []).map(({ memberId, clientId, groupInstanceId, memberAssignment }) => ({
        memberId,
        clientId,
        ...(groupInstanceId ? { groupInstanceId } : {}),
        partitions: group?.protocolType === 'consumer' ? decodeAssignment(memberAssignment).partitions : [],
      })),
    }
  }

  async removeMembers(groupId: string, memberIds: readonly string[]): Promise<void> {
    if (memberIds.length === 0) return
    await this.#cluster.call(
      `removing members of group ${groupId}`,
      { group: groupId },
      leaveGroupV4.api,
      [groupId, memberIds.map((memberId) => ({ memberId }))],
      ({ errorCode, members }) => [
        [errorCode] as const,
        ...members
          // Who is gone need not be removed.
          .filter((member) => member.errorCode !== ErrorCode.unknownMemberId)
          .map((member) => [member.errorCode] as const),
      ],
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#cluster.close()
    return this.#closing
  }

  #metadata(topics: readonly string[] | null): Promise<ClusterMetadata> {
    return this.#cluster.retry('reading the metadata of the cluster', () => this.#cluster.metadata(topics))
  }
}

function creationOf({ name, partitions, replicationFactor, configs = {} }: NewTopic): {
  name: string
  numPartitions: number
  replicationFactor: number
  assignments: []
  configs: { name: string; value: string }[]
} {
  return {
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
}
