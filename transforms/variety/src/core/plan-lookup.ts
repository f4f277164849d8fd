import { hashOfBytes, hashOfText } from './hash.ts'
import { partitionOfUnplanned, type VarietyPlan } from './plan.ts'

/** Bytes, or a text that stands for its UTF-8. */
export type KeyBytes = Uint8Array | string

/** Finds partitions by a plan. No object is made for a record; a key is hashed only where its kind has several slices. */
export class PlanLookup {
  readonly plan: VarietyPlan
  /** By kind: its partition where it has one slice, else -1 minus its position in the plan. */
  readonly #kinds = new Map<string, number>()
  readonly #firstSlice: Uint32Array
  readonly #slicePartition: Uint32Array
  readonly #sliceLast: Uint32Array
  readonly #partitions: number

  constructor(plan: VarietyPlan) {
    this.plan = plan
    this.#partitions = plan.partitions
    this.#firstSlice = plan.firstSlice
    this.#slicePartition = plan.slicePartition
    this.#sliceLast = plan.sliceLast
    plan.kinds.forEach((kind, at) => {
      const first = plan.firstSlice[at] as number
      const isWhole = (plan.firstSlice[at + 1] as number) - first === 1
      this.#kinds.set(kind, isWhole ? (plan.slicePartition[first] as number) : -1 - at)
    })
  }

  /**
   * The partition of a record. It depends on the plan, the kind and the key alone, so that records of one kind and key keep
   * their order as long as the plan is the same.
   *
   * @param key null where there is none: the record then goes where `keyless` points
   * @param keyless from 0 to 2^32 - 1: which slice of its kind a record without a key goes to
   */
  partitionOf(kind: string, key: KeyBytes | null, keyless = 0): number {
    const found = this.#kinds.get(kind)
    if (found === undefined) return partitionOfUnplanned(kind, this.#partitions)
    if (found >= 0) return found
    const point = key === null ? keyless : typeof key === 'string' ? hashOfText(key) : hashOfBytes(key)
    return this.#sliced(-1 - found, point)
  }

  /** All partitions that have a slice of a kind, ascending. */
  partitionsOf(kind: string): number[] {
    const found = this.#kinds.get(kind)
    if (found === undefined) return [partitionOfUnplanned(kind, this.#partitions)]
    if (found >= 0) return [found]
    const slices = this.#slicePartition.subarray(this.#firstSlice[-1 - found], this.#firstSlice[-found])
    return [...new Set(slices)].sort((a, b) => a - b)
  }

  #sliced(at: number, point: number): number {
    let low = this.#firstSlice[at] as number
    let high = (this.#firstSlice[at + 1] as number) - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (point <= (this.#sliceLast[middle] as number)) high = middle
      else low = middle + 1
    }
    return this.#slicePartition[low] as number
  }
}
