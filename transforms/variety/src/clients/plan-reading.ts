import { type VarietyPlan } from '../core/plan.ts'
import { type NewestPlan } from '../core/plan-adoption.ts'
import { PlanAssembler } from '../core/plan-chunks.ts'

/** What follows a plan topic. */
export interface FollowOptions {
  /** The compacted topic of the plan: one partition. */
  readonly planTopic: string
  /** Is given each plan that comes. */
  readonly plan: NewestPlan
  /** The group to read with; nothing is committed. Each process needs one of its own. Default: a new name. */
  readonly groupId?: string
  /** Is told of each plan that is followed from now on. */
  readonly onPlan?: (plan: VarietyPlan) => void
  /** Is told why a plan cannot be read (`DamagedPlanError`), or why the topic cannot; the plan before stays. Default: a process warning. */
  readonly onError?: (error: Error) => void
}

/** A plan topic that is being read. */
export interface PlanFollower {
  /**
   * Resolves once what the topic had at the start is read: before that, records go where the hash of their kind says, or where an
   * older plan says. Rejects where the topic cannot be read, or {@link close} comes first.
   */
  readonly ready: Promise<void>
  /** Ends the reading, and awaits its end. May be called again. */
  close(): Promise<void>
}

/** After so many ms without a further record, what has come is all: the topic may end with markers of transactions. */
const QUIET_MS = 1000

/** Reads plans out of records, and knows when all are read that were there at the start. */
export class PlanReading {
  readonly ready: Promise<void>
  readonly #options: FollowOptions
  readonly #assembler = new PlanAssembler()
  readonly #settle: { resolve: () => void; reject: (error: Error) => void }
  #end = 0n
  #quiet: NodeJS.Timeout | undefined

  constructor(options: FollowOptions) {
    this.#options = options
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ready = promise
    this.#settle = { resolve, reject }
    // Nobody has to await it.
    promise.catch(() => undefined)
  }

  /**
   * To be called before the first record.
   *
   * @param partitions first offset and end of each partition of the topic as reading begins
   * @throws {Error} where these are not those of one partition
   */
  startsBefore(partitions: readonly { readonly start: bigint; readonly end: bigint }[]): void {
    const [only, ...more] = partitions
    if (only === undefined || more.length > 0)
      throw new Error(
        `${this.#options.planTopic} has ${partitions.length} partitions: a plan lies in a topic of one`,
      )
    const { start, end } = only
    this.#end = end
    if (start >= end) this.#settle.resolve()
  }

  record(key: Uint8Array | null, value: Uint8Array | null, offset: bigint): void {
    try {
      const plan = this.#assembler.add(key, value)
      if (plan !== undefined) {
        this.#options.plan.adopt(plan)
        this.#options.onPlan?.(plan)
      }
    } catch (error) {
      this.tell(new Error(`${this.#options.planTopic}-0@${offset}: ${messageOf(error)}`, { cause: error }))
    }
    clearTimeout(this.#quiet)
    if (offset >= this.#end - 1n) this.#settle.resolve()
    else this.#quiet = setTimeout(this.#settle.resolve, QUIET_MS)
  }

  /** Reading has ended. */
  end(error?: Error): void {
    clearTimeout(this.#quiet)
    this.#settle.reject(
      error ?? new Error(`${this.#options.planTopic}: its reading was closed before all was read`),
    )
  }

  /** The topic cannot be read. */
  fail(error: unknown): void {
    this.end(
      new Error(`The plan topic ${this.#options.planTopic} cannot be read: ${messageOf(error)}`, {
        cause: error,
      }),
    )
  }

  tell(error: Error): void {
    if (this.#options.onError === undefined) process.emitWarning(error)
    else this.#options.onError(error)
  }
}

/** A name that no other process has. */
export function ownGroup({ groupId, planTopic }: FollowOptions): string {
  return groupId ?? `spillway-variety-${planTopic}-${crypto.randomUUID()}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
