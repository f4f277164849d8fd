import {
  ConnectError,
  isPreconditionFailed,
  type ObjectStore,
  type WriteCondition,
  type ErrorRow,
} from '@spillway/api'
import type { StoreRetrier } from '../upload/store-retrier.ts'
import { objectStoreErrors } from '../error-rows.ts'

/** Who holds a Kafka partition's ledger. */
export interface Claim {
  /** Drawn anew for each claim: tells one's own writes from those of others. */
  readonly nonce: string
  /** Generation of the consumer group, where it is known: of two claims the older one gives way. */
  readonly generation?: number | undefined
  readonly memberId?: string | undefined
}

/** What a ledger says. */
export interface LedgerState {
  readonly claim: Claim
  /** See {@link chainIdentity}. */
  readonly identity: string
  /** Everything before it is durable; undefined where nothing was committed yet. */
  readonly frontier: bigint | undefined
  /** Last durable offset of each output partition in which that is at or beyond the frontier. */
  readonly lasts: ReadonlyMap<string, bigint>
  /**
   * For each output partition, the ends of files that may be in the store in part. Any task that writes them, or writes
   * them again, ends them there. In order of offset. Only files with companions need it.
   */
  readonly cuts: Cuts
}

/** Offsets at which files of output partitions end. */
export type Cuts = ReadonlyMap<string, readonly bigint[]>

/** Another task has claimed the partition since: this one must not write it any more. */
export class ClaimLostError extends ConnectError {
  static override readonly row: ErrorRow = objectStoreErrors.rows.ClaimLostError
}

const VERSION = 1

/**
 * The ledger of one Kafka partition: a small object that moves only by compare-and-swap from a state that its writer
 * has read. Whoever wants to write the partition claims it first.
 */
export class PartitionLedger {
  readonly #store: ObjectStore
  readonly #retrier: StoreRetrier
  readonly #key: string
  #etag: string | undefined
  #state: LedgerState
  /** Ends when the swap before is over: two at a time would lose what the other one says. */
  #turn: Promise<unknown> = Promise.resolve()
  /** The claim of the new owner. What was read since holds that claim, so this task must not swap it. */
  #lostTo: Claim | undefined

  private constructor(store: ObjectStore, retrier: StoreRetrier, key: string, state: LedgerState) {
    this.#store = store
    this.#retrier = retrier
    this.#key = key
    this.#state = state
  }

  /**
   * Reads the ledger and swaps it for one with the claim; frontier and lasts stay those of the life before, where its
   * identity is the same.
   *
   * @param onIdentityChange told the state that another identity has left.
   * @throws {ClaimLostError} where a claim of a later generation stands.
   */
  static async claim(
    parts: {
      readonly store: ObjectStore
      readonly retrier: StoreRetrier
      readonly key: string
      readonly claim: Claim
      readonly identity: string
      readonly onIdentityChange?: (before: LedgerState) => void
    },
    signal: AbortSignal,
  ): Promise<PartitionLedger> {
    const { store, retrier, key, claim, identity } = parts
    const fresh: LedgerState = { claim, identity, frontier: undefined, lasts: new Map(), cuts: new Map() }
    const ledger = new PartitionLedger(store, retrier, key, fresh)
    for (;;) {
      const found = await ledger.#read(signal)
      if (found !== undefined && found.claim.nonce !== claim.nonce && isLater(found.claim, claim)) {
        throw ledger.#lost(found.claim)
      }
      const isSame = found?.identity === identity
      if (found !== undefined && !isSame) parts.onIdentityChange?.(found)
      const wanted = isSame ? { ...found, claim } : fresh
      if (await ledger.#swap(wanted, signal)) return ledger
    }
  }

  get state(): LedgerState {
    return this.#state
  }

  /**
   * Moves on from the state that stands when it is this one's turn.
   *
   * @throws {ClaimLostError} where another task has claimed the partition since.
   */
  async update(change: (state: LedgerState) => LedgerState, signal: AbortSignal): Promise<void> {
    const before = this.#turn
    const { promise: done, resolve: end } = Promise.withResolvers<void>()
    this.#turn = before.then(() => done)
    try {
      await unlessAborted(before, signal)
      await this.#update(change(this.#state), signal)
    } finally {
      end()
    }
  }

  async #update(wanted: LedgerState, signal: AbortSignal): Promise<void> {
    const { claim } = this.#state
    if (this.#lostTo !== undefined) throw this.#lost(this.#lostTo)
    while (!(await this.#swap(wanted, signal))) {
      const found = await this.#read(signal)
      // A claim of an earlier generation came late, from a task that the group has let go: it was wrong to.
      if (found !== undefined && found.claim.nonce !== claim.nonce && !isLater(claim, found.claim)) {
        this.#lostTo = found.claim
        throw this.#lost(found.claim)
      }
    }
  }

  /** False where the ledger is not as it was read last. */
  async #swap(wanted: LedgerState, signal: AbortSignal): Promise<boolean> {
    const condition: WriteCondition = this.#etag === undefined ? { absent: true } : { etag: this.#etag }
    const body = encode(wanted)
    try {
      const { etag } = await this.#retrier.run(
        () => this.#store.put(this.#key, body, { condition, contentType: 'application/json' }, signal),
        signal,
      )
      this.#etag = etag
    } catch (error) {
      if (!isPreconditionFailed(error)) throw error
      // Where only the answer was lost, what lies there is what was written.
      const object = await this.#retrier.run(() => this.#store.get(this.#key, signal), signal)
      if (object === null || !object.body.equals(body)) return false
      this.#etag = object.etag
    }
    this.#state = wanted
    return true
  }

