import { type Socket, connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { UnsupportedByClientError } from '@spillway/api'

import type { Kafka, KafkaConfig } from 'kafkajs'

import { FETCH_API } from '../client/fetch/fetch-request.ts'
import type { FetchResponse } from '../client/fetch/fetch-request.ts'
import { registerCodecs } from './codecs.ts'
import { FETCH_VERSION, readFetchResponse } from './fetch-response.ts'

/**
 * kafkajs's own view of one broker: a method per request of Kafka's protocol. Each throws for an error code in the
 * answer.
 */
export interface RawBroker {
  /** Read by {@link metadata}. */
  allowAutoTopicCreation: boolean
  /** The request of a kind in the newest version that both ends know: a function that makes it. */
  lookupRequest(apiKey: number, definition: unknown): (options: unknown) => RawRequest
  isConnected(): boolean
  joinGroup(request: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    protocolType: string
    groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  }): Promise<{
    readonly generationId: number
    readonly groupProtocol: string
    readonly leaderId: string
    readonly memberId: string
    readonly members: readonly {
      readonly memberId: string
      readonly groupInstanceId: string | null
      readonly memberMetadata: Buffer
    }[]
  }>
  syncGroup(request: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  }): Promise<{ readonly memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
  offsetCommit(request: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: readonly RawTopic<{ offset: bigint; metadata: string | null }>[]
  }): Promise<unknown>
  /** All offsets of the group where no topic is named. */
  offsetFetch(request: { groupId: string; topics: readonly RawTopic<object>[] }): Promise<{
    readonly responses: readonly RawTopic<{ offset: string; metadata: string | null }>[]
  }>
  listOffsets(request: {
    replicaId: number
    isolationLevel: number
    topics: readonly RawTopic<{ timestamp: bigint }>[]
  }): Promise<{ readonly responses: readonly RawTopic<{ offset: string }>[] }>
  /** All topics where none is named. */
  metadata(topics: readonly string[]): Promise<{
    readonly clusterId: string
    readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
    readonly topicMetadata: readonly {
      readonly topic: string
      readonly isInternal: boolean
      readonly partitionMetadata: readonly {
        readonly partitionId: number
        readonly leader: number
        readonly replicas: number[]
      }[]
    }[]
  }>
  /** @param coordinatorType 0 group, 1 transaction */
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<{
    readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number }
  }>
  createTopics(request: {
    topics: readonly {
      topic: string
      numPartitions: number
      replicationFactor: number
      configEntries: readonly { readonly name: string; readonly value: string }[]
    }[]
    timeout: number
    validateOnly: boolean
  }): Promise<unknown>
  deleteRecords(request: { topics: readonly RawTopic<{ offset: bigint }>[] }): Promise<{
    readonly topics: readonly RawTopic<{ lowWatermark: string }>[]
  }>
  listGroups(): Promise<{
    readonly groups: readonly { readonly groupId: string; readonly protocolType: string }[]
  }>
  createPartitions(request: {
    topicPartitions: readonly { topic: string; count: number }[]
    timeout: number
  }): Promise<unknown>
  deleteTopics(request: { topics: readonly string[]; timeout: number }): Promise<unknown>
  describeConfigs(request: { resources: readonly { type: number; name: string }[] }): Promise<{
    readonly resources: readonly {
      readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[]
    }[]
  }>
  describeGroups(request: { groupIds: readonly string[] }): Promise<{
    readonly groups: readonly {
      readonly state: string
      readonly protocolType: string
      readonly protocol: string
      readonly members: readonly {
        readonly memberId: string
        readonly clientId: string
        readonly memberAssignment: Buffer
      }[]
    }[]
  }>
  /** Leaves error codes in the answer. */
  deleteGroups(groupIds: readonly string[]): Promise<{
    readonly results: readonly { readonly groupId: string; readonly errorCode: number }[]
  }>
  initProducerId(request: { transactionalId: string | null; transactionTimeout: number }): Promise<{
    readonly producerId: string
    readonly producerEpoch: number
  }>
  addPartitionsToTxn(
    request: RawTransaction & {
      topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
    },
  ): Promise<unknown>
  addOffsetsToTxn(request: RawTransaction & { groupId: string }): Promise<unknown>
  txnOffsetCommit(
    request: RawTransaction & {
      groupId: string
      topics: readonly RawTopic<{ offset: bigint; metadata: string | null }>[]
    },
  ): Promise<unknown>
  endTxn(request: RawTransaction & { transactionResult: boolean }): Promise<unknown>
  /** Reads its answer by {@link readFetchResponse}, error codes and all. */
  fetch(request: {
    isolationLevel: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    rackId: string
    topics: readonly RawTopic<{ fetchOffset: bigint; maxBytes: number }>[]
  }): Promise<FetchResponse>
  /** Nothing is answered where `acks` is 0. */
  produce(request: {
    transactionalId: string | null
    producerId: bigint
    producerEpoch: number
    acks: number
    timeout: number
    compression: number
    topicData: readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        readonly firstSequence: number
        readonly messages: readonly {
          readonly key: Buffer | null
          readonly value: Buffer | null
          readonly timestamp: string
          readonly headers: Readonly<Record<string, readonly Buffer[]>>
        }[]
      }[]
    }[]
  }): Promise<
    | { readonly topics: readonly { readonly partitions: readonly { readonly baseOffset: string }[] }[] }
    | undefined
  >
}

