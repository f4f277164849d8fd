import { type Clock, type ClusterOptions, KafkaUnavailableError, systemClock } from '@spillway/api'

import { findCoordinatorV4, metadataV12 } from '@platformatic/kafka'
import type { API } from '@platformatic/kafka'

import type { BrokerAddress, Connect, Connections, Lane } from './connections.ts'
import type { FetchLimits, FetchPartition, FetchResponse } from '../fetch/fetch-request.ts'
import type { RecordBuffers } from '../fetch/record-buffers.ts'
import type { ProduceAnswer, ProducePartition, ProduceSettings } from '../produce/produce-request.ts'
import { BrokerError, ErrorCode, check, isTransient, publicError, rootMessage } from './protocol-errors.ts'

/** One partition as the metadata show it. */
export interface PartitionMetadata {
  readonly partition: number
  /** Node id of the leader, -1 where there is none. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
}

/** One topic as the metadata show it. */
export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

/** The answer to one metadata request. */
export interface ClusterMetadata {
  readonly clusterId: string
  /** Topics that exist; those in `errors` are absent. */
  readonly topics: ReadonlyMap<string, TopicMetadata>
  /** Error code per topic that has one. */
  readonly errors: ReadonlyMap<string, number>
}

/** What a request is sent to: any broker, a node by its id, or the coordinator of a group or transactional id. */
export type Target = 'any' | number | { readonly group: string } | { readonly transactionalId: string }

/** How long and how patiently {@link Cluster.retry} tries. */
export interface RetryOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly onProblem?: (error: unknown) => void
  /** Error codes that are not tried again, though Kafka calls them retriable. */
  readonly final?: readonly number[]
  /** How long an unknown topic or partition may be one that not all brokers know yet, ms. Default `timeoutMs`. */
  readonly unknownTopicMs?: number
}

export const DEFAULT_REQUEST_TIMEOUT_MS = 30_000
const MIN_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 1_000
/** The markers of a transaction are written within milliseconds of its end: the next one waits no longer (KAFKA-5477). */
const CONCURRENT_TRANSACTIONS_MS = 20

/** The brokers of one cluster as one client sees them: addresses, coordinators, connections, requests. */
export class Cluster {
  readonly clientId: string
  readonly clock: Clock
  readonly #bootstrap: readonly BrokerAddress[]
  readonly #connections: Connections
  readonly #requestTimeoutMs: number
  readonly #nodes = new Map<number, BrokerAddress>()
  readonly #coordinators = new Map<string, number>()
  readonly #mainLane: Lane
  #next = 0

  constructor(clientId: string, options: ClusterOptions, connect: Connect, clock: Clock = systemClock) {
    this.clientId = clientId
    this.clock = clock
    this.#bootstrap = options.bootstrapServers.map(parseAddress)
    this.#requestTimeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
    this.#connections = connect(clientId, options)
    this.#mainLane = this.lane('main')
  }

  /** A connection of its own per broker; see {@link Lane}. */
  lane(name: string, requestTimeoutMs = this.#requestTimeoutMs): Lane {
    return { name, requestTimeoutMs }
  }

  /** One attempt at one request. Error codes in the response are the caller's. */
  async request<Args extends unknown[], Response>(
    target: Target,
    api: API<Args, Response>,
    args: Args,
    lane: Lane = this.#mainLane,
  ): Promise<Response> {
    if (target === 'any') return this.#requestAny(api, args, lane)
    try {
      return await this.#connections.request(await this.#address(target), lane, api, args)
    } catch (error) {
      this.forgetCoordinator(target)
      throw error
    }
  }

  /** One attempt to fetch from a node. Error codes in the response are the caller's. */
  async fetch(
    node: number,
    limits: FetchLimits,
    partitions: readonly FetchPartition[],
    lane: Lane,
    buffers?: RecordBuffers,
  ): Promise<FetchResponse> {
    return this.#connections.fetch(await this.#address(node), lane, limits, partitions, buffers)
  }

  /** One attempt to send batches to their leader; no answers come where `acks` is 0. */
  async produce(
    node: number,
    settings: ProduceSettings,
    partitions: readonly ProducePartition[],
    lane: Lane,
  ): Promise<readonly ProduceAnswer[]> {
    return this.#connections.produce(await this.#address(node), lane, settings, partitions)
  }

