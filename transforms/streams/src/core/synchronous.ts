import { types } from 'node:util'
import { type ErrorRow, isRetriable } from '@spillway/api'
import { StreamsException } from './errors.ts'
import { streamsErrors } from './error-rows.ts'

const advice =
  'Operators are synchronous: look values up before the topology, await them outside of it, or join a table that holds them.'

/**
 * A function of the topology gave a promise, which cannot be waited for: it is a fault of the topology and not of the record, and
 * what comes after the first `await` would run outside the turn of its processor. No exception handler is asked.
 */
export class AsyncResultException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.AsyncResultException
  readonly what: string

  /** @param where name of the node, when it is known */
  constructor(what: string, where: string | null = null) {
    super(`${where === null ? '' : `Processor ${where}: `}${what} returned a promise. ${advice}`)
    this.what = what
  }
}

/** How a runtime waits for what is pending. */
export interface PendingWait {
  /** Rejects when the runtime ends. */
  sleep(ms: number): Promise<void>
  /** Told of each try that failed for now. */
  failed(error: unknown): void
}

const firstBackoffMs = 100
const longestBackoffMs = 10_000

/**
 * A serde has to ask somebody, such as a schema registry, and will know the answer from then on. The synchronous turn ends here:
 * a runtime on Kafka waits, and does the record again; a test driver cannot.
 */
export class PendingException extends AsyncResultException {
  static override readonly row: ErrorRow = streamsErrors.rows.PendingException
  readonly #answer: Promise<unknown>
  readonly #again: () => unknown
  readonly #refused: (error: unknown) => void

  /**
   * @param answer of the first try
   * @param again asks once more
   * @param refused told of an answer that does not change by asking again
   */
  constructor(
    what: string,
    answer: Promise<unknown>,
    again: () => unknown,
    refused: (error: unknown) => void,
  ) {
    super(what)
    this.#answer = answer
    this.#again = again
    this.#refused = refused
    // Whoever cannot wait leaves it alone.
    answer.then(undefined, nothing)
  }

  /** Resolves when the serde knows its answer; asks as long as the error is one that passes. */
  async settle({ sleep, failed }: PendingWait): Promise<void> {
    let answer = this.#answer
    for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(2 * backoffMs, longestBackoffMs)) {
      try {
        await answer
        return
      } catch (error) {
        if (!isRetriable(error)) {
          this.#refused(error)
          return
        }
        failed(error)
      }
      await sleep(backoffMs)
      answer = Promise.resolve().then(this.#again)
    }
  }
}

/** The {@link PendingException} that an error of a task comes from, if it does. */
export function pendingOf(error: unknown): PendingException | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++) {
    if (each instanceof PendingException) return each
  }
  return undefined
}

/** The same error with the name of the node it happened in; other errors as they are. */
export function locatedAsync(error: unknown, node: string): unknown {
  if (error instanceof PendingException) return error
  return error instanceof AsyncResultException ? new AsyncResultException(error.what, node) : error
}

function nothing(): void {
  // The rejection of a promise that was refused is nobody's any more.
}

/** @throws AsyncResultException for a promise or another thenable */
function refuseThenable(value: object, what: string): void {
  if (typeof (value as { readonly then?: unknown }).then !== 'function') return
  // Only a real promise rejects by itself; other thenables (queries) begin their work when `then` is called.
  if (types.isPromise(value)) value.then(undefined, nothing)
  throw new AsyncResultException(what)
}

/**
 * What a function of the user gave, unless it is a promise.
 *
 * @param what names the function in the error
 * @throws AsyncResultException for a promise
 */
export function settled<T>(value: T, what: string): T {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function')
    refuseThenable(value as object, what)
  return value
}

/**
 * As {@link settled}, for functions whose result is not used or is walked through: the body of an async generator would never run.
 *
 * @throws AsyncResultException for a promise or an async iterable
 */
export function finished<T>(value: T, what: string): T {
  settled(value, what)
  if (typeof value !== 'object' || value === null) return value
  const hasOnlyAsync = Symbol.asyncIterator in value && !(Symbol.iterator in value)
  if (hasOnlyAsync) throw new AsyncResultException(what)
  return value
}
