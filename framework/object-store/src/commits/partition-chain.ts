import { randomUUID } from 'node:crypto'
import {
  type OffsetAndMetadata,
  type RawConfig,
  RetriableError,
  type SinkTaskContext,
  type TopicPartition,
} from '@spillway/api'
import type { UploadRunner } from './commits.ts'
import type { WriterSettings } from '../settings/writer-settings.ts'
import { ChainCommits } from './chain-commits.ts'
import { chainIdentity } from './chain-identity.ts'
import { type ClaimLostError, type LedgerState, PartitionLedger } from './partition-ledger.ts'

export interface PartitionChainParts {
  readonly partition: TopicPartition
  readonly settings: WriterSettings
  readonly runner: UploadRunner
  readonly context: SinkTaskContext
  readonly config: RawConfig
  /**
   * The group's position as it was when the partition was assigned: where this task reads from. A later one is not its
   * business: it may belong to another life of the group.
   */
  readonly committed: OffsetAndMetadata | null | undefined
  /** Told where the claim turns out to be another task's while files are written. */
  readonly onLost: (error: ClaimLostError) => void
}

/** Longest that a commit waits for the ledger, in ms. */
const ADVANCE_TIMEOUT_MS = 15_000

/** What the metadata of a commit begins with that a ledger stands behind. */
const MARK = 'spillway:'

/** One Kafka partition under exactly-once: its claim, its ledger, and the chains of its output partitions. */
export class PartitionChain {
  readonly commits: ChainCommits
  readonly #ledger: PartitionLedger
  readonly #context: SinkTaskContext
  readonly #nonce: string
  /** What the ledger says; undefined where that does not count any more. */
  #frontier: bigint | undefined
  #hasAdvanced = false

  private constructor(
    ledger: PartitionLedger,
    commits: ChainCommits,
    context: SinkTaskContext,
    frontier: bigint | undefined,
  ) {
    this.#ledger = ledger
    this.commits = commits
    this.#context = context
    this.#nonce = ledger.state.claim.nonce
    this.#frontier = frontier
  }

  /** Claims the partition. No record of it may be processed before that. @throws {ClaimLostError} */
  static async claim(parts: PartitionChainParts, signal: AbortSignal): Promise<PartitionChain> {
    const { partition, settings, runner, context, config } = parts
    const { topic } = partition
    const connector = context.connectorName
    const topicId = await runner.resources.retrier.run(() => topicIdOf(topic, context), signal)
    const identity = chainIdentity({
      connector,
      topic,
      topicId,
      config,
      ...(settings.keysWithoutEffect !== undefined && { keysWithoutEffect: settings.keysWithoutEffect }),
    })
    const nonce = randomUUID()
    const ledger = await PartitionLedger.claim(
      {
        store: runner.resources.store,
        retrier: runner.resources.retrier,
        key: settings.naming.ledger(connector, partition),
        claim: { nonce, ...context.membership?.() },
        identity,
        onIdentityChange: ({ frontier }) =>
          context.logger.warn(
            `Settings of ${connector} that change names or contents of objects are different now, or ${topic} was created ` +
              `again: ${topic}-${partition.partition} starts new files. Records from offset ${frontier ?? 0n} on that were ` +
              'written under the old settings but not committed are written again under the new ones.',
          ),
      },
      signal,
    )
    const state = afterReset(ledger.state, parts)
    const wasReset = state !== ledger.state
    const commits = new ChainCommits(partition, {
      settings,
      runner,
      identity,
      connector,
      ledger: state,
      plan: (cuts, aborted) => ledger.update((now) => ({ ...now, cuts: cuts() }), aborted),
      onLost: parts.onLost,
    })
    // The first commit after a reset has a mark: from then on the ledger must hold the same offset.
    return new PartitionChain(ledger, commits, context, wasReset ? undefined : state.frontier)
  }

  /** Whether the ledger says by now what this life has done. */
  get hasAdvanced(): boolean {
    return this.#hasAdvanced
  }

  /**
   * Notes in the ledger that everything before `offset` is durable.
   *
   * @returns what to commit to Kafka; undefined where the store is too slow to answer now.
   * @throws {ClaimLostError}
   */
  async advance(offset: bigint, signal: AbortSignal): Promise<OffsetAndMetadata | undefined> {
    if (this.#frontier === undefined || this.#frontier < offset) {
      const timeout = new AbortController()
      const timer = this.#context.clock
        .sleep(ADVANCE_TIMEOUT_MS, AbortSignal.any([signal, timeout.signal]))
        .then(() => timeout.abort(new Error('the ledger did not answer in time')))
        .catch(() => undefined)
      try {
        const either = AbortSignal.any([signal, timeout.signal])
        const { commits } = this
        await this.#ledger.update(
          (state) => ({ ...state, frontier: offset, lasts: commits.lastsFrom(offset), cuts: commits.cuts() }),
          either,
        )
        this.#frontier = offset
        this.#hasAdvanced = true
      } catch (error) {
        if (timeout.signal.aborted) return undefined
        throw error
      } finally {
        timeout.abort()
        await timer
      }
    }
    return { offset, metadata: `${MARK}${this.#nonce}` }
  }
}

/**
 * Where to begin: by the ledger, unless someone has set the group to another offset since. That commit has no mark, and
 * it wins: from there on records are written again where no object begins with them.
 */
function afterReset(state: LedgerState, { partition, context, committed }: PartitionChainParts): LedgerState {
  if (!committed || state.frontier === undefined || committed.offset === state.frontier) return state
  if (committed.metadata?.startsWith(MARK) === true) return state
  context.logger.warn(
    `${partition.topic}-${partition.partition} was reset to offset ${committed.offset}, where the ledger has ${state.frontier}: ` +
      `starting at ${committed.offset}. Records are not written again where an object begins with them.`,
  )
  return { ...state, frontier: committed.offset, lasts: new Map() }
}

/** The topic's id, where the worker can tell it: a passing failure must not look like another topic. */
async function topicIdOf(topic: string, context: SinkTaskContext): Promise<string | undefined> {
  if (context.topicId === undefined) return undefined
  const id = await context.topicId(topic)
  if (id === undefined)
    throw new RetriableError(`asking Kafka for the id of topic ${topic} failed: it is not known`)
  return id
}
