import type { StoreIterator } from './store.ts'

/** A {@link StoreIterator} over a function that gives the next row, undefined at the end. */
export class CursorIterator<T> implements StoreIterator<T> {
  #advance: (() => T | undefined) | null

  constructor(advance: () => T | undefined) {
    this.#advance = advance
  }

  next(): IteratorResult<T, undefined> {
    const value = this.#advance === null ? undefined : this.#advance()
    if (value !== undefined) return { done: false, value }
    this.#advance = null
    return { done: true, value: undefined }
  }

  /** Called by `for...of` when it is left early. */
  return(): IteratorResult<T, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): StoreIterator<T> {
    return this
  }

  close(): void {
    this.#advance = null
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** An iterator over nothing. */
export function emptyIterator<T>(): StoreIterator<T> {
  return new CursorIterator<T>(() => undefined)
}
