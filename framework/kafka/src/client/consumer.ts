import { setImmediate as immediate } from 'node:timers/promises'
import {
  type AssignedPartition,
  type Clock,
  type ClusterOptions,
  CommitFailedError,
  ConnectError,
  type ConnectionProblem,
  type Consumer,
  type ConsumerGroupMetadata,
  type ConsumerOptions,
  type ConsumerRecord,
  DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
  type GroupStanding,
  IllegalWorkerStateError,
  InvalidGroupIdError,
  type OffsetAndMetadata,
  type RebalanceListener,
  type Subscription,
  type TopicPartition,
  UnknownTopicError,
  topicPartitionName,
} from '@spillway/api'

import { AssignedPartitions } from './assigned-partitions.ts'
import { Cluster, DEFAULT_REQUEST_TIMEOUT_MS } from './cluster/cluster.ts'
import type { Connect } from './cluster/connections.ts'
import { Fetcher } from './fetch/fetcher.ts'
import { GroupMember } from './group/group-member.ts'
import { OffsetCommits } from './offset-commits.ts'
import { EARLIEST, LATEST, fetchCommitted, listOffsets } from './offsets.ts'
import type { PartitionState } from './fetch/partition-state.ts'
import { Positions } from './fetch/positions.ts'
import { Problems } from './cluster/problems.ts'
import { publicError } from './cluster/protocol-errors.ts'
import { RecordBuffers } from './fetch/record-buffers.ts'
import { Rebalance } from './group/rebalance.ts'
import { Signal } from './cluster/signal.ts'
import { within } from './cluster/within.ts'
import { SubscriptionMetadata } from './cluster/subscription-metadata.ts'

const MIB = 1024 * 1024
/** How long a poll waits for a heartbeat's answer at least, where it is not sure to be a member still, ms. */
const DOUBT_MS = 1_000
/** Where the partitions come from. */
type Mode = 'none' | 'subscribed' | 'assigned'

/** The consumer of the port on Kafka's own requests: own membership, own fetching. */
export class KafkaConsumer implements Consumer {
  readonly #options: ConsumerOptions
  readonly #cluster: Cluster
  readonly #requestTimeoutMs: number
  readonly #maxPollIntervalMs: number
  readonly #problems: Problems
  readonly #signal: Signal
  readonly #abort = new AbortController()
  readonly #metadata: SubscriptionMetadata
  readonly #partitions = new AssignedPartitions(() => this.#fetcher)
  /** Does nothing before the first step, which only a subscription takes. */
  readonly #member: GroupMember
  readonly #rebalance: Rebalance
  readonly #commits: OffsetCommits
  readonly #fetcher: Fetcher
  readonly #positions: Positions
  #failure: Error | undefined
  #isWokenUp = false
  #mode: Mode = 'none'
  #polling: Promise<unknown> | undefined
  #closing: Promise<void> | undefined

