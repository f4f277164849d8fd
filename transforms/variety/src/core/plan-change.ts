import { plannedSlices } from './pieces.ts'
import { partitionOfUnplanned, POINTS, type Slice, type VarietyPlan } from './plan.ts'

/** What differs between two plans for records of given weights. */
export interface PlanChange {
  /** The part of the load, 0 to 1, that goes to another partition than before. */
  readonly movedLoad: number
  /** Pairs of a kind and a partition that were not there before. */
  readonly newPairs: number
  /** Pairs after. */
  readonly pairs: number
}

/**
 * Compares by where records go: a kind that a plan lacks goes where its hash sends it.
 *
 * @param weights by kind: what is moved weighs so much
 */
export function changeBetween(
  before: VarietyPlan,
  after: VarietyPlan,
  weights: ReadonlyMap<string, number>,
): PlanChange {
  const routesBefore = routesOf(before)
  const routesAfter = routesOf(after)
  let total = 0
  let moved = 0
  let newPairs = 0
  let pairs = 0
  for (const kind of new Set([...before.kinds, ...after.kinds])) {
    const weight = weights.get(kind) ?? 0
    const old = routesBefore(kind)
    const now = routesAfter(kind)
    total += weight
    moved += (weight * movedPoints(old, now)) / POINTS
    const had = new Set(old.map(({ partition }) => partition))
    const has = new Set(now.map(({ partition }) => partition))
    pairs += has.size
    for (const partition of has) if (!had.has(partition)) newPairs++
  }
  return { movedLoad: total === 0 ? 0 : moved / total, newPairs, pairs }
}

function routesOf(plan: VarietyPlan): (kind: string) => readonly Slice[] {
  const positions = new Map(plan.kinds.map((kind, i) => [kind, i]))
  return (kind) => {
    const at = positions.get(kind)
    return at === undefined
      ? [{ from: 0, to: POINTS, partition: partitionOfUnplanned(kind, plan.partitions) }]
      : plannedSlices(plan, at)
  }
}

function movedPoints(before: readonly Slice[], after: readonly Slice[]): number {
  let moved = 0
  let i = 0
  let j = 0
  for (let from = 0; from < POINTS;) {
    const old = before[i] as Slice
    const now = after[j] as Slice
    const to = Math.min(old.to, now.to)
    if (old.partition !== now.partition) moved += to - from
    if (old.to === to) i++
    if (now.to === to) j++
    from = to
  }
  return moved
}
