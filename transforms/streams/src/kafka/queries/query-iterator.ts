import { setImmediate } from 'node:timers/promises'
import { nextOrPause, paused, type StoreIterator } from '../../state/store.ts'

/** So long a `for await` holds the thread before others have their turn, ms. */
const sliceMs = 5
/** So many rows are read between two looks at the clock. */
const rowsPerLook = 32

/**
 * Rows that a query found: read one by one from a snapshot, as they are asked for. `for of` reads without a pause; `for await` lets the
 * tasks of the process go on every few milliseconds, so a long range holds nobody up. What is left before its end is to be closed.
 */
export class QueryIterator<T> implements StoreIterator<T>, AsyncIterable<T> {
  readonly #rows: StoreIterator<T>

  constructor(rows: StoreIterator<T>) {
    this.#rows = rows
  }

  next(): IteratorResult<T, undefined> {
    return this.#rows.next()
  }

  nextOrPause(): IteratorResult<T, undefined> | typeof paused {
    return nextOrPause(this.#rows)
  }

  return(): IteratorResult<T, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): StoreIterator<T> {
    return this
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    try {
      for (let since = performance.now(), rows = 1; ; rows++) {
        const step = nextOrPause(this.#rows)
        if (step !== paused) {
          if (step.done === true) return undefined
          yield step.value
          if (rows % rowsPerLook !== 0) continue
        }
        if (performance.now() - since < sliceMs) continue
        await setImmediate()
        since = performance.now()
      }
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#rows.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
