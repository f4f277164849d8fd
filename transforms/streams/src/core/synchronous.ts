import { types } from 'node:util'
import { StreamsException } from './errors.ts'
import type { ErrorRow } from '@spillway/api'
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

/** The same error with the name of the node it happened in; other errors as they are. */
export function locatedAsync(error: unknown, node: string): unknown {
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
