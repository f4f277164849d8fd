/**
 * A binary heap that breaks ties exactly as `java.util.PriorityQueue` does: which of two records with equal timestamps comes
 * first is seen in the results of joins.
 */
export class JavaPriorityQueue<T> {
  readonly #items: T[] = []
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | null {
    return this.#items[0] ?? null
  }

  add(item: T): void {
    const items = this.#items
    let at = items.length
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      const above = items[parent] as T
      if (this.#compare(item, above) >= 0) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  poll(): T | null {
    const items = this.#items
    if (items.length === 0) return null
    const top = items[0] as T
    const last = items.pop() as T
    if (items.length > 0) this.#siftDown(last)
    return top
  }

  #siftDown(item: T): void {
    const items = this.#items
    const half = items.length >>> 1
    let at = 0
    while (at < half) {
      let child = 2 * at + 1
      const right = child + 1
      if (right < items.length && this.#compare(items[child] as T, items[right] as T) > 0) child = right
      const below = items[child] as T
      if (this.#compare(item, below) <= 0) break
      items[at] = below
      at = child
    }
    items[at] = item
  }
}
