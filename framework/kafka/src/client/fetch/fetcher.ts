import { type ConsumerRecord, type TopicPartition, topicPartitionName } from '@spillway/api'

import { backoffMs } from '../cluster/cluster.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Lane } from '../cluster/connections.ts'
import type { RecordBuffers } from './record-buffers.ts'
import type { FetchResponse, FetchedPartition } from './fetch-request.ts'
import type { PartitionState } from './partition-state.ts'
import { BrokerError, ErrorCode, isRetriableCode, isTransient } from '../cluster/protocol-errors.ts'

/** Settings of a {@link Fetcher}; times in milliseconds, sizes in bytes. */
export interface FetcherOptions {
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxWaitMs: number
  readonly maxPartitionBytes: number
  readonly aheadBytes: number
  /** Largest batch that is unpacked. */
  readonly maxBatchBytes: number
  readonly readCommitted: boolean
  readonly rack: string
  readonly metadataMaxAgeMs: number
  /** Memory for records whose lifetime ends with the next {@link Fetcher.take} from their partition (decision 0015). */
  readonly buffers: RecordBuffers | undefined
}

/** How a {@link Fetcher} reaches the brokers. */
export type FetchConnections = Pick<Cluster, 'lane' | 'fetch' | 'clock'>

/** What a {@link Fetcher} asks and tells its consumer. */
export interface FetcherHost {
  readonly signal: AbortSignal
  /** Assigned partitions, in any order. */
  partitions(): Iterable<PartitionState>
  /** Node id of the leader, -1 where it is not known. */
  leaderOf(partition: TopicPartition): number
  /** Records have come, or something else that a waiting poll should look at. */
  changed(): void
  /** Leaders have moved or topics have gone. */
  metadataStale(): void
  /** The position lies outside of what the broker keeps: it must be reset. */
  outOfRange(partition: PartitionState): void
  /** A failure that no retry cures. */
  fatal(error: Error): void
  onProblem(error: unknown): void
  onSuccess(): void
}

/**
 * Requests per broker that may wait for data: the second serves partitions that become free meanwhile. Beside them
 * goes one for partitions that are known to have data, which therefore never waits: idle partitions must not hold up
 * busy ones for `maxWaitMs`.
 */
const WAITING_LANES = 2
const LEADER_CODES = new Set<number>([
  ErrorCode.notLeaderOrFollower,
  ErrorCode.leaderNotAvailable,
  ErrorCode.unknownTopicOrPartition,
  ErrorCode.fencedLeaderEpoch,
])

/**
 * Keeps a consumer's partitions fetched ahead, under one byte budget for all of them.
 *
 * Invariant: bytes fetched and not polled, and the limits of the requests under way, together stay within
 * `aheadBytes`, except that a broker always sends one whole batch, and that one request is always allowed where
 * nothing at all is buffered, or nothing of what is wanted: see {@link take}.
 */
export class Fetcher {
  readonly #cluster: FetchConnections
  readonly #options: FetcherOptions
  readonly #host: FetcherHost
  readonly #waitingLanes: readonly Lane[]
  readonly #quickLane: Lane
  readonly #busy = new Map<number, Set<Lane>>()
  readonly #backoff = new Map<number, number>()
  /** Set by the first {@link take} that wants some partitions only. */
  #wanted: ReadonlySet<PartitionState> | undefined
  /** Partitions with data, in the order in which they are drained. */
  readonly #ready: PartitionState[] = []
  #buffered = 0
  #reserved = 0
  #served = 0

  constructor(cluster: FetchConnections, options: FetcherOptions, host: FetcherHost) {
    this.#cluster = cluster
    this.#options = options
    this.#host = host
    this.#waitingLanes = Array.from({ length: WAITING_LANES }, (_, i) => cluster.lane(`fetch-${i}`))
    this.#quickLane = cluster.lane('fetch-quick')
  }

  /** Bytes fetched and not yet polled. */
  get bufferedBytes(): number {
    return this.#buffered
  }

