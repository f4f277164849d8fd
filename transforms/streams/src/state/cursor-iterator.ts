import { paused, type StoreIterator } from './store.ts'

/** So many rows that are not wanted are passed over before a pause: a few milliseconds' worth, of disk. */
const rowsPerPause = 1_000

/**
 * Gives the next row, undefined at the end, or {@link paused} once it has passed over so many rows that are not wanted.
 */
export type Advance<T> = (passOver: number) => T | undefined | typeof paused

/** A {@link StoreIterator} over a function that gives the next row. What it reads is released with its end. */
export class CursorIterator<T> implements StoreIterator<T> {
  #advance: Advance<T> | null
  #release: (() => void) | null

  constructor(advance: Advance<T>, release: (() => void) | null = null) {
    this.#advance = advance
    this.#release = release
  }

  next(): IteratorResult<T, undefined> {
    const step = this.#step(Infinity)
    return step === paused ? this.next() : step
  }

  nextOrPause(): IteratorResult<T, undefined> | typeof paused {
    return this.#step(rowsPerPause)
  }

  #step(passOver: number): IteratorResult<T, undefined> | typeof paused {
    if (this.#advance === null) return { done: true, value: undefined }
    let value: T | undefined | typeof paused
    try {
      value = this.#advance(passOver)
    } catch (error) {
      // `for...of` does not close an iterator that throws.
      this.close()
      throw error
    }
    if (value === paused) return paused
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
