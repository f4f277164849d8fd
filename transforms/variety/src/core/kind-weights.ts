import { MAX_KIND_LENGTH, MAX_KINDS } from './plan.ts'

/** Kinds that are counted exactly, unless said otherwise. */
export const DEFAULT_CAPACITY = 200_000
/** A kind with less than this part of all weight is forgotten when an epoch ends. */
const FORGOTTEN = 1e-9

/**
 * Learns how heavy each kind is. Memory is bounded: up to `capacity` kinds are counted exactly; from the next one on this is a
 * SpaceSaving sketch (Metwally and others, 2005; merging: Agarwal and others, "Mergeable Summaries", 2012) with as many
 * counters: a kind without a counter takes that of the lightest.
 *
 * Of every kind, with `m` counters and a total weight of `N`:
 * - `weightOf` is never less than the true weight, and more by {@link errorOf} at most, which is `N / m` at most;
 * - a kind heavier than `N / m` has a counter.
 *
 * So with `m` at least 20 times the partitions, a kind that is not known is 5 % of a partition's load at most. Both hold
 * after merging and after decay, for the decayed weights; but for what is forgotten: see {@link endEpoch}.
 */
export class KindWeights {
  readonly #capacity: number
  readonly #slots = new Map<string, number>()
  readonly #kinds: string[] = []
  readonly #weights: Float64Array
  readonly #errors: Float64Array
  /** Slots, the lightest on top, once there were more kinds than counters. */
  #heap: Uint32Array | undefined
  #places = new Uint32Array(0)
  #total = 0
  #unlearned = 0