  /**
   * Appends up to `max` records that are ready, and asks for more.
   *
   * @param wanted the partitions to take from; all for undefined. What lies fetched of others stays: from the first such call
   *   on each partition has a share of the budget, so that those which are not wanted leave room for those which are.
   * @throws {DataError} for a batch that cannot be read, once all that was read before it has been handed out
   */
  take(into: ConsumerRecord[], max: number, wanted?: ReadonlySet<PartitionState>): void {
    this.#wanted = wanted ?? (this.#wanted === undefined ? undefined : new Set(this.#host.partitions()))
    for (const state of wanted ?? this.#host.partitions()) state.release()
    const held: PartitionState[] = []
    try {
      while (into.length < max) {
        const state = this.#ready[0]
        if (state === undefined) break
        if (state.paused || wanted?.has(state) === false) {
          held.push(state)
          this.#ready.shift()
          continue
        }
        const more = state.first?.read(into, max) ?? false
        this.#buffered -= state.consumed(!more)
        if (!state.hasBuffered) this.#ready.shift()
        else if (!more) this.#ready.push(...this.#ready.splice(0, 1))
      }
    } catch (error) {
      this.#ready[0]?.consumed(false)
      // Records that go down with an error would count as polled, and be committed. A batch that throws does it again.
      if (into.length === 0) throw error
    } finally {
      this.#ready.push(...held)
    }
    this.fill()
  }

  /** To be called when the position of a partition was set. */
  seek(state: PartitionState, offset: bigint | undefined): void {
    this.#buffered -= state.bufferedBytes
    state.seek(offset)
    this.#unready(state)
  }

  /** To be called when a partition is no longer assigned. */
  remove(state: PartitionState): void {
    this.seek(state, undefined)
  }

  /** Sends the requests that are due: one for each free place of each broker with partitions to fetch. */
  fill(): void {
    if (this.#host.signal.aborted) return
    const wanted = this.#fetchable()
    if (wanted.size === 0) return
    const { aheadBytes } = this.#options
    const maxPartitionBytes = this.#partitionBytes()
    // Less than this is not worth a request: a broker sends a whole batch, however little is asked for.
    const least = Math.min(maxPartitionBytes, aheadBytes / 4)
    let budget = aheadBytes - this.#buffered - this.#reserved
    if (budget < least) budget += this.#evictPaused()
    for (const [node, states] of wanted) {
      const [lane, served] = this.#freeLane(node, states)
      if (lane === undefined || served.length === 0) continue
      if (budget >= least || this.#buffered + this.#reserved === 0) {
        const maxBytes = this.#requestBytes(served.length, wanted.size, budget)
        budget -= maxBytes
        void this.#fetch(node, lane, served, maxBytes)
        continue
      }
      const starved = served.filter((state) => this.#isStarved(state))
      if (starved.length > 0) void this.#fetch(node, lane, starved, starved.length * maxPartitionBytes)
    }
  }

  /** What is fetched ahead of one partition, and asked for at most. */
  #partitionBytes(): number {
    const { maxPartitionBytes, aheadBytes } = this.#options
    if (this.#wanted === undefined) return maxPartitionBytes
    let partitions = 0
    for (const _ of this.#host.partitions()) partitions++
    return Math.max(1, Math.min(maxPartitionBytes, Math.floor(aheadBytes / Math.max(1, partitions))))
  }

  /** Somebody waits for this partition, and nothing of it is there. */
  #isStarved(state: PartitionState): boolean {
    return this.#wanted?.has(state) === true && !state.hasBuffered
  }

  /** A share of the budget that leaves room for the other brokers, and for a second request. */
  #requestBytes(partitions: number, nodes: number, budget: number): number {
    const { maxBytes } = this.#options
    const maxPartitionBytes = this.#partitionBytes()
    const share = Math.max(Math.floor(budget / (nodes + 1)), Math.min(budget, maxPartitionBytes))
    return Math.max(1, Math.min(maxBytes, partitions * maxPartitionBytes, share))
  }

  /** Partitions to ask for, by node. Brokers fill an answer in the order asked: who has waited longest comes first. */
  #fetchable(): Map<number, PartitionState[]> {
    const partitionBytes = this.#partitionBytes()
    const wanted = [...this.#host.partitions()].filter(
      (state) =>
        !state.paused &&
        !state.inFlight &&
        state.position !== undefined &&
        state.bufferedBytes < partitionBytes,
    )
    const nodes = new Map<number, PartitionState[]>()
    const rank = (state: PartitionState): number => (this.#isStarved(state) ? -1 : state.servedAt)
    for (const state of wanted.sort((a, b) => rank(a) - rank(b))) {
      const node = this.#nodeOf(state)
      const states = nodes.get(node)
      if (node < 0) this.#host.metadataStale()
      else if (states === undefined) nodes.set(node, [state])
      else states.push(state)
    }
    return nodes
  }

  #nodeOf(state: PartitionState): number {
    const preferred = state.preferredReplica
    if (preferred !== undefined && preferred.until > this.#cluster.clock.monotonic()) return preferred.node
    state.preferredReplica = undefined
    return this.#host.leaderOf(state)
  }

  /** A connection without a request, and the partitions that one may ask for there. */
  #freeLane(node: number, states: readonly PartitionState[]): [Lane | undefined, readonly PartitionState[]] {
    const busy = this.#busy.get(node)
    const waiting = this.#waitingLanes.find((lane) => busy?.has(lane) !== true)
    if (waiting !== undefined) return [waiting, states]
    if (busy?.has(this.#quickLane) === true) return [undefined, states]
    return [this.#quickLane, states.filter(({ endOffset, fetchOffset }) => (endOffset ?? 0n) > fetchOffset)]
  }

  /** What lies fetched for paused partitions must not keep the others from being fetched. */
  #evictPaused(): number {
    let freed = 0
    for (const state of this.#ready.filter(({ paused }) => paused)) {
      freed += state.drop()
      this.#unready(state)
    }
    this.#buffered -= freed
    return freed
  }

  #unready(state: PartitionState): void {
    const index = this.#ready.indexOf(state)
    if (index >= 0) this.#ready.splice(index, 1)
  }

  /** Never rejects. */
  async #fetch(node: number, lane: Lane, states: readonly PartitionState[], maxBytes: number): Promise<void> {
    const busy = this.#busy.get(node) ?? new Set()
    this.#busy.set(node, busy.add(lane))
    this.#reserved += maxBytes
    const asked = new Map<string, { readonly state: PartitionState; readonly epoch: number }>()
    for (const state of states) {
      state.inFlight = true
      asked.set(topicPartitionName(state), { state, epoch: state.epoch })
    }
    try {
      const response = await this.#request(node, lane, states, maxBytes)
      this.#backoff.delete(node)
      this.#host.onSuccess()
      this.#accept(response, asked, node)
    } catch (error) {
      if (!this.#host.signal.aborted) await this.#failed(node, error)
    } finally {
      for (const state of states) state.inFlight = false
      busy.delete(lane)
      this.#reserved -= maxBytes
    }
    this.fill()
  }

  #request(
    node: number,
    lane: Lane,
    states: readonly PartitionState[],
    maxBytes: number,
  ): Promise<FetchResponse> {
    const { maxWaitMs, minBytes, readCommitted, rack } = this.#options
    const maxPartitionBytes = this.#partitionBytes()
    const partitions = states.map(({ topic, partition, fetchOffset }) => ({
      topic,
      partition,
      offset: fetchOffset,
      maxBytes: Math.min(maxPartitionBytes, maxBytes),
    }))
    const limits = { maxWaitMs, minBytes, maxBytes, readCommitted, rack }
    return this.#cluster.fetch(node, limits, partitions, lane, this.#options.buffers)
  }

  async #failed(node: number, error: unknown): Promise<void> {
    if (isTransient(error)) {
      this.#host.onProblem(error)
      this.#host.metadataStale()
    } else {
      this.#host.fatal(error instanceof Error ? error : new Error(String(error)))
    }
    await this.#pause(node)
  }

