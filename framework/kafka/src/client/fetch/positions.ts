import { ConnectError, OffsetOutOfRangeError, topicPartitionName } from '@spillway/api'
import type { Cluster } from '../cluster/cluster.ts'
import type { Fetcher } from './fetcher.ts'
import { EARLIEST, LATEST, fetchCommitted, listOffsets } from '../offsets.ts'
import type { PartitionState } from './partition-state.ts'
import type { ProblemReporter } from '../cluster/problems.ts'

/** Settings and callbacks of {@link Positions}. */
export interface PositionsOptions {
  /** Undefined for a consumer without a group: nothing is committed then. */
  readonly groupId: string | undefined
  readonly reset: 'earliest' | 'latest' | 'none'
  readonly readCommitted: boolean
  readonly signal: AbortSignal
  readonly reporter: ProblemReporter
  readonly changed: () => void
  readonly fatal: (error: Error) => void
}

const FOREVER = { timeoutMs: Infinity } as const

/** Finds where assigned partitions begin: the committed offset, else what `auto.offset.reset` says. */
export class Positions {
  readonly #cluster: Cluster
  readonly #fetcher: Fetcher
  readonly #options: PositionsOptions
  /** Partitions whose position lay outside of the log, and what it was. */
  readonly #outOfRange = new Map<PartitionState, bigint>()
  #task: Promise<void> | undefined

  constructor(cluster: Cluster, fetcher: Fetcher, options: PositionsOptions) {
    this.#cluster = cluster
    this.#fetcher = fetcher
    this.#options = options
  }

  /** The position is not in the log (any more): resets it, past the committed offset. */
  outOfRange(state: PartitionState): void {
    this.#outOfRange.set(state, state.fetchOffset)
    this.#fetcher.seek(state, undefined)
    this.#options.changed()
  }

  /** Looks for the positions that are not known, in the background; one search at a time. */
  resolve(states: Iterable<PartitionState>): Promise<void> | undefined {
    if (this.#task !== undefined) return this.#task
    const unknown = [...states].filter(({ position }) => position === undefined)
    if (unknown.length === 0 || this.#options.signal.aborted) return undefined
    this.#task = this.#resolve(unknown)
      .catch((error: unknown) => {
        if (this.#options.signal.aborted) return
        this.#options.fatal(error instanceof Error ? error : new Error(String(error)))
      })
      .finally(() => {
        this.#task = undefined
        this.#options.changed()
      })
    return this.#task
  }

  async ended(): Promise<void> {
    await this.#task
  }

  async #resolve(states: readonly PartitionState[]): Promise<void> {
    const { groupId, readCommitted, signal, reporter } = this.#options
    const retry = { ...FOREVER, signal, onProblem: reporter.problem }
    const epochs = new Map(states.map((state) => [state, state.epoch]))
    const apply = (state: PartitionState, offset: bigint): void => {
      // Sought or revoked meanwhile: that counts.
      if (state.epoch !== epochs.get(state) || state.position !== undefined) return
      this.#outOfRange.delete(state)
      this.#fetcher.seek(state, offset)
    }
    const fresh = states.filter((state) => !this.#outOfRange.has(state))
    const committed =
      fresh.length === 0 || groupId === undefined
        ? new Map<string, never>()
        : await fetchCommitted(this.#cluster, groupId, fresh, { ...retry, requireStable: readCommitted })
    reporter.ok()
    const toReset: PartitionState[] = []
    for (const state of states) {
      const found = committed.get(topicPartitionName(state))
      if (found === undefined) toReset.push(state)
      else apply(state, found.offset.offset)
    }
    if (toReset.length === 0) return
    const offsets = await this.#listResetOffsets(toReset, retry)
    for (const state of toReset) {
      const offset = offsets.get(topicPartitionName(state))
      if (offset !== undefined) apply(state, offset)
    }
    reporter.ok()
  }

  #listResetOffsets(
    states: readonly PartitionState[],
    retry: Parameters<typeof listOffsets>[4],
  ): Promise<Map<string, bigint>> {
    const { reset, groupId, readCommitted } = this.#options
    if (reset === 'none') throw this.#noOffset(states, groupId)
    return listOffsets(this.#cluster, states, reset === 'earliest' ? EARLIEST : LATEST, readCommitted, retry)
  }

  #noOffset(states: readonly PartitionState[], groupId: string | undefined): ConnectError {
    const remedy = groupId === undefined ? 'seek an offset' : 'commit an offset for the group'
    const rest = `and auto.offset.reset is none; ${remedy}, or set it to earliest or latest`
    const lost = states.flatMap((state) => {
      const offset = this.#outOfRange.get(state)
      return offset === undefined ? [] : [{ topic: state.topic, partition: state.partition, offset }]
    })
    if (lost.length === 0) {
      const none = groupId === undefined ? 'no offset was sought' : `group ${groupId} has no committed offset`
      const names = states.map((state) => topicPartitionName(state)).join(', ')
      return new ConnectError(`${names}: ${none} ${rest}`)
    }
    const names = lost.map((at) => `${topicPartitionName(at)}: offset ${at.offset} is out of range`)
    return new OffsetOutOfRangeError(`${names.join(', ')} ${rest}`, lost)
  }
}
