import { hashOfText } from './hash.ts'

/** Points that a key's hash may have: 2^32. */
export const POINTS = 0x1_0000_0000
/** The most partitions that a plan may have. */
export const MAX_PARTITIONS = 1_000_000
/** The most kinds that a plan may have. */
export const MAX_KINDS = 1_000_000
/** Longest name of a kind that is learned and planned, in UTF-16 units. Records of longer ones go where their hash says. */
export const MAX_KIND_LENGTH = 256

/**
 * Which kind of record goes to which partition. A kind has one slice or several: intervals of the hashes of keys, which
 * together are all of them. A partition may have several slices of one kind, after repairs.
 */
export interface VarietyPlan {
  /** A later plan of the same topic has a higher one. A whole number, from 1. */
  readonly version: number
  readonly partitions: number
  /** Each once, ascending by UTF-16 units. */
  readonly kinds: readonly string[]
  /** What was learned when the plan was made, by the position of the kind: any unit, from 0. */
  readonly weights: Float64Array
  /** Slices of kind `i`: from `firstSlice[i]` up to, not including, `firstSlice[i + 1]`. */
  readonly firstSlice: Uint32Array
  readonly slicePartition: Uint32Array
  /** The last point of a slice; the next one begins behind it. The last slice of a kind ends at 2^32 - 1. */
  readonly sliceLast: Uint32Array
}

/** A slice of one kind: points `from` up to, not including, `to`. */
export interface Slice {
  readonly from: number
  readonly to: number
  readonly partition: number
}

/** The partition of a kind that a plan does not name: all of it goes to one. */
export function partitionOfUnplanned(kind: string, partitions: number): number {
  return hashOfText(kind) % partitions
}

/** How the load and the kinds of a plan are spread. */
export interface Spread {
  /** Weight per partition. */
  readonly load: Float64Array
  /** Kinds per partition. */
  readonly kinds: Uint32Array
  /** The largest load by the mean load; 1 where there is no load. */
  readonly imbalance: number
  readonly mostKinds: number
  /** Pairs of a kind and a partition that has a slice of it. */
  readonly pairs: number
}

/**
 * The spread of a plan, where each kind's weight is spread evenly over the hashes of its keys.
 *
 * @param weights by kind; default those that the plan was made of. A kind that is not in them has none. One that is not in the plan
 *   counts where its hash sends it.
 */
export function spreadOf(plan: VarietyPlan, weights?: ReadonlyMap<string, number>): Spread {
  const { partitions, kinds, firstSlice, slicePartition, sliceLast } = plan
  const load = new Float64Array(partitions)
  const count = new Uint32Array(partitions)
  const lastKind = new Int32Array(partitions).fill(-1)
  let pairs = 0
  const counted = (partition: number, kind: number): void => {
    if (lastKind[partition] === kind) return
    lastKind[partition] = kind
    count[partition] = (count[partition] as number) + 1
    pairs++
  }
  kinds.forEach((name, kind) => {
    const weight = weights === undefined ? (plan.weights[kind] as number) : (weights.get(name) ?? 0)
    let from = 0
    for (let i = firstSlice[kind] as number; i < (firstSlice[kind + 1] as number); i++) {
      const to = (sliceLast[i] as number) + 1
      const partition = slicePartition[i] as number
      load[partition] = (load[partition] as number) + (weight * (to - from)) / POINTS
      counted(partition, kind)
      from = to
    }
  })
  if (weights !== undefined) {
    const planned = new Set(kinds)
    let kind = kinds.length
    for (const [name, weight] of weights) {
      if (planned.has(name)) continue
      const partition = partitionOfUnplanned(name, partitions)
      load[partition] = (load[partition] as number) + weight
      counted(partition, kind++)
    }
  }
  const total = load.reduce((sum, each) => sum + each, 0)
  const most = load.reduce((max, each) => Math.max(max, each), 0)
  return {
    load,
    kinds: count,
    imbalance: total === 0 ? 1 : (most / total) * partitions,
    mostKinds: count.reduce((max, each) => Math.max(max, each), 0),
    pairs,
  }
}

/** Slices of all kinds, in the order of `kinds`, as a plan keeps them. Neighbours of one partition become one slice. */
export function planOf(
  version: number,
  partitions: number,
  kinds: readonly string[],
  weights: Float64Array,
  slicesOf: (kind: number) => readonly Slice[],
): VarietyPlan {
  const firstSlice = new Uint32Array(kinds.length + 1)
  const slicePartition: number[] = []
  const sliceLast: number[] = []
  for (let kind = 0; kind < kinds.length; kind++) {
    firstSlice[kind] = slicePartition.length
    let before = -1
    for (const { to, partition } of slicesOf(kind)) {
      if (partition === before) sliceLast.pop()
      else slicePartition.push(partition)
      sliceLast.push(to - 1)
      before = partition
    }
  }
  firstSlice[kinds.length] = slicePartition.length
  return {
    version,
    partitions,
    kinds,
    weights,
    firstSlice,
    slicePartition: Uint32Array.from(slicePartition),
    sliceLast: Uint32Array.from(sliceLast),
  }
}

/** @throws {RangeError} where a plan cannot have so many */
export function checkPartitions(partitions: number): void {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS)
    throw new RangeError(`A plan has 1 to ${MAX_PARTITIONS} partitions, not ${partitions}`)
}

/** @throws {RangeError} where it is none */
export function checkVersion(version: number): void {
  if (!Number.isSafeInteger(version) || version < 1)
    throw new RangeError(`The version of a plan is a whole number from 1, not ${version}`)
}

/**
 * Kinds that can be planned, ascending, with their weights.
 *
 * @throws {RangeError} for a weight that is no finite number from 0, and for too many kinds
 */
export function plannedKinds(weights: ReadonlyMap<string, number>): string[] {
  const kinds: string[] = []
  for (const [kind, weight] of weights) {
    if (!(weight >= 0 && weight < Infinity))
      throw new RangeError(
        `The weight of kind ${JSON.stringify(kind.slice(0, 80))} is ${weight}: it must be a finite number from 0`,
      )
    if (kind.length <= MAX_KIND_LENGTH) kinds.push(kind)
  }
  if (kinds.length > MAX_KINDS)
    throw new RangeError(`A plan has at most ${MAX_KINDS} kinds, not ${kinds.length}`)
  // By UTF-16 units, as the plan's format says: not by a language's order.
  return kinds.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