interface RawRequest {
  readonly request: { readonly apiVersion: number }
  readonly response: {
    decode(payload: Buffer): Promise<{ readonly clientSideThrottleTime?: number }>
    parse(decoded: unknown): Promise<unknown>
  }
}

/** A topic of a request or an answer, with its partitions. */
export interface RawTopic<T> {
  readonly topic: string
  readonly partitions: readonly (T & { readonly partition: number })[]
}

interface RawTransaction {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** What kafkajs gives to an assignor, with the part of it that leads to a broker. */
interface RawCluster {
  connect(): Promise<void>
  readonly brokerPool: { readonly seedBroker: RawBroker }
}

/** An open connection to a broker. */
export interface RawConnection {
  readonly broker: RawBroker
  /** False once it was destroyed, has been closed, or its session is about to expire. */
  readonly isUsable: boolean
  /** Requests under way, counted by the user. */
  requests: number
  /** Nothing new is sent. */
  isRetired: boolean
  /** Ends it at once; requests under way fail. */
  destroy(): void
}

/**
 * Connects to one broker. kafkajs hands its cluster to every custom assignor, and from there its requests can be
 * reached one by one: its own consumer cannot await a revoke, nor keep a byte budget.
 */
export async function connectRaw(config: KafkaConfig): Promise<RawConnection> {
  const sockets = new Set<Socket>()
  // Loaded where it is used: every task thread would pay for it.
  const { default: kafkajs } = await import('kafkajs')
  registerCodecs(kafkajs.CompressionCodecs)
  const kafka = new kafkajs.Kafka({
    ...config,
    // Whoever calls decides what is tried again, and what is worth a line in the log.
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: ({ host, port, ssl, onConnect }) => {
      const socket = ssl
        ? connectTls({ host, port, ...ssl }, onConnect)
        : connectPlain({ host, port }, onConnect)
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      return socket
    },
  })
  const cluster = clusterOf(kafka)
  let isDestroyed = false
  const destroy = (): void => {
    isDestroyed = true
    for (const socket of sockets) socket.destroy(new Error('The connection was closed'))
  }
  try {
    await cluster.connect()
  } catch (error) {
    destroy()
    throw error
  }
  readFetchesOurselves(cluster.brokerPool.seedBroker)
  return {
    broker: cluster.brokerPool.seedBroker,
    requests: 0,
    isRetired: false,
    destroy,
    get isUsable() {
      return !isDestroyed && cluster.brokerPool.seedBroker.isConnected()
    },
  }
}

/** Puts our reader of answers to Fetch in the place of kafkajs's. */
function readFetchesOurselves(broker: RawBroker): void {
  const lookUp = broker.lookupRequest.bind(broker)
  broker.lookupRequest = (apiKey, definition) => {
    const make = lookUp(apiKey, definition)
    if (apiKey !== FETCH_API.key) return make
    return (options) => {
      const { request } = make(options)
      if (request.apiVersion !== FETCH_VERSION) {
        throw new UnsupportedByClientError(
          `The broker does not speak Fetch version ${FETCH_VERSION}; Apache Kafka 2.3 or later is needed`,
        )
      }
      return {
        request,
        response: {
          decode: async (payload) => readFetchResponse(payload),
          parse: async (response) => response,
        },
      }
    }
  }
}

function clusterOf(kafka: Kafka): RawCluster {
  let found: unknown
  kafka.consumer({
    groupId: 'none',
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  return found as RawCluster
}
