import { InvalidStateStoreException } from '../../core/errors.ts'
import { pendingOf } from '../../core/synchronous.ts'

/**
 * Reads from a store for a query, which cannot wait as a task does: where a serde has to ask a service first, it is asked, and the
 * query is refused.
 *
 * @throws InvalidStateStoreException while a serde waits for its answer
 */
export function readStore<T>(storeName: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const pending = pendingOf(error)
    if (pending === undefined) throw error
    const ended = new Error('a query asks once')
    // Asked once: who asks again asks again.
    pending.settle({ sleep: () => Promise.reject(ended), failed: () => undefined }).catch(() => undefined)
    throw new InvalidStateStoreException(
      `Store ${storeName} waits for ${pending.what}: ask again in a moment`,
      error,
    )
  }
}
