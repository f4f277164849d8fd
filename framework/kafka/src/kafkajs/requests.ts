import { UnsupportedByClientError } from '@spillway/api'
import { ErrorCode } from '../client/cluster/protocol-errors.ts'
import { codeOf } from './kafkajs-errors.ts'
import type { RawBroker, RawTopic } from './raw-broker.ts'

/** Asks a broker through kafkajs: takes what Kafka's request says, and answers with the fields of its response. */
type Handler = (broker: RawBroker, args: readonly unknown[]) => Promise<unknown>

/** A handler, typed by the arguments it is called with; which they are, the API key says. */
function handler<Args extends readonly unknown[]>(
  run: (broker: RawBroker, ...args: Args) => Promise<unknown>,
): Handler {
  return (broker, args) => run(broker, ...(args as unknown as Args))
}

interface CommitTopic {
  readonly name: string
  readonly partitions: readonly {
    readonly partitionIndex: number
    readonly committedOffset: bigint
    readonly committedMetadata: string | null
  }[]
}

/** The requests of the client, by Kafka's API key. */
export const HANDLERS: ReadonlyMap<number, Handler> = new Map([
  [2, handler(listOffsets)],
  [3, handler(metadata)],
  [8, handler(offsetCommit)],
  [9, handler(offsetFetch)],
  [10, handler(findCoordinator)],
  [11, handler(joinGroup)],
  [12, handler(heartbeat)],
  [13, handler(leaveGroup)],
  [14, handler(syncGroup)],
  [15, handler(describeGroups)],
  [16, handler(listGroups)],
  [19, handler(createTopics)],
  [20, handler(deleteTopics)],
  [21, handler(deleteRecords)],
  [22, handler(initProducerId)],
  [24, handler(addPartitionsToTxn)],
  [25, handler(addOffsetsToTxn)],
  [26, handler(endTxn)],
  [28, handler(txnOffsetCommit)],
  [32, handler(describeConfigs)],
  [37, handler(createPartitions)],
  [42, handler(deleteGroups)],
])

/** The answer, or the error code that there was instead. */
async function coded<T>(answer: Promise<T>): Promise<{ readonly errorCode: number; readonly answer?: T }> {
  try {
    return { errorCode: ErrorCode.none, answer: await answer }
  } catch (error) {
    const errorCode = codeOf(error)
    if (errorCode === undefined) throw error
    return { errorCode }
  }
}

async function joinGroup(
  broker: RawBroker,
  groupId: string,
  sessionTimeout: number,
  rebalanceTimeout: number,
  memberId: string,
  _groupInstanceId: null,
  protocolType: string,
  groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[],
): Promise<unknown> {
  const { errorCode, answer } = await coded(
    broker.joinGroup({ groupId, sessionTimeout, rebalanceTimeout, memberId, protocolType, groupProtocols }),
  )
  return {
    errorCode,
    generationId: answer?.generationId ?? -1,
    protocolName: answer?.groupProtocol ?? null,
    leader: answer?.leaderId ?? '',
    memberId: answer?.memberId ?? '',
    members: (answer?.members ?? []).map(({ memberId: id, groupInstanceId, memberMetadata }) => ({
      memberId: id,
      groupInstanceId,
      metadata: memberMetadata,
    })),
  }
}

async function syncGroup(
  broker: RawBroker,
  groupId: string,
  generationId: number,
  memberId: string,
  _groupInstanceId: null,
  _protocolType: string,
  _protocolName: string,
  assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
): Promise<unknown> {
  const groupAssignment = assignments.map(({ memberId: id, assignment }) => ({
    memberId: id,
    memberAssignment: assignment,
  }))
  const { errorCode, answer } = await coded(
    broker.syncGroup({ groupId, generationId, memberId, groupAssignment }),
  )
  return { errorCode, assignment: answer?.memberAssignment ?? Buffer.alloc(0) }
}

