/**
 * A map with a limit of entries and of their total weight. The entries that were not used for the longest time go
 * first. An entry heavier than that by itself is not kept.
 */
export class BoundedCache<K, V> {
  readonly #entries = new Map<K, V>()
  /** Of entries that weigh anything. */
  readonly #weights = new Map<K, number>()
  readonly #limit: number
  readonly #mostWeight: number
  #weight = 0

  constructor(limit: number, mostWeight = Number.POSITIVE_INFINITY) {
    this.#limit = Math.max(1, limit)
    this.#mostWeight = mostWeight
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: K, value: V, weight = 0): void {
    this.delete(key)
    if (weight > this.#mostWeight) return
    while (this.#entries.size >= this.#limit || this.#weight + weight > this.#mostWeight) {
      const [oldest] = this.#entries.keys()
      this.delete(oldest as K)
    }
    this.#entries.set(key, value)
    if (weight === 0) return
    this.#weights.set(key, weight)
    this.#weight += weight
  }

  delete(key: K): void {
    this.#entries.delete(key)
    const weight = this.#weights.get(key)
    if (weight === undefined) return
    this.#weights.delete(key)
    this.#weight -= weight
  }

  clear(): void {
    this.#entries.clear()
    this.#weights.clear()
    this.#weight = 0
  }
}
