/**
 * Partitions, the first in an order on top. The order may depend on what changes, as long as a partition only ever moves back:
 * whoever is on top is looked at anew when asked for.
 */
export class PartitionHeap {
  readonly #heap: Uint32Array
  #size: number
  readonly #isBefore: (a: number, b: number) => boolean
  readonly #key: (partition: number) => number
  /** What {@link #key} was when the partition was put in its place. */
  readonly #seen: Float64Array

  /** @param key to order by, ascending; equal ones by their number. */
  constructor(partitions: number, key: (partition: number) => number) {
    this.#heap = Uint32Array.from({ length: partitions }, (_, i) => i)
    this.#size = partitions
    this.#key = key
    this.#seen = Float64Array.from({ length: partitions }, (_, i) => key(i))
    const seen = this.#seen
    this.#isBefore = (a, b) => {
      const difference = (seen[a] as number) - (seen[b] as number)
      return difference < 0 || (difference === 0 && a < b)
    }
    for (let at = (partitions >>> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  /** The first, undefined where none is left. */
  top(): number | undefined {
    while (this.#size > 0) {
      const first = this.#heap[0] as number
      const key = this.#key(first)
      if (key === this.#seen[first]) return first
      this.#seen[first] = key
      this.#sink(0)
    }
    return undefined
  }

  /** Takes the first away. */
  pop(): void {
    this.#size--
    this.#heap[0] = this.#heap[this.#size] as number
    this.#sink(0)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const moved = heap[from] as number
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#isBefore(heap[child + 1] as number, heap[child] as number)) child++
      if (!this.#isBefore(heap[child] as number, moved)) break
      heap[at] = heap[child] as number
      at = child
    }
    heap[at] = moved
  }
}