async function heartbeat(
  broker: RawBroker,
  groupId: string,
  groupGenerationId: number,
  memberId: string,
): Promise<unknown> {
  return await coded(broker.heartbeat({ groupId, groupGenerationId, memberId }))
}

async function leaveGroup(
  broker: RawBroker,
  groupId: string,
  leaving: readonly { readonly memberId: string }[],
): Promise<unknown> {
  const members: { memberId: string; errorCode: number }[] = []
  for (const { memberId } of leaving) {
    const { errorCode } = await coded(broker.leaveGroup({ groupId, memberId }))
    members.push({ memberId, errorCode })
  }
  return { errorCode: ErrorCode.none, members }
}

async function offsetCommit(
  broker: RawBroker,
  groupId: string,
  groupGenerationId: number,
  memberId: string,
  _groupInstanceId: null,
  topics: readonly CommitTopic[],
): Promise<unknown> {
  const { errorCode } = await coded(
    broker.offsetCommit({ groupId, groupGenerationId, memberId, topics: topics.map(offsetsOf) }),
  )
  return { topics: topics.map((topic) => ({ ...topic, partitions: withCode(topic.partitions, errorCode) })) }
}

/**
 * kafkajs has no version of the request that waits for offsets of transactions that are not finished: what it reads
 * may be older by one such transaction.
 */
async function offsetFetch(
  broker: RawBroker,
  groups: readonly {
    readonly groupId: string
    readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null
  }[],
): Promise<unknown> {
  const answers: unknown[] = []
  for (const { groupId, topics } of groups) {
    const asked = (topics ?? []).map(({ name, partitionIndexes }) => ({
      topic: name,
      partitions: partitionIndexes.map((partition) => ({ partition })),
    }))
    const { errorCode, answer } = await coded(broker.offsetFetch({ groupId, topics: asked }))
    answers.push({
      groupId,
      errorCode,
      topics: (answer?.responses ?? []).map(({ topic, partitions }) => ({
        name: topic,
        partitions: partitions.map(({ partition, offset, metadata: text }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          metadata: text,
          errorCode: ErrorCode.none,
        })),
      })),
    })
  }
  return { groups: answers }
}

async function listOffsets(
  broker: RawBroker,
  replicaId: number,
  isolationLevel: number,
  topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly timestamp: bigint }[]
  }[],
): Promise<unknown> {
  const asked = topics.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.map(({ partitionIndex, timestamp }) => ({ partition: partitionIndex, timestamp })),
  }))
  const { errorCode, answer } = await coded(broker.listOffsets({ replicaId, isolationLevel, topics: asked }))
  const found: readonly RawTopic<{ offset?: string }>[] = answer?.responses ?? asked
  return {
    topics: found.map(({ topic, partitions }) => ({
      name: topic,
      partitions: partitions.map(({ partition, offset = '-1' }) => ({
        partitionIndex: partition,
        errorCode,
        offset: BigInt(offset),
      })),
    })),
  }
}

/** kafkajs fails as a whole where one topic is in error: then each is asked for by itself. */
async function metadata(
  broker: RawBroker,
  names: readonly string[] | null,
  allowAutoCreate: boolean,
): Promise<unknown> {
  const ask = (topics: readonly string[]): ReturnType<RawBroker['metadata']> => {
    broker.allowAutoTopicCreation = allowAutoCreate
    return broker.metadata(topics)
  }
  const all = await coded(ask(names ?? []))
  if (all.answer !== undefined) {
    const wanted = names === null ? undefined : new Set(names)
    const found = all.answer.topicMetadata.filter(({ topic }) => wanted?.has(topic) ?? true)
    return { ...all.answer, topics: found.map(topicOf) }
  }
  const cluster = await ask([])
  const topics: unknown[] = []
  for (const name of names ?? []) {
    const { errorCode, answer } = await coded(ask([name]))
    const found = answer?.topicMetadata[0]
    topics.push(found === undefined ? { name, errorCode, partitions: [] } : topicOf(found))
  }
  return { ...cluster, topics }
}