  async #read(signal: AbortSignal): Promise<LedgerState | undefined> {
    const object = await this.#retrier.run(() => this.#store.get(this.#key, signal), signal)
    this.#etag = object?.etag
    return object === null ? undefined : decode(object.body, `${this.#store.address}/${this.#key}`)
  }

  #lost(by: Claim): ClaimLostError {
    return new ClaimLostError(
      `Another task has claimed ${this.#store.address}/${this.#key} (member ${by.memberId ?? 'unknown'}, generation ` +
        `${by.generation ?? 'unknown'}): this task no longer writes the partition. If both should run, give one of the ` +
        'connectors another name.',
    )
  }
}

/** Waits, but no longer than a signal says. @throws its reason. */
async function unlessAborted(wait: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    await Promise.race([wait, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Whether `a` comes from a later generation than `b`. Where one is unknown, the claim that stands counts as later. */
function isLater(a: Claim, b: Claim): boolean {
  return a.generation !== undefined && b.generation !== undefined && a.generation > b.generation
}

function encode(state: LedgerState): Buffer {
  const { claim, identity, frontier, lasts, cuts } = state
  return Buffer.from(
    JSON.stringify({
      version: VERSION,
      claim,
      identity,
      frontier: frontier?.toString(),
      lasts: Object.fromEntries([...lasts].map(([id, last]) => [id, last.toString()])),
      ...(cuts.size > 0 && {
        cuts: Object.fromEntries([...cuts].map(([id, ends]) => [id, ends.map(String)])),
      }),
    }),
  )
}

function decode(body: Buffer, where: string): LedgerState {
  try {
    const ledger = JSON.parse(body.toString()) as {
      version: number
      claim: Claim
      identity: string
      frontier?: string
      lasts: Record<string, string>
      cuts?: Record<string, readonly string[]>
    }
    if (ledger.version !== VERSION) throw new Error(`its version is ${ledger.version}, not ${VERSION}`)
    return {
      claim: ledger.claim,
      identity: ledger.identity,
      frontier: ledger.frontier === undefined ? undefined : BigInt(ledger.frontier),
      lasts: new Map(Object.entries(ledger.lasts).map(([id, last]) => [id, BigInt(last)])),
      cuts: new Map(Object.entries(ledger.cuts ?? {}).map(([id, ends]) => [id, ends.map(BigInt)])),
    }
  } catch (cause) {
    throw new ConnectError(
      `The ledger ${where} cannot be read: ${(cause as Error).message}. Delete it to begin anew from the committed ` +
        'offsets; records that were written but not committed may then be written again.',
      { cause },
    )
  }
}
