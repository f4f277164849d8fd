import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises'
import {
  type ClusterOptions,
  CommitFailedError,
  ConnectError,
  type ConnectionProblem,
  type Consumer,
  type ConsumerOptions,
  type ConsumerRecord,
  DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
  IllegalWorkerStateError,
  type OffsetAndMetadata,
  type RebalanceListener,
  type Subscription,
  type TopicPartition,
} from '@spillway/api'

import { Cluster, DEFAULT_REQUEST_TIMEOUT_MS } from './cluster/cluster.ts'
import type { Connect } from './cluster/connections.ts'
import { Fetcher } from './fetch/fetcher.ts'
import { GroupMember } from './group/group-member.ts'
import { commitOffsets, fetchCommitted } from './offsets.ts'
import { partitionKey } from './fetch/partition-state.ts'
import type { PartitionState } from './fetch/partition-state.ts'
import { Positions } from './fetch/positions.ts'
import { Problems } from './cluster/problems.ts'
import { BrokerError, ErrorCode, publicError } from './cluster/protocol-errors.ts'
import { Rebalance } from './group/rebalance.ts'
import { Signal } from './cluster/signal.ts'
import { SubscriptionMetadata } from './cluster/subscription-metadata.ts'

const MIB = 1024 * 1024
const COMMIT_REFUSED = new Set<number>([
  ErrorCode.unknownMemberId,
  ErrorCode.illegalGeneration,
  ErrorCode.rebalanceInProgress,
  ErrorCode.fencedInstanceId,
])

/** The consumer of the port on Kafka's own requests: own membership, own fetching. */
export class KafkaConsumer implements Consumer {
  readonly #options: ConsumerOptions
  readonly #cluster: Cluster
  readonly #requestTimeoutMs: number
  readonly #maxPollIntervalMs: number
  readonly #problems = new Problems()
  readonly #signal = new Signal()
  readonly #abort = new AbortController()
  readonly #metadata: SubscriptionMetadata
  readonly #member: GroupMember
  readonly #rebalance: Rebalance
  readonly #fetcher: Fetcher
  readonly #positions: Positions
  #failure: Error | undefined
  #isWokenUp = false
  #isSubscribed = false
  #polling: Promise<unknown> | undefined
  #closing: Promise<void> | undefined