type RawTopicMetadata = Awaited<ReturnType<RawBroker['metadata']>>['topicMetadata'][number]

function topicOf({ topic, isInternal, partitionMetadata }: RawTopicMetadata): unknown {
  return {
    errorCode: ErrorCode.none,
    name: topic,
    topicId: '',
    isInternal,
    partitions: partitionMetadata.map(({ partitionId, leader, replicas }) => ({
      partitionIndex: partitionId,
      leaderId: leader,
      leaderEpoch: -1,
      replicaNodes: replicas,
    })),
  }
}

async function findCoordinator(
  broker: RawBroker,
  coordinatorType: number,
  keys: readonly string[],
): Promise<unknown> {
  const coordinators: unknown[] = []
  for (const groupId of keys) {
    const { errorCode, answer } = await coded(broker.findGroupCoordinator({ groupId, coordinatorType }))
    coordinators.push({ errorCode, ...answer?.coordinator })
  }
  return { coordinators }
}

async function describeGroups(broker: RawBroker, groupIds: readonly string[]): Promise<unknown> {
  const { errorCode, answer } = await coded(broker.describeGroups({ groupIds }))
  if (answer === undefined) return { groups: [{ errorCode }] }
  return {
    groups: answer.groups.map((group) => ({
      ...group,
      errorCode,
      groupState: group.state,
      protocolData: group.protocol,
    })),
  }
}

async function createTopics(
  broker: RawBroker,
  topics: readonly {
    readonly name: string
    readonly numPartitions: number
    readonly replicationFactor: number
    readonly configs: readonly { readonly name: string; readonly value: string }[]
  }[],
  timeout: number,
  validateOnly: boolean,
): Promise<unknown> {
  const answers: { name: string; errorCode: number }[] = []
  // One by one: kafkajs tells one error code of several.
  for (const { name, numPartitions, replicationFactor, configs } of topics) {
    const topic = { topic: name, numPartitions, replicationFactor, configEntries: configs }
    const { errorCode } = await coded(broker.createTopics({ topics: [topic], timeout, validateOnly }))
    answers.push({ name, errorCode })
  }
  return { topics: answers }
}

/** One partition by itself: kafkajs throws for all where one is in error. */
async function deleteRecords(
  broker: RawBroker,
  topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly offset: bigint }[]
  }[],
): Promise<unknown> {
  const answers: unknown[] = []
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, offset } of partitions) {
      const asked = [{ topic: name, partitions: [{ partition: partitionIndex, offset }] }]
      const { errorCode, answer } = await coded(broker.deleteRecords({ topics: asked }))
      const lowWatermark = BigInt(answer?.topics[0]?.partitions[0]?.lowWatermark ?? -1)
      answers.push({ name, partitions: [{ partitionIndex, lowWatermark, errorCode }] })
    }
  }
  return { topics: answers }
}

async function listGroups(broker: RawBroker): Promise<unknown> {
  const { errorCode, answer } = await coded(broker.listGroups())
  return { errorCode, groups: answer?.groups ?? [] }
}

async function createPartitions(
  broker: RawBroker,
  topics: readonly { readonly name: string; readonly count: number }[],
  timeout: number,
): Promise<unknown> {
  const topicPartitions = topics.map(({ name, count }) => ({ topic: name, count }))
  const { errorCode } = await coded(broker.createPartitions({ topicPartitions, timeout }))
  return { results: [{ errorCode }] }
}

async function deleteTopics(
  broker: RawBroker,
  topics: readonly { readonly name: string }[],
  timeout: number,
): Promise<unknown> {
  const { errorCode } = await coded(broker.deleteTopics({ topics: topics.map(({ name }) => name), timeout }))
  return { responses: [{ errorCode }] }
}