  async #pause(node: number): Promise<void> {
    const tries = this.#backoff.get(node) ?? 0
    this.#backoff.set(node, tries + 1)
    // Aborting is the way a closing consumer ends the pause.
    await this.#cluster.clock.sleep(backoffMs(tries), this.#host.signal).catch(() => undefined)
  }

  #accept(
    response: FetchResponse,
    asked: ReadonlyMap<string, { readonly state: PartitionState; readonly epoch: number }>,
    node: number,
  ): void {
    if (response.errorCode !== ErrorCode.none) {
      throw new BrokerError(response.errorCode, `fetching from broker ${node}`)
    }
    let problem: BrokerError | undefined
    let hasData = false
    for (const fetched of response.partitions) {
      const request = asked.get(topicPartitionName(fetched))
      if (request === undefined || request.state.epoch !== request.epoch) {
        fetched.records?.release()
        continue
      }
      if (fetched.errorCode === ErrorCode.none)
        hasData = this.#acceptRecords(request.state, fetched) || hasData
      else problem = this.#acceptError(request.state, fetched) ?? problem
    }
    if (hasData) this.#host.changed()
    if (problem !== undefined) throw problem
  }

  #acceptRecords(state: PartitionState, fetched: FetchedPartition): boolean {
    const { readCommitted, metadataMaxAgeMs, maxBatchBytes } = this.#options
    state.endOffset = readCommitted ? fetched.lastStableOffset : fetched.highWatermark
    if (fetched.preferredReadReplica >= 0) {
      const until = this.#cluster.clock.monotonic() + metadataMaxAgeMs
      state.preferredReplica = { node: fetched.preferredReadReplica, until }
    }
    const { records } = fetched
    if (records === undefined) return false
    if (records.nextOffset <= state.fetchOffset) {
      records.release()
      return false
    }
    const reader = records.readFrom(state.fetchOffset, {
      aborted: readCommitted ? fetched.abortedTransactions : [],
      maxBatchBytes,
    })
    if (!state.hasBuffered) this.#ready.push(state)
    state.add(reader, records.bytes, records.nextOffset, records.release)
    state.servedAt = ++this.#served
    this.#buffered += records.bytes
    return true
  }

  #acceptError(state: PartitionState, { errorCode }: FetchedPartition): BrokerError | undefined {
    if (errorCode === ErrorCode.offsetOutOfRange) {
      if (state.preferredReplica === undefined) this.#host.outOfRange(state)
      state.preferredReplica = undefined
      return undefined
    }
    const error = new BrokerError(errorCode, `fetching ${topicPartitionName(state)}@${state.fetchOffset}`)
    if (LEADER_CODES.has(errorCode)) {
      state.preferredReplica = undefined
      this.#host.metadataStale()
      return error
    }
    if (!isRetriableCode(errorCode)) this.#host.fatal(error)
    return error
  }
}