  constructor(clusterOptions: ClusterOptions, options: ConsumerOptions, connect: Connect) {
    this.#options = options
    this.#cluster = new Cluster(options.clientId, clusterOptions, connect)
    this.#requestTimeoutMs = clusterOptions.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
    this.#maxPollIntervalMs = options.maxPollIntervalMs ?? 300_000
    const signal = this.#abort.signal
    this.#metadata = new SubscriptionMetadata(this.#cluster, {
      maxAgeMs: options.metadataMaxAgeMs ?? 300_000,
      allowAutoCreate: options.allowAutoCreateTopics ?? true,
      signal,
      reporter: this.#problems.reporter('metadata'),
      refreshed: () => {
        this.#rebalance.checkTopics()
        this.#fetcher.fill()
        this.#signal.notify()
      },
      fatal: this.#fail,
    })
    this.#rebalance = new Rebalance(
      {
        cluster: this.#cluster,
        metadata: this.#metadata,
        fetcher: () => this.#fetcher,
        member: () => this.#member,
        signal,
        onProblem: this.#problems.reporter('group').problem,
      },
      options.partitionAssignmentStrategy ?? ['range', 'cooperative-sticky'],
      options.clientRack,
    )
    this.#member = this.#newMember()
    this.#fetcher = this.#newFetcher()
    this.#positions = new Positions(this.#cluster, this.#fetcher, {
      groupId: options.groupId,
      reset: options.autoOffsetReset ?? 'earliest',
      readCommitted: options.isolationLevel === 'read_committed',
      signal,
      reporter: this.#problems.reporter('offsets'),
      changed: () => this.#signal.notify(),
      fatal: this.#fail,
    })
  }

  subscribe(subscription: Subscription, listener: RebalanceListener): void {
    this.#assertOpen()
    this.#rebalance.listener = listener
    this.#metadata.subscribe(subscription)
    this.#isSubscribed = true
    this.#rebalance.checkTopics()
  }

  async poll(timeoutMs: number): Promise<ConsumerRecord[]> {
    this.#assertOpen()
    if (!this.#isSubscribed)
      throw new IllegalWorkerStateError('poll() needs a subscription: call subscribe() first')
    if (this.#polling !== undefined) throw new IllegalWorkerStateError('poll() is running already')
    const polling = this.#poll(timeoutMs)
    this.#polling = polling.catch(() => {})
    try {
      return await polling
    } finally {
      this.#polling = undefined
    }
  }

  wakeup(): void {
    this.#isWokenUp = true
    this.#signal.notify()
  }

  assignment(): readonly TopicPartition[] {
    return this.#rebalance.assignment()
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#stateOf(partition).paused = true
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#stateOf(partition).paused = false
    this.#fetcher.fill()
    this.#signal.notify()
  }

  paused(): readonly TopicPartition[] {
    return [...this.#rebalance.states()]
      .filter(({ paused }) => paused)
      .map(({ topic, partition }) => ({ topic, partition }))
  }

  seek(partition: TopicPartition, offset: bigint): void {
    this.#fetcher.seek(this.#stateOf(partition), offset)
    this.#fetcher.fill()
  }

  async position(partition: TopicPartition): Promise<bigint> {
    const deadline = performance.now() + this.#requestTimeoutMs
    for (;;) {
      this.#assertOpen()
      const { position } = this.#stateOf(partition)
      if (position !== undefined) return position
      this.#throwFailure()
      const left = deadline - performance.now()
      if (left <= 0) throw this.#timedOut(`finding the position of ${partitionKey(partition)}`)
      const resolving = this.#positions.resolve(this.#rebalance.states())
      await Promise.race([resolving, delay(left, undefined, { ref: false })])
    }
  }

  async commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    this.#assertOpen()
    if (offsets.size === 0) return
    for (const partition of offsets.keys()) {
      if (this.#rebalance.stateOf(partition) !== undefined) continue
      throw new CommitFailedError(
        `committing ${partitionKey(partition)} for group ${this.#options.groupId}: the partition is not assigned to ` +
          'this consumer (any more)',
      )
    }
    const doing = `committing offsets of group ${this.#options.groupId}`
    const reporter = this.#problems.reporter('commit')
    try {
      await this.#cluster.retry(doing, () => this.#commitOnce(offsets), {
        timeoutMs: this.#requestTimeoutMs,
        onProblem: reporter.problem,
      })
    } finally {
      // Well or not, the caller knows now.
      reporter.ok()
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<(OffsetAndMetadata | null)[]> {
    this.#assertOpen()
    const found = await fetchCommitted(this.#cluster, this.#options.groupId, partitions, {
      timeoutMs: this.#requestTimeoutMs,
      requireStable: this.#options.isolationLevel === 'read_committed',
    })
    return partitions.map((partition) => found.get(partitionKey(partition))?.offset ?? null)
  }

  lag(partition: TopicPartition): bigint | undefined {
    const state = this.#rebalance.stateOf(partition)
    if (state?.position === undefined || state.endOffset === undefined) return undefined
    return state.endOffset > state.position ? state.endOffset - state.position : 0n
  }

  membership(): { memberId: string; generation: number } | undefined {
    return this.#member.identity()
  }

  lastProblem(): ConnectionProblem | undefined {
    return this.#problems.last()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #poll(timeoutMs: number): Promise<ConsumerRecord[]> {
    const deadline = performance.now() + timeoutMs
    const records: ConsumerRecord[] = []
    // Whoever polls in a tight loop must still let the sockets and the heartbeats have their turn.
    await immediate()
    for (;;) {
      if (this.#isWokenUp || this.#closing !== undefined) {
        this.#isWokenUp = false
        return []
      }
      this.#throwFailure()
      if (this.#metadata.ready) await this.#member.step()
      else this.#member.touch()
      void this.#positions.resolve(this.#rebalance.states())
      this.#fetcher.take(records, this.#options.maxPollRecords ?? 500)
      if (records.length > 0) return records
      const left = deadline - performance.now()
      if (left <= 0) return []
      await this.#signal.wait(Math.min(left, this.#maxPollIntervalMs / 3))
    }
  }

  /** Commits as the present member; waits for a join under way where the coordinator says that it must end first. */
  async #commitOnce(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    const { groupId, groupInstanceId } = this.#options
    const identity = this.#member.identity()
    if (identity === undefined) {
      throw new CommitFailedError(
        `committing offsets of group ${groupId}: this consumer is not a member of the group (any more): it was too ` +
          'slow to poll (max.poll.interval.ms) or was removed; its partitions may already be with others',
      )
    }
    const as = groupInstanceId === undefined ? identity : { ...identity, groupInstanceId }
    try {
      await commitOffsets(this.#cluster, groupId, offsets, as, this.#member.lane)
    } catch (error) {
      if (!(error instanceof BrokerError) || !COMMIT_REFUSED.has(error.errorCode)) throw error
      const joining = this.#member.joining()
      const hasMovedOn = this.#member.identity()?.generation !== identity.generation
      // A cooperative member rejoins while it goes on: what it still holds it commits in the new generation.
      if (joining !== undefined || hasMovedOn) {
        await Promise.race([joining, delay(this.#requestTimeoutMs, undefined, { ref: false })])
        if (this.#member.identity() !== undefined && this.#member.joining() === undefined) {
          await this.#commitOnce(offsets)
          return
        }
      }
      if (error.errorCode !== ErrorCode.rebalanceInProgress) this.#member.membershipLost()
      throw new CommitFailedError(
        `${error.message}; the group has moved on, its partitions may be with others`,
        {
          cause: error,
        },
      )
    }
  }

  #newMember(): GroupMember {
    const { groupId, groupInstanceId, sessionTimeoutMs = 45_000 } = this.#options
    return new GroupMember(
      this.#cluster,
      {
        groupId,
        protocolType: 'consumer',
        sessionTimeoutMs,
        heartbeatIntervalMs:
          this.#options.heartbeatIntervalMs ?? Math.min(3_000, Math.ceil(sessionTimeoutMs / 3)),
        rebalanceTimeoutMs: this.#maxPollIntervalMs,
        ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
      },
      this.#rebalance,
      () => this.#signal.notify(),
      this.#problems.reporter('group'),
    )
  }

  #newFetcher(): Fetcher {
    const options = this.#options
    const reporter = this.#problems.reporter('fetch')
    return new Fetcher(
      this.#cluster,
      {
        minBytes: options.fetchMinBytes ?? 1,
        maxBytes: options.fetchMaxBytes ?? 50 * MIB,
        maxWaitMs: options.fetchMaxWaitMs ?? 500,
        maxPartitionBytes: options.maxPartitionFetchBytes ?? MIB,
        aheadBytes: options.fetchAheadBytes ?? 32 * MIB,
        maxBatchBytes: options.maxDecompressedBatchBytes ?? DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
        readCommitted: options.isolationLevel === 'read_committed',
        rack: options.clientRack ?? '',
        metadataMaxAgeMs: options.metadataMaxAgeMs ?? 300_000,
      },
      {
        signal: this.#abort.signal,
        partitions: () => this.#rebalance.states(),
        leaderOf: (partition) => this.#metadata.leaderOf(partition),
        changed: () => this.#signal.notify(),
        metadataStale: () => this.#metadata.requestRefresh(),
        outOfRange: (state) => this.#positions.outOfRange(state),
        fatal: this.#fail,
        onProblem: reporter.problem,
        onSuccess: reporter.ok,
      },
    )
  }

  readonly #fail = (error: Error): void => {
    this.#failure ??= publicError(error)
    this.#signal.notify()
  }

  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }

  #stateOf(partition: TopicPartition): PartitionState {
    const state = this.#rebalance.stateOf(partition)
    if (state !== undefined) return state
    throw new IllegalWorkerStateError(`${partitionKey(partition)} is not assigned to this consumer`)
  }

  #timedOut(doing: string): Error {
    const problem = this.#problems.last()
    return publicError(
      problem?.error ?? new ConnectError(`${doing}: no answer in ${this.#requestTimeoutMs} ms`),
    )
  }

  #assertOpen(): void {
    if (this.#closing !== undefined && this.#abort.signal.aborted) {
      throw new IllegalWorkerStateError('The consumer is closed')
    }
  }

  async #close(): Promise<void> {
    this.#signal.notify()
    await this.#polling
    try {
      await this.#rebalance.closing()
    } finally {
      if (this.#isSubscribed) await this.#member.leave()
      this.#abort.abort()
      await this.#cluster.close()
      await Promise.all([this.#member.ended(), this.#metadata.ended(), this.#positions.ended()])
    }
  }
}