  constructor(clusterOptions: ClusterOptions, options: ConsumerOptions, connect: Connect, clock: Clock) {
    this.#options = options
    this.#cluster = new Cluster(options.clientId, clusterOptions, connect, clock)
    this.#problems = new Problems(clock)
    this.#signal = new Signal(clock)
    this.#requestTimeoutMs = clusterOptions.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS
    this.#maxPollIntervalMs = options.maxPollIntervalMs ?? 300_000
    const signal = this.#abort.signal
    this.#metadata = new SubscriptionMetadata(this.#cluster, {
      maxAgeMs: options.metadataMaxAgeMs ?? 300_000,
      allowAutoCreate: options.allowAutoCreateTopics ?? true,
      signal,
      reporter: this.#problems.reporter('metadata'),
      refreshed: () => {
        this.#leaveRemade()
        this.#rebalance.checkTopics()
        this.#checkAssigned()
        this.#fetcher.fill()
        this.#signal.notify()
      },
      fatal: this.#fail,
    })
    this.#rebalance = new Rebalance(
      {
        cluster: this.#cluster,
        metadata: this.#metadata,
        partitions: this.#partitions,
        member: () => this.#member,
        signal,
        isStatic: options.groupInstanceId !== undefined,
        onProblem: this.#problems.reporter('group').problem,
      },
      options.partitionAssignmentStrategy ?? ['range', 'cooperative-sticky'],
      options.clientRack,
    )
    this.#member = this.#newMember()
    this.#commits = new OffsetCommits(
      this.#cluster,
      this.#member,
      options.groupInstanceId,
      this.#requestTimeoutMs,
    )
    this.#fetcher = this.#newFetcher()
    this.#positions = new Positions(this.#cluster, this.#fetcher, {
      groupId: options.groupId === '' ? undefined : options.groupId,
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
    this.#groupId('subscribe')
    this.#setMode('subscribed')
    this.#rebalance.listener = listener
    this.#metadata.subscribe(subscription)
    this.#rebalance.checkTopics()
  }

  assign(partitions: readonly AssignedPartition[]): void {
    this.#assertOpen()
    this.#setMode(partitions.length === 0 && this.#mode !== 'subscribed' ? 'none' : 'assigned')
    this.#partitions.replace(partitions)
    for (const partition of partitions) {
      if (partition.offset !== undefined) this.#fetcher.seek(this.#stateOf(partition), partition.offset)
    }
    this.#metadata.subscribe({ topics: [...new Set(partitions.map(({ topic }) => topic))] })
    this.#signal.notify()
  }

  async poll(timeoutMs: number, wanted?: readonly TopicPartition[]): Promise<ConsumerRecord[]> {
    this.#assertOpen()
    if (this.#mode === 'none')
      throw new IllegalWorkerStateError('poll() needs partitions: call subscribe() or assign() first')
    if (this.#polling !== undefined) throw new IllegalWorkerStateError('poll() is running already')
    const polling = this.#poll(timeoutMs, wanted)
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
    return this.#partitions.list()
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
    return [...this.#partitions.states()]
      .filter(({ paused }) => paused)
      .map(({ topic, partition }) => ({ topic, partition }))
  }

  seek(partition: TopicPartition, offset: bigint): void {
    this.#fetcher.seek(this.#stateOf(partition), offset)
    this.#fetcher.fill()
  }

  async position(partition: TopicPartition): Promise<bigint> {
    const deadline = this.#cluster.clock.monotonic() + this.#requestTimeoutMs
    for (;;) {
      this.#assertOpen()
      const { position } = this.#stateOf(partition)
      if (position !== undefined) return position
      this.#throwFailure()
      const left = deadline - this.#cluster.clock.monotonic()
      if (left <= 0) throw this.#timedOut(`finding the position of ${topicPartitionName(partition)}`)
      const resolving = this.#positions.resolve(this.#partitions.states())
      await within(this.#cluster.clock, left, resolving)
    }
  }

  async commit(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    this.#assertOpen()
    const groupId = this.#groupId('commit')
    if (offsets.size === 0) return
    const isMember = this.#mode === 'subscribed'
    for (const partition of offsets.keys()) {
      if (!isMember || this.#partitions.stateOf(partition) !== undefined) continue
      throw new CommitFailedError(
        `committing ${topicPartitionName(partition)} for group ${groupId}: the partition is not assigned to this consumer ` +
          '(any more)',
      )
    }
    const reporter = this.#problems.reporter('commit')
    try {
      await this.#commits.commit(groupId, offsets, isMember ? 'member' : 'alone', reporter.problem)
    } finally {
      // Well or not, the caller knows now.
      reporter.ok()
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<(OffsetAndMetadata | null)[]> {
    this.#assertOpen()
    const found = await fetchCommitted(this.#cluster, this.#groupId('committed'), partitions, {
      timeoutMs: this.#requestTimeoutMs,
      requireStable: this.#options.isolationLevel === 'read_committed',
    })
    return partitions.map((partition) => found.get(topicPartitionName(partition))?.offset ?? null)
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<bigint[]> {
    return this.#listOffsets(partitions, EARLIEST)
  }

  endOffsets(partitions: readonly TopicPartition[]): Promise<bigint[]> {
    return this.#listOffsets(partitions, LATEST)
  }

  lag(partition: TopicPartition): bigint | undefined {
    const state = this.#partitions.stateOf(partition)
    if (state?.position === undefined || state.endOffset === undefined) return undefined
    return state.endOffset > state.position ? state.endOffset - state.position : 0n
  }

  enforceRebalance(reason: string): void {
    this.#assertOpen()
    if (this.#mode !== 'subscribed') {
      throw new IllegalWorkerStateError('enforceRebalance() needs a subscription: call subscribe() first')
    }
    this.#member.requestRejoin(reason)
  }

  endOffset(partition: TopicPartition): bigint | undefined {
    return this.#partitions.stateOf(partition)?.endOffset
  }

  membership(): ConsumerGroupMetadata | undefined {
    const { groupId = '', groupInstanceId = null } = this.#options
    const identity = this.#member.identity()
    if (identity === undefined) return undefined
    return { groupId, groupInstanceId, memberId: identity.memberId, generation: identity.generation }
  }

  standing(): GroupStanding {
    if (this.#mode !== 'subscribed' || this.#partitions.isEmpty) return 'sure'
    if (this.#member.identity() === undefined) return 'lost'
    return this.#member.isDoubtful ? 'doubtful' : 'sure'
  }

  lastProblem(): ConnectionProblem | undefined {
    return this.#problems.last()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #poll(timeoutMs: number, wanted: readonly TopicPartition[] | undefined): Promise<ConsumerRecord[]> {
    const began = this.#cluster.clock.monotonic()
    const deadline = began + timeoutMs
    const records: ConsumerRecord[] = []
    // Whoever polls in a tight loop must still let the sockets and the heartbeats have their turn.
    await immediate()
    for (;;) {
      if (this.#isWokenUp || this.#closing !== undefined) {
        this.#isWokenUp = false
        return []
      }
      this.#throwFailure()
      if (this.#mode === 'subscribed') {
        if (this.#metadata.ready) await this.#member.step()
        else this.#member.touch()
      }
      void this.#positions.resolve(this.#partitions.states())
      const isDoubtful = this.#mode === 'subscribed' && this.#member.isDoubtful
      if (!isDoubtful)
        this.#fetcher.take(records, this.#options.maxPollRecords ?? 500, this.#statesOf(wanted))
      if (records.length > 0) return records
      // The caller must not go on with what others may have, either: a heartbeat's answer is worth a moment.
      const left =
        (isDoubtful ? Math.max(deadline, began + DOUBT_MS) : deadline) - this.#cluster.clock.monotonic()
      if (left <= 0) return []
      await this.#signal.wait(Math.min(left, this.#maxPollIntervalMs / 3))
    }
  }

  #newMember(): GroupMember {
    const { groupId = '', groupInstanceId, sessionTimeoutMs = 45_000 } = this.#options
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
    const aheadBytes = options.fetchAheadBytes ?? 32 * MIB
    return new Fetcher(
      this.#cluster,
      {
        minBytes: options.fetchMinBytes ?? 1,
        maxBytes: options.fetchMaxBytes ?? 50 * MIB,
        maxWaitMs: options.fetchMaxWaitMs ?? 500,
        maxPartitionBytes: options.maxPartitionFetchBytes ?? MIB,
        aheadBytes,
        maxBatchBytes: options.maxDecompressedBatchBytes ?? DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
        readCommitted: options.isolationLevel === 'read_committed',
        rack: options.clientRack ?? '',
        metadataMaxAgeMs: options.metadataMaxAgeMs ?? 300_000,
        buffers: options.reuseRecordBytes === true ? new RecordBuffers(aheadBytes) : undefined,
      },
      {
        signal: this.#abort.signal,
        partitions: () => this.#partitions.states(),
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
    const state = this.#partitions.stateOf(partition)
    if (state !== undefined) return state
    throw new IllegalWorkerStateError(`${topicPartitionName(partition)} is not assigned to this consumer`)
  }

  /** Those of them that are assigned now. */
  #statesOf(partitions: readonly TopicPartition[] | undefined): ReadonlySet<PartitionState> | undefined {
    if (partitions === undefined) return undefined
    const states = partitions.map((partition) => this.#partitions.stateOf(partition))
    return new Set(states.filter((state) => state !== undefined))
  }

  /** @throws {InvalidGroupIdError} where there is none. */
  #groupId(method: string): string {
    const { groupId } = this.#options
    if (groupId !== undefined && groupId !== '') return groupId
    throw new InvalidGroupIdError(
      `${method}() needs a consumer group, and this consumer was made without one (group.id)`,
    )
  }

  #setMode(mode: Mode): void {
    if (this.#mode !== 'none' && mode !== 'none' && mode !== this.#mode) {
      throw new IllegalWorkerStateError(
        'Subscription to topics and assignment of partitions are mutually exclusive: this consumer is ' +
          `${this.#mode} already`,
      )
    }
    this.#mode = mode
  }

  /** A topic that was made anew is another one, though it may be longer than where we are by now. Who decides itself is asked. */
  #leaveRemade(): void {
    for (const topic of this.#metadata.takeRemade()) {
      if (this.#options.autoOffsetReset !== 'none') continue
      for (const state of this.#partitions.states())
        if (state.topic === topic && state.position !== undefined) this.#positions.outOfRange(state)
    }
  }

  /** Partitions named by the caller may not be there: nobody else would say so. */
  #checkAssigned(): void {
    if (this.#mode !== 'assigned') return
    const reporter = this.#problems.reporter('assignment')
    const counts = this.#metadata.partitionCounts(new Set(this.#partitions.list().map(({ topic }) => topic)))
    const missing = this.#partitions
      .list()
      .find(({ topic, partition }) => partition >= (counts.get(topic) ?? Infinity))
    if (missing === undefined) reporter.ok()
    else {
      const message = `Topic ${missing.topic} has ${counts.get(missing.topic)} partitions, so none of number ${missing.partition}`
      reporter.problem(new UnknownTopicError(message))
    }
  }

  async #listOffsets(partitions: readonly TopicPartition[], timestamp: bigint): Promise<bigint[]> {
    this.#assertOpen()
    const isCommittedOnly = this.#options.isolationLevel === 'read_committed'
    const found = await listOffsets(this.#cluster, partitions, timestamp, isCommittedOnly, {
      timeoutMs: this.#requestTimeoutMs,
    })
    return partitions.map((partition) => found.get(topicPartitionName(partition)) ?? 0n)
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
      if (this.#mode === 'subscribed') await this.#rebalance.closing()
    } finally {
      if (this.#mode === 'subscribed') await this.#member.leave()
      this.#abort.abort()
      await this.#cluster.close()
      await Promise.all([this.#member.ended(), this.#metadata.ended(), this.#positions.ended()])
    }
  }
}
