import { PartitionHeap } from './partition-heap.ts'
import { type Piece, Pieces, plannedSlices } from './pieces.ts'
import {
  checkVersion,
  partitionOfUnplanned,
  plannedKinds,
  planOf,
  POINTS,
  type Slice,
  type VarietyPlan,
} from './plan.ts'

/** Whether a repair may move what a plan has placed. */
export type PlanOrder = 'any' | 'strict'

/** How far a repair goes. */
export interface RepairOptions {
  /** The largest load by the mean load that is left as it is, and the most that a repair leaves. From 1; default 1.1. */
  readonly limit?: number
  /**
   * `strict` moves nothing that records may have been sent to: slices stay, a kind that is new stays where its hash sends it,
   * and only kinds that are {@link isFresh} are placed. So records of one key keep their order over all versions, and the
   * load is what it is. Default `any`.
   */
  readonly order?: PlanOrder
  /** Under `strict`: whether no record of a kind was sent yet. Default: none is. */
  readonly isFresh?: (kind: string) => boolean
}

/** Points of a kind that have no partition yet. */
interface Loose {
  readonly kind: number
  readonly ranges: [number, number][]
  points: number
}

/** Beyond so many slices a piece, the slices of a kind are laid side by side again. */
const MOST_CRUMBS = 8
/** Loads that differ by less are the same: what sums of floats may lose. */
const TINY = 1e-9

/**
 * The next version of a plan for weights that have changed since, with as little moved as brings every load to `limit` times the
 * mean at most. A kind without a weight leaves the plan, but not under `strict`.
 *
 * - What is above the limit is first shifted to other partitions that have the kind, as far as they are below the mean: no new
 *   pair of a kind and a partition.
 * - Then the largest pieces are cut, and given to those that have the least. Kinds that are light are given to those that have
 *   the fewest kinds.
 *
 * Kinds of a partition are not bounded as in a plan made anew.
 *
 * @throws {RangeError} as {@link planVariety}
 */
export function repairPlan(
  plan: VarietyPlan,
  weights: ReadonlyMap<string, number>,
  options: RepairOptions & { readonly version?: number } = {},
): VarietyPlan {
  const { version = plan.version + 1, limit = 1.1, order = 'any' } = options
  checkVersion(version)
  if (!(limit >= 1)) throw new RangeError(`The limit of a repair is a number from 1, not ${limit}`)
  return new PlanRepair(plan, weights, limit, order, options.isFresh ?? (() => false)).repaired(version)
}

class PlanRepair {
  readonly #old: VarietyPlan
  readonly #kinds: readonly string[]
  readonly #weights: Float64Array
  readonly #pieces: Pieces
  readonly #loose: Loose[] = []
  readonly #mean: number
  readonly #limit: number
  /** Where a partition is above the limit, it is brought down to this. */
  readonly #goal: number
  readonly #order: PlanOrder