  /** @param capacity counters, from 1 to 1,000,000; default 200,000. @throws {RangeError} for another */
  constructor(capacity = DEFAULT_CAPACITY) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_KINDS)
      throw new RangeError(`The kinds to count are 1 to ${MAX_KINDS}, not ${capacity}`)
    this.#capacity = capacity
    this.#weights = new Float64Array(capacity)
    this.#errors = new Float64Array(capacity)
  }

  /** Weights of all kinds together, without {@link unlearned}. */
  get total(): number {
    return this.#total
  }

  /** Weights of records whose kind has more than {@link MAX_KIND_LENGTH} UTF-16 units. They are not planned for. */
  get unlearned(): number {
    return this.#unlearned
  }

  /** Whether every kind has a counter of its own. */
  get isExact(): boolean {
    return this.#heap === undefined
  }

  /** Kinds that have a counter. */
  get size(): number {
    return this.#kinds.length
  }

  /** What a kind without a counter may weigh at most. */
  get unknownBound(): number {
    const heap = this.#heap
    return heap === undefined ? 0 : (this.#weights[heap[0] as number] as number)
  }

  /**
   * @param kind its name: see {@link kindName}
   * @param weight records, bytes or what the load is measured in
   * @throws {RangeError} where the weight is no finite number from 0
   * @throws {TypeError} where the kind is no text
   */
  add(kind: string, weight = 1): void {
    if (typeof kind !== 'string')
      throw new TypeError(`A kind is a text, not of type ${typeof kind}: use kindName`)
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(`A weight is a finite number from 0, not ${weight}`)
    if (kind.length > MAX_KIND_LENGTH) {
      this.#unlearned += weight
      return
    }
    this.#total += weight
    const slot = this.#slots.get(kind)
    if (slot !== undefined) this.#grow(slot, weight)
    else if (this.#heap === undefined && this.#kinds.length < this.#capacity) this.#append(kind, weight, 0)
    else this.#replace(kind, weight)
  }

  /** Undefined where the kind has no counter. */
  weightOf(kind: string): number | undefined {
    const slot = this.#slots.get(kind)
    return slot === undefined ? undefined : this.#weights[slot]
  }

  /** How much less than {@link weightOf} the true weight may be. Undefined where the kind has no counter. */
  errorOf(kind: string): number | undefined {
    const slot = this.#slots.get(kind)
    return slot === undefined ? undefined : this.#errors[slot]
  }

  /** What {@link planVariety} takes: a copy. */
  weights(): Map<string, number> {
    return new Map(this.#kinds.map((kind, slot) => [kind, this.#weights[slot] as number]))
  }

  /**
   * Makes all that was learned so far count less: old weights fade, epoch by epoch (0.5: half as much after each). A kind that has
   * less than a billionth of all weight then is forgotten, as long as kinds are counted exactly.
   *
   * @param keep from 0, which forgets everything, to 1. @throws {RangeError} for another
   */
  endEpoch(keep: number): void {
    if (!(keep >= 0 && keep <= 1)) throw new RangeError(`An epoch keeps a part from 0 to 1, not ${keep}`)
    this.#total *= keep
    this.#unlearned *= keep
    for (let slot = 0; slot < this.#kinds.length; slot++) {
      this.#weights[slot] = (this.#weights[slot] as number) * keep
      this.#errors[slot] = (this.#errors[slot] as number) * keep
    }
    if (keep === 0) this.#clear()
    else if (this.#heap === undefined) this.#forgetBelow(this.#total * FORGOTTEN)
  }

  /** Adds what another has learned. Both may have been decayed; the other stays as it is. */
  merge(other: KindWeights): void {
    const ownBound = this.unknownBound
    const otherBound = other.unknownBound
    const merged: { kind: string; weight: number; error: number }[] = []
    for (const [slot, kind] of this.#kinds.entries()) {
      const theirs = other.#slots.get(kind)
      merged.push({
        kind,
        weight:
          (this.#weights[slot] as number) +
          (theirs === undefined ? otherBound : (other.#weights[theirs] as number)),
        error:
          (this.#errors[slot] as number) +
          (theirs === undefined ? otherBound : (other.#errors[theirs] as number)),
      })
    }
    for (const [slot, kind] of other.#kinds.entries()) {
      if (this.#slots.has(kind)) continue
      merged.push({
        kind,
        weight: (other.#weights[slot] as number) + ownBound,
        error: (other.#errors[slot] as number) + ownBound,
      })
    }
    merged.sort((a, b) => b.weight - a.weight || (a.kind < b.kind ? -1 : 1))
    const isSketch = !this.isExact || !other.isExact || merged.length > this.#capacity
    const total = this.#total + other.#total
    const unlearned = this.#unlearned + other.#unlearned
    this.#clear()
    this.#total = total
    this.#unlearned = unlearned
    for (const { kind, weight, error } of merged.slice(0, this.#capacity)) this.#append(kind, weight, error)
    if (isSketch) this.#startHeap()
  }

  #append(kind: string, weight: number, error: number): void {
    const slot = this.#kinds.length
    this.#slots.set(kind, slot)
    this.#kinds.push(kind)
    this.#weights[slot] = weight
    this.#errors[slot] = error
  }

  #grow(slot: number, weight: number): void {
    this.#weights[slot] = (this.#weights[slot] as number) + weight
    if (this.#heap !== undefined) this.#sink(this.#heap, this.#places[slot] as number)
  }

  #replace(kind: string, weight: number): void {
    const heap = this.#heap ?? this.#startHeap()
    const slot = heap[0] as number
    const least = this.#weights[slot] as number
    this.#slots.delete(this.#kinds[slot] as string)
    this.#slots.set(kind, slot)
    this.#kinds[slot] = kind
    this.#errors[slot] = least
    this.#weights[slot] = least + weight
    this.#sink(heap, 0)
  }

  #startHeap(): Uint32Array {
    const heap = Uint32Array.from(this.#kinds, (_, slot) => slot)
    this.#heap = heap
    this.#places = Uint32Array.from(heap)
    for (let at = (heap.length >>> 1) - 1; at >= 0; at--) this.#sink(heap, at)
    return heap
  }

  #sink(heap: Uint32Array, from: number): void {
    const slot = heap[from] as number
    const weight = this.#weights[slot] as number
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#at(heap, child + 1) < this.#at(heap, child)) child++
      if (this.#at(heap, child) >= weight) break
      this.#put(heap, at, heap[child] as number)
      at = child
    }
    this.#put(heap, at, slot)
  }

  #at(heap: Uint32Array, place: number): number {
    return this.#weights[heap[place] as number] as number
  }

  #put(heap: Uint32Array, place: number, slot: number): void {
    heap[place] = slot
    this.#places[slot] = place
  }

  #forgetBelow(weight: number): void {
    const kept = this.#kinds.flatMap((kind, slot) =>
      (this.#weights[slot] as number) < weight
        ? []
        : [{ kind, weight: this.#weights[slot] as number, error: this.#errors[slot] as number }],
    )
    if (kept.length === this.#kinds.length) return
    const total = this.#total
    const unlearned = this.#unlearned
    this.#clear()
    this.#total = total
    this.#unlearned = unlearned
    for (const each of kept) this.#append(each.kind, each.weight, each.error)
  }

  #clear(): void {
    this.#slots.clear()
    this.#kinds.length = 0
    this.#heap = undefined
    this.#places = new Uint32Array(0)
    this.#total = 0
    this.#unlearned = 0
  }
}
