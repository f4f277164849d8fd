import {
  checkPartitions,
  checkVersion,
  type Slice,
  plannedKinds,
  planOf,
  POINTS,
  type VarietyPlan,
} from './plan.ts'
import { unitsOf } from './units.ts'

/**
 * Plans kinds onto partitions: the same load on each, few kinds on each.
 *
 * For `K` kinds, `P` partitions and `c` = K / P rounded up, each partition has at most `c + 1` kinds, there are at most
 * `K + P - 1` pairs of a kind and a partition, and loads differ from the mean by no more than a part of `P / 2^31`,
 * which is what rounding slices to hashes costs. No plan can do with less than `c` kinds on its fullest partition. The
 * same weights give the same plan.
 *
 * Time O(K log K), memory about 100 bytes a kind.
 *
 * @param weights by kind, in any unit: records, or bytes. Kinds with names of more than {@link MAX_KIND_LENGTH} are left out.
 * @throws {RangeError} for a weight that is no finite number from 0, and for partitions or kinds beyond the limits
 */
export function planVariety(
  weights: ReadonlyMap<string, number>,
  partitions: number,
  version = 1,
): VarietyPlan {
  checkPartitions(partitions)
  checkVersion(version)
  const kinds = plannedKinds(weights)
  const own = Float64Array.from(kinds, (kind) => weights.get(kind) as number)
  const units = unitsOf(own)
  const pieces = new Dealer(units, partitions).deal()
  return planOf(version, partitions, kinds, own, (kind) =>
    slicesOf(pieces[kind] ?? [], units[kind] as number),
  )
}

/** What a partition takes of a kind, in units. */
interface Piece {
  readonly partition: number
  readonly units: number
}

/** Cuts the hashes by the pieces' parts. A piece too small for a single hash has no slice. */
function slicesOf(pieces: readonly Piece[], whole: number): Slice[] {
  const slices: Slice[] = []
  let sum = 0
  let from = 0
  for (const [i, { partition, units }] of pieces.entries()) {
    sum += units
    const to = i === pieces.length - 1 ? POINTS : Math.round((sum / whole) * POINTS)
    if (to > from) slices.push({ from, to, partition })
    from = to
  }
  return slices
}

/**
 * "Deal and level". Kinds lie in the order of their units. Each partition is dealt `c` neighbours of that order, as heavy as
 * fit, and is levelled with a slice of the next kind; the rest of that kind goes back to its place. Where not even the
 * `c` lightest fit, it is dealt as many of them as do, and a slice.
 *
 * With `m` partitions left there are never more than `c * m` kinds left, so the last partition too has at most `c`:
 * - `c` kinds dealt: `c` less, one partition less.
 * - `r < c` dealt, because `r + 1` of the lightest are heavier than one partition's share: so the mean kind is heavier than
 *   share / (r + 1), there are less than m (r + 1) kinds, and (m - 1) (r + 1) are left at most.
 */
class Dealer {
  /** Units and kinds in ascending order; what is left of them lies from `#start` up to `#end`. */
  readonly #units: Float64Array
  readonly #kinds: Uint32Array
  #start = 0
  #end: number
  readonly #partitions: number
  readonly #share: number
  readonly #count: number
  readonly #pieces: Piece[][]

  constructor(units: Float64Array, partitions: number) {
    const order = Uint32Array.from(units, (_, kind) => kind)
    // Kinds of one weight stay in their order: the same weights give the same plan.
    order.sort((a, b) => (units[a] as number) - (units[b] as number) || a - b)
    this.#kinds = order
    this.#units = Float64Array.from(order, (kind) => units[kind] as number)
    this.#end = units.length
    this.#partitions = partitions
    // Rounded up: with this share the last partition has up to P - 1 units less, of 2^51 / P and more.
    this.#share = Math.ceil(units.reduce((sum, each) => sum + each, 0) / partitions)
    this.#count = Math.ceil(units.length / partitions)
    this.#pieces = Array.from(units, () => [])
  }

  deal(): readonly (readonly Piece[])[] {
    for (let partition = 0; partition < this.#partitions - 1; partition++) this.#fill(partition)
    while (this.#start < this.#end) this.#give(this.#partitions - 1, this.#start++)
    return this.#pieces
  }

  #fill(partition: number): void {
    const dealt = Math.min(this.#count, this.#end - this.#start)
    if (this.#sum(this.#start, dealt) > this.#share) this.#fillWithLightest(partition)
    else this.#fillWithWindow(partition, this.#heaviestThatFits(dealt), dealt)
  }

  #fillWithLightest(partition: number): void {
    let rest = this.#share
    for (; (this.#units[this.#start] as number) <= rest; this.#start++) {
      rest -= this.#units[this.#start] as number
      this.#give(partition, this.#start)
    }
    // What is left of this kind is lighter than all others: it stays first.
    this.#cut(partition, this.#start, rest)
  }

  #fillWithWindow(partition: number, from: number, dealt: number): void {
    let rest = this.#share
    for (let at = from; at < from + dealt; at++) {
      rest -= this.#units[at] as number
      this.#give(partition, at)
    }
    const next = from + dealt
    if (rest === 0 || next >= this.#end) {
      this.#remove(from, dealt)
      return
    }
    // The window one further does not fit. So the next kind is heavier than the rest, and what is left of it is heavier than
    // the lightest of those dealt: its place is theirs.
    this.#cut(partition, next, rest)
    this.#units[from] = this.#units[next] as number
    this.#kinds[from] = this.#kinds[next] as number
    this.#remove(from + 1, dealt)
  }

  /** Where the heaviest window of so many neighbours begins that is not above the share. The lightest is known to fit. */
  #heaviestThatFits(dealt: number): number {
    let low = this.#start
    let high = this.#end - dealt
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#sum(middle, dealt) <= this.#share) low = middle
      else high = middle - 1
    }
    return low
  }

  #sum(from: number, count: number): number {
    let sum = 0
    for (let at = from; at < from + count; at++) sum += this.#units[at] as number
    return sum
  }

  #give(partition: number, at: number): void {
    this.#piecesAt(at).push({ partition, units: this.#units[at] as number })
  }

  #cut(partition: number, at: number, units: number): void {
    if (units === 0) return
    this.#piecesAt(at).push({ partition, units })
    this.#units[at] = (this.#units[at] as number) - units
  }

  #piecesAt(at: number): Piece[] {
    return this.#pieces[this.#kinds[at] as number] as Piece[]
  }

  /** Closes the gap from its nearer end. */
  #remove(from: number, count: number): void {
    if (from - this.#start < this.#end - from - count) {
      this.#units.copyWithin(this.#start + count, this.#start, from)
      this.#kinds.copyWithin(this.#start + count, this.#start, from)
      this.#start += count
    } else {
      this.#units.copyWithin(from, from + count, this.#end)
      this.#kinds.copyWithin(from, from + count, this.#end)
      this.#end -= count
    }
  }
}