  constructor(
    old: VarietyPlan,
    weights: ReadonlyMap<string, number>,
    limit: number,
    order: PlanOrder,
    isFresh: (kind: string) => boolean,
  ) {
    const known = new Map(old.kinds.map((kind, i) => [kind, i]))
    const all = new Map(weights)
    if (order === 'strict') for (const kind of old.kinds) if (!all.has(kind)) all.set(kind, 0)
    this.#old = old
    this.#order = order
    this.#kinds = plannedKinds(all)
    const given = Float64Array.from(this.#kinds, (kind) => all.get(kind) as number)
    this.#weights = given
    // To a mean of 1, so that sums of huge weights stay finite.
    const most = given.reduce((max, each) => Math.max(max, each), 0)
    const shares = most === 0 ? given : given.map((each) => each / most)
    this.#pieces = new Pieces(shares, old.partitions)
    this.#mean = shares.reduce((sum, each) => sum + each, 0) / old.partitions
    this.#limit = this.#mean * limit
    this.#goal = (this.#mean + this.#limit) / 2
    for (const [kind, name] of this.#kinds.entries()) {
      const at = known.get(name)
      if (at !== undefined)
        for (const { from, to, partition } of plannedSlices(old, at))
          this.#pieces.give(kind, partition, [[from, to]])
      else if (order === 'strict' && !isFresh(name))
        this.#pieces.give(kind, partitionOfUnplanned(name, old.partitions), [[0, POINTS]])
      else this.#loose.push({ kind, ranges: [[0, POINTS]], points: POINTS })
    }
  }

  repaired(version: number): VarietyPlan {
    if (this.#order === 'any') {
      this.#keepHashed()
      this.#release()
    }
    this.#place()
    return planOf(version, this.#old.partitions, this.#kinds, this.#weights, (kind) => this.#slices(kind))
  }

  /** A new kind that is light stays where its hash has sent it, where there is room. */
  #keepHashed(): void {
    const rest = this.#loose.splice(0)
    for (const loose of rest) {
      const partition = partitionOfUnplanned(this.#kinds[loose.kind] as string, this.#old.partitions)
      const weight = this.#pieces.weightOf(loose.kind, loose.points)
      const isRoom =
        this.#load(partition) + weight <= this.#mean && this.#pieces.countOf(partition) < this.#fewKinds()
      if (isRoom) this.#pieces.give(loose.kind, partition, loose.ranges)
      else this.#loose.push(loose)
    }
  }

  /** So many kinds would be on each partition of a plan made anew. */
  #fewKinds(): number {
    return Math.ceil(this.#kinds.length / this.#old.partitions)
  }

  #release(): void {
    for (let partition = 0; partition < this.#old.partitions; partition++) {
      if (!this.#isAbove(partition)) continue
      const pieces = [...this.#pieces.ofPartition(partition)].sort(
        (a, b) => this.#pieces.loadOf(b) - this.#pieces.loadOf(a) || a.kind - b.kind,
      )
      for (const piece of pieces) if (this.#isAbove(partition)) this.#shift(piece)
      for (const piece of pieces) if (this.#isAbove(partition) && piece.points > 0) this.#cut(piece)
    }
  }

  #isAbove(partition: number): boolean {
    return this.#load(partition) > this.#limit * (1 + TINY)
  }

  #load(partition: number): number {
    return this.#pieces.load[partition] as number
  }

  #shift(piece: Piece): void {
    const others = this.#pieces
      .ofKind(piece.kind)
      .filter((other) => other !== piece && this.#load(other.partition) < this.#mean)
      .sort((a, b) => this.#load(a.partition) - this.#load(b.partition))
    for (const { partition } of others) {
      const weight = Math.min(this.#load(piece.partition) - this.#goal, this.#mean - this.#load(partition))
      const points = Math.min(piece.points, this.#pieces.pointsOf(piece.kind, weight))
      if (points <= 0) return
      this.#pieces.give(piece.kind, partition, this.#pieces.take(piece, points))
      if (piece.points === 0) return
    }
  }

  #cut(piece: Piece): void {
    const excess = this.#load(piece.partition) - this.#goal
    const points = Math.min(piece.points, Math.max(1, this.#pieces.pointsOf(piece.kind, excess)))
    this.#loose.push({ kind: piece.kind, ranges: this.#pieces.take(piece, points), points })
  }

  #place(): void {
    const light = this.#mean / Math.max(1, this.#fewKinds())
    const weightOf = ({ kind, points }: Loose): number => this.#pieces.weightOf(kind, points)
    this.#loose.sort((a, b) => weightOf(b) - weightOf(a) || a.kind - b.kind)
    const byLoad = new PartitionHeap(this.#old.partitions, (partition) => this.#load(partition))
    const byKinds = this.#partitionsByKinds()
    for (const loose of this.#loose) {
      if (weightOf(loose) > light || !this.#placeLight(loose, byKinds)) this.#placeHeavy(loose, byLoad)
    }
  }

  /** Those with few kinds first, then those with little load. */
  #partitionsByKinds(): PartitionHeap {
    const step = 2 * Math.max(this.#limit, TINY)
    return new PartitionHeap(
      this.#old.partitions,
      (partition) => this.#pieces.countOf(partition) + this.#load(partition) / step / this.#old.partitions,
    )
  }

  #placeLight(loose: Loose, byKinds: PartitionHeap): boolean {
    const weight = this.#pieces.weightOf(loose.kind, loose.points)
    for (let top = byKinds.top(); top !== undefined; top = byKinds.top()) {
      if (this.#load(top) + weight <= this.#limit) {
        this.#pieces.give(loose.kind, top, loose.ranges)
        return true
      }
      byKinds.pop()
    }
    return false
  }

  /** Fills those that have least, each up to the limit: few pairs more. */
  #placeHeavy(loose: Loose, byLoad: PartitionHeap): void {
    while (loose.points > 0) {
      const own = this.#ownWithRoom(loose.kind)
      const partition = own ?? (byLoad.top() as number)
      const room = (own === undefined ? this.#limit : this.#mean) - this.#load(partition)
      const points = Math.min(loose.points, Math.max(1, this.#pieces.pointsOf(loose.kind, room)))
      this.#pieces.give(loose.kind, partition, takeRanges(loose, points))
    }
  }

  /** A partition that has the kind, and less than the mean by what can be told apart. */
  #ownWithRoom(kind: number): number | undefined {
    let best: number | undefined
    for (const { partition } of this.#pieces.ofKind(kind)) {
      if (best === undefined || this.#load(partition) < this.#load(best)) best = partition
    }
    return best !== undefined && this.#load(best) < this.#mean * 0.99 ? best : undefined
  }

  #slices(kind: number): readonly Slice[] {
    const slices = this.#pieces.slicesOf(kind)
    const pieces = this.#pieces.ofKind(kind)
    if (slices.length <= MOST_CRUMBS * pieces.length) return slices
    let from = 0
    return [...pieces]
      .sort((a, b) => a.partition - b.partition)
      .map(({ partition, points }) => {
        const to = from + points
        const slice = { from, to, partition }
        from = to
        return slice
      })
  }
}

function takeRanges(loose: Loose, points: number): [number, number][] {
  const taken: [number, number][] = []
  let rest = points
  while (rest > 0) {
    const [from, to] = loose.ranges[0] as [number, number]
    const cut = Math.min(rest, to - from)
    taken.push([from, from + cut])
    if (cut === to - from) loose.ranges.shift()
    else loose.ranges[0] = [from + cut, to]
    rest -= cut
  }
  loose.points -= points
  return taken
}
