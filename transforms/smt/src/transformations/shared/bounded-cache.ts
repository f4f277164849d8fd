/** Values worked out for the keys used last; no more than the limit are kept. */
export class BoundedCache<K, V extends NonNullable<unknown>> {
  readonly #limit: number
  readonly #entries = new Map<K, V>()
  #lastKey: K | undefined
  #lastValue: V | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is remembered for the key, or else what `build` makes of it. A throwing build leaves nothing behind. */
  get(key: K, build: (key: K) => V): V {
    if (key === this.#lastKey && this.#lastValue !== undefined) return this.#lastValue
    let value = this.#entries.get(key)
    if (value === undefined) {
      value = build(key)
      if (this.#entries.size >= this.#limit) {
        const [oldest] = this.#entries.keys()
        this.#entries.delete(oldest as K)
      }
    } else {
      this.#entries.delete(key)
    }
    // Set anew, so that the oldest entry of the map is the one not used for longest.
    this.#entries.set(key, value)
    this.#lastKey = key
    this.#lastValue = value
    return value
  }

  get size(): number {
    return this.#entries.size
  }
}