async function describeConfigs(
  broker: RawBroker,
  asked: readonly { readonly resourceType: number; readonly resourceName: string }[],
): Promise<unknown> {
  const { errorCode, answer } = await coded(
    broker.describeConfigs({
      resources: asked.map(({ resourceType, resourceName }) => ({ type: resourceType, name: resourceName })),
    }),
  )
  if (answer === undefined) return { results: [{ errorCode }] }
  return {
    results: answer.resources.map(({ configEntries }) => ({
      errorCode,
      configs: configEntries.map(({ configName, configValue }) => ({ name: configName, value: configValue })),
    })),
  }
}

async function deleteGroups(broker: RawBroker, groupIds: readonly string[]): Promise<unknown> {
  return await broker.deleteGroups(groupIds)
}

async function initProducerId(
  broker: RawBroker,
  transactionalId: string | null,
  transactionTimeout: number,
): Promise<unknown> {
  const { errorCode, answer } = await coded(broker.initProducerId({ transactionalId, transactionTimeout }))
  return {
    errorCode,
    producerId: BigInt(answer?.producerId ?? -1),
    producerEpoch: answer?.producerEpoch ?? -1,
  }
}

async function addPartitionsToTxn(
  broker: RawBroker,
  transactions: readonly {
    readonly transactionalId: string
    readonly producerId: bigint
    readonly producerEpoch: number
    readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
  }[],
): Promise<unknown> {
  for (const { transactionalId, producerId, producerEpoch, topics } of transactions) {
    await broker.addPartitionsToTxn({
      transactionalId,
      producerId,
      producerEpoch,
      topics: topics.map(({ name, partitions }) => ({ topic: name, partitions })),
    })
  }
  return { resultsByTransaction: [] }
}

async function addOffsetsToTxn(
  broker: RawBroker,
  transactionalId: string,
  producerId: bigint,
  producerEpoch: number,
  groupId: string,
): Promise<unknown> {
  return await coded(broker.addOffsetsToTxn({ transactionalId, producerId, producerEpoch, groupId }))
}

async function txnOffsetCommit(
  broker: RawBroker,
  transactionalId: string,
  groupId: string,
  producerId: bigint,
  producerEpoch: number,
  generation: number,
  memberId: string,
  _groupInstanceId: string | null,
  topics: readonly CommitTopic[],
): Promise<unknown> {
  if (generation >= 0 || memberId !== '') {
    throw new UnsupportedByClientError(
      `Offsets of group ${groupId} cannot be committed in a transaction on behalf of a member: kafkajs does not send ` +
        'its generation, so a member that the group has left behind would not be fenced (KIP-447); use ' +
        'kafka.client=platformatic',
    )
  }
  const { errorCode } = await coded(
    broker.txnOffsetCommit({
      transactionalId,
      groupId,
      producerId,
      producerEpoch,
      topics: topics.map(offsetsOf),
    }),
  )
  return { topics: topics.map((topic) => ({ ...topic, partitions: withCode(topic.partitions, errorCode) })) }
}

async function endTxn(
  broker: RawBroker,
  transactionalId: string,
  producerId: bigint,
  producerEpoch: number,
  transactionResult: boolean,
): Promise<unknown> {
  return await coded(broker.endTxn({ transactionalId, producerId, producerEpoch, transactionResult }))
}

function offsetsOf({ name, partitions }: CommitTopic): RawTopic<{ offset: bigint; metadata: string | null }> {
  return {
    topic: name,
    partitions: partitions.map(({ partitionIndex, committedOffset, committedMetadata }) => ({
      partition: partitionIndex,
      offset: committedOffset,
      metadata: committedMetadata,
    })),
  }
}

/** kafkajs tells one error code of several, and not whose it is. */
function withCode<T extends object>(partitions: readonly T[], errorCode: number): object[] {
  return partitions.map((partition) => ({ ...partition, errorCode }))
}
