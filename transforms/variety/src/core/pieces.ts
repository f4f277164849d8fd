import { POINTS, type Slice, type VarietyPlan } from './plan.ts'

/** What one partition has of one kind, while a plan is repaired. */
export class Piece {
  readonly kind: number
  readonly partition: number
  points = 0
  /** Each from, up to and not including: pairs of numbers. */
  #ranges: number[] = []

  constructor(kind: number, partition: number) {
    this.kind = kind
    this.partition = partition
  }

  add(from: number, to: number): void {
    this.#ranges.push(from, to)
    this.points += to - from
  }

  /** Takes points away, the smallest ranges first, so that pieces do not crumble. @returns the ranges, as {@link add} takes them */
  take(points: number): [from: number, to: number][] {
    const taken: [number, number][] = []
    const ranges = this.ranges().sort(([a, b], [c, d]) => b - a - (d - c) || a - c)
    let rest = points
    while (rest > 0) {
      const [from, to] = ranges[0] as [number, number]
      const cut = Math.min(rest, to - from)
      taken.push([to - cut, to])
      if (cut === to - from) ranges.shift()
      else ranges[0] = [from, to - cut]
      rest -= cut
    }
    this.#ranges = ranges.flat()
    this.points -= points
    return taken
  }

  ranges(): [from: number, to: number][] {
    const ranges: [number, number][] = []
    for (let i = 0; i < this.#ranges.length; i += 2)
      ranges.push([this.#ranges[i] as number, this.#ranges[i + 1] as number])
    return ranges
  }
}

/** Who has what, and how heavy that is. */
export class Pieces {
  readonly partitions: number
  readonly load: Float64Array
  readonly #weightOfPoint: Float64Array
  readonly #ofKind: Piece[][]
  readonly #ofPartition: Set<Piece>[]

  /** @param weights by kind */
  constructor(weights: Float64Array, partitions: number) {
    this.partitions = partitions
    this.load = new Float64Array(partitions)
    this.#weightOfPoint = weights.map((weight) => weight / POINTS)
    this.#ofKind = Array.from(weights, () => [])
    this.#ofPartition = Array.from({ length: partitions }, () => new Set())
  }

  ofKind(kind: number): readonly Piece[] {
    return this.#ofKind[kind] as Piece[]
  }

  ofPartition(partition: number): Iterable<Piece> {
    return this.#ofPartition[partition] as Set<Piece>
  }

  countOf(partition: number): number {
    return (this.#ofPartition[partition] as Set<Piece>).size
  }

  loadOf(piece: Piece): number {
    return this.weightOf(piece.kind, piece.points)
  }

  weightOf(kind: number, points: number): number {
    return points * (this.#weightOfPoint[kind] as number)
  }

  /** Points of a kind that weigh so much, rounded to the nearest. */
  pointsOf(kind: number, weight: number): number {
    const each = this.#weightOfPoint[kind] as number
    return each === 0 ? POINTS : Math.round(weight / each)
  }

  give(kind: number, partition: number, ranges: readonly (readonly [number, number])[]): void {
    const ofKind = this.#ofKind[kind] as Piece[]
    let piece = ofKind.find((each) => each.partition === partition)
    if (piece === undefined) {
      piece = new Piece(kind, partition)
      ofKind.push(piece)
      ;(this.#ofPartition[partition] as Set<Piece>).add(piece)
    }
    let points = 0
    for (const [from, to] of ranges) {
      piece.add(from, to)
      points += to - from
    }
    this.load[partition] = (this.load[partition] as number) + this.weightOf(kind, points)
  }

  /** @returns the ranges taken */
  take(piece: Piece, points: number): [number, number][] {
    const { kind, partition } = piece
    const ranges = piece.take(points)
    this.load[partition] = (this.load[partition] as number) - this.weightOf(kind, points)
    if (piece.points === 0) {
      ;(this.#ofPartition[partition] as Set<Piece>).delete(piece)
      this.#ofKind[kind] = (this.#ofKind[kind] as Piece[]).filter((each) => each !== piece)
    }
    return ranges
  }

  slicesOf(kind: number): Slice[] {
    return this.ofKind(kind)
      .flatMap((piece) => piece.ranges().map(([from, to]) => ({ from, to, partition: piece.partition })))
      .sort((a, b) => a.from - b.from)
  }
}

/** Slices of one kind of a plan. */
export function plannedSlices(plan: VarietyPlan, kind: number): Slice[] {
  const slices: Slice[] = []
  let from = 0
  for (let i = plan.firstSlice[kind] as number; i < (plan.firstSlice[kind + 1] as number); i++) {
    const to = (plan.sliceLast[i] as number) + 1
    slices.push({ from, to, partition: plan.slicePartition[i] as number })
    from = to
  }
  return slices
}
