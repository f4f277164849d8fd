import { nextOrPause, paused, type StoreIterator } from '../state/store.ts'

/** An iteration over rows, each turned into something else when it is reached. */
export class MappedIterator<A, B> implements StoreIterator<B> {
  readonly #rows: StoreIterator<A>
  readonly #map: (row: A) => B

  constructor(rows: StoreIterator<A>, map: (row: A) => B) {
    this.#rows = rows
    this.#map = map
  }

  next(): IteratorResult<B, undefined> {
    return this.#mapped(this.#rows.next())
  }

  nextOrPause(): IteratorResult<B, undefined> | typeof paused {
    const step = nextOrPause(this.#rows)
    return step === paused ? paused : this.#mapped(step)
  }

  #mapped(step: IteratorResult<A, undefined>): IteratorResult<B, undefined> {
    if (step.done === true) return { done: true, value: undefined }
    try {
      return { done: false, value: this.#map(step.value) }
    } catch (error) {
      // `for...of` does not close an iterator that throws.
      this.close()
      throw error
    }
  }

  return(): IteratorResult<B, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): StoreIterator<B> {
    return this
  }

  close(): void {
    this.#rows.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
