import type { StoreIterator } from './store.ts'

/** A {@link StoreIterator} over a function that gives the next row, undefined at the end. What it reads is released with its end. */
export class CursorIterator<T> implements StoreIterator<T> {
  #advance: (() => T | undefined) | null
  #release: (() => void) | null

  constructor(advance: () => T | undefined, release: (() => void) | null = null) {
    this.#advance = advance
    this.#release = release
  }

  next(): IteratorResult<T, undefined> {
    if (this.#advance === null) return { done: true, value: undefined }
    let value: T | undefined
    try {
      value = this.#advance()
    } catch (error) {
      // `for...of` does not close an iterator that throws.
      this.close()
      throw error
    }
    if (value !== undefined) return { done: false, value }
    this.close()
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
    const release = this.#release
    this.#release = null
    release?.()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** An iterator over nothing. */
export function emptyIterator<T>(): StoreIterator<T> {
  return new CursorIterator<T>(() => undefined)
}