  /** Metadata of these topics, of all topics for null. */
  async metadata(topics: readonly string[] | null, allowAutoCreate = false): Promise<ClusterMetadata> {
    const response = await this.#requestAny(
      metadataV12.api,
      [topics === null ? null : [...topics], allowAutoCreate, false],
      this.#mainLane,
    )
    this.#nodes.clear()
    for (const { nodeId, host, port } of response.brokers) this.#nodes.set(nodeId, { host, port })
    const known = new Map<string, TopicMetadata>()
    const errors = new Map<string, number>()
    for (const topic of response.topics) {
      if (topic.name === null || topic.name === undefined) continue
      if (topic.errorCode !== ErrorCode.none) {
        errors.set(topic.name, topic.errorCode)
        continue
      }
      const partitions = topic.partitions
        .map(({ partitionIndex, leaderId, leaderEpoch, replicaNodes }) => ({
          partition: partitionIndex,
          leader: leaderId,
          leaderEpoch,
          replicas: replicaNodes,
        }))
        .sort((a, b) => a.partition - b.partition)
      known.set(topic.name, {
        name: topic.name,
        topicId: topic.topicId,
        internal: topic.isInternal,
        partitions,
      })
    }
    return { clusterId: response.clusterId ?? '', topics: known, errors }
  }

  /** Node ids of the brokers that are up, freshly read. */
  async nodes(): Promise<number[]> {
    await this.metadata([])
    return [...this.#nodes.keys()]
  }

  /** The next request looks the coordinator up again. No-op for nodes. */
  forgetCoordinator(target: Target): void {
    if (typeof target === 'object') this.#coordinators.delete(coordinatorKey(target))
  }

  /**
   * Runs one attempt after the other, with a growing pause between, while the failures are transient.
   * @throws {KafkaUnavailableError} when the time is up, with the last failure as its cause
   */
  async retry<T>(doing: string, attempt: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
    const timeoutMs = options.timeoutMs ?? this.#requestTimeoutMs
    const began = this.clock.monotonic()
    for (let tries = 0; ; tries++) {
      try {
        return await attempt()
      } catch (error) {
        const isFinal = error instanceof BrokerError && options.final?.includes(error.errorCode) === true
        if (isFinal || !isTransient(error)) throw publicError(error)
        options.onProblem?.(error)
        options.signal?.throwIfAborted()
        const limitMs = isUnknownTopic(error) ? (options.unknownTopicMs ?? timeoutMs) : timeoutMs
        const left = began + limitMs - this.clock.monotonic()
        if (left <= 0)
          throw error instanceof BrokerError ? publicError(error) : this.#unavailable(doing, error)
        const pause = isConcurrentTransaction(error) ? CONCURRENT_TRANSACTIONS_MS : backoffMs(tries)
        await this.clock.sleep(Math.min(pause, left), options.signal)
      }
    }
  }

  /** Like {@link retry}, for one request; `codesOf` names the error codes of its response. */
  call<Args extends unknown[], Response>(
    doing: string,
    target: Target,
    api: API<Args, Response>,
    args: Args,
    codesOf: (response: Response) => Iterable<readonly [code: number, detail?: string | null | undefined]>,
    options: RetryOptions & { readonly lane?: Lane } = {},
  ): Promise<Response> {
    return this.retry(
      doing,
      async () => {
        const response = await this.request(target, api, args, options.lane)
        for (const [code, detail] of codesOf(response)) {
          if (isCoordinatorMoved(code)) this.forgetCoordinator(target)
          check(code, doing, detail)
        }
        return response
      },
      options,
    )
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #requestAny<Args extends unknown[], Response>(
    api: API<Args, Response>,
    args: Args,
    lane: Lane,
  ): Promise<Response> {
    const known = [...this.#nodes.values()]
    const brokers = known.length === 0 ? this.#bootstrap : [...known, ...this.#bootstrap]
    let failure: unknown
    for (let i = 0; i < brokers.length; i++) {
      const broker = brokers[(this.#next + i) % brokers.length]
      if (broker === undefined) continue
      try {
        return await this.#connections.request(broker, lane, api, args)
      } catch (error) {
        if (!isTransient(error)) throw error
        failure = error
      }
    }
    // Another start next time, so that one broker that hangs does not cost every request its time-out.
    this.#next = (this.#next + 1) % Math.max(1, brokers.length)
    throw failure
  }

  async #address(target: Exclude<Target, 'any'>): Promise<BrokerAddress> {
    const node = typeof target === 'number' ? target : await this.#coordinator(target)
    const known = this.#nodes.get(node)
    if (known !== undefined) return known
    await this.metadata([])
    const found = this.#nodes.get(node)
    if (found === undefined) throw new BrokerError(ErrorCode.leaderNotAvailable, `reaching broker ${node}`)
    return found
  }

  async #coordinator(target: Exclude<Target, 'any' | number>): Promise<number> {
    const key = coordinatorKey(target)
    const known = this.#coordinators.get(key)
    if (known !== undefined) return known
    const [type, id] = 'group' in target ? [0, target.group] : [1, target.transactionalId]
    const response = await this.#requestAny(findCoordinatorV4.api, [type, [id]], this.#mainLane)
    const found = response.coordinators[0]
    const code = found?.errorCode ?? ErrorCode.coordinatorNotAvailable
    check(code, `finding the coordinator of ${key}`, found?.errorMessage)
    if (found === undefined) throw new BrokerError(ErrorCode.coordinatorNotAvailable, `finding ${key}`)
    this.#nodes.set(found.nodeId, { host: found.host, port: found.port })
    this.#coordinators.set(key, found.nodeId)
    return found.nodeId
  }

  #unavailable(doing: string, error: unknown): KafkaUnavailableError {
    const servers = this.#bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ')
    return new KafkaUnavailableError(
      `${doing}: Kafka at ${servers} (bootstrap.servers) did not answer in time: ${rootMessage(error)}`,
      { cause: error },
    )
  }
}

/** Pause before the next attempt, ms: doubling from 50 to 1000. */
export function backoffMs(tries: number): number {
  return Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(tries, 10))
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof BrokerError && error.errorCode === ErrorCode.unknownTopicOrPartition
}

function isConcurrentTransaction(error: unknown): boolean {
  return error instanceof BrokerError && error.errorCode === ErrorCode.concurrentTransactions
}

/** True for the codes after which the coordinator is looked up again. */
export function isCoordinatorMoved(code: number): boolean {
  return code === ErrorCode.notCoordinator || code === ErrorCode.coordinatorNotAvailable
}

function coordinatorKey(target: Exclude<Target, 'any' | number>): string {
  return 'group' in target ? `group ${target.group}` : `transactional id ${target.transactionalId}`
}

function parseAddress(server: string): BrokerAddress {
  const colon = server.lastIndexOf(':')
  const host = colon < 0 ? server : server.slice(0, colon)
  return { host: host.replace(/^\[|\]$/g, ''), port: colon < 0 ? 9092 : Number(server.slice(colon + 1)) }
}
