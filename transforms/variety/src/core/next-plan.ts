import { planVariety } from './deal-and-level.ts'
import { type VarietyPlan } from './plan.ts'
import { type RepairOptions, repairPlan } from './repair.ts'

/** What a next plan is made of. */
export interface NextPlanOptions extends RepairOptions {
  readonly version: number
  /** Whether a plan is made anew although there is one that could be repaired. */
  readonly isAnew?: boolean
}

/**
 * The plan to follow next: a repair of the one before, or a new one where there is none, or where it is for another number of
 * partitions.
 *
 * @throws {RangeError} where `strict` forbids what would have to move, and as {@link planVariety}
 */
export function nextPlan(
  before: VarietyPlan | undefined,
  weights: ReadonlyMap<string, number>,
  partitions: number,
  { version, isAnew = false, ...options }: NextPlanOptions,
): VarietyPlan {
  if (before === undefined) return planVariety(weights, partitions, version)
  if (!isAnew && before.partitions === partitions) return repairPlan(before, weights, { ...options, version })
  if (options.order === 'strict') {
    throw new RangeError(
      isAnew
        ? 'A plan that is made anew moves what was placed, which order=strict forbids: repair the one there is.'
        : `The plan is for ${before.partitions} partitions and the topic has ${partitions}: a plan for these moves what was placed, ` +
            'which order=strict forbids. Have consumers read the topic to its end, then plan without strict once.',
    )
  }
  return planVariety(weights, partitions, version)
}

/** A part of all weight that is not worth a place in a plan. */
const FORGOTTEN = 1e-9

/**
 * Weights with what an earlier plan was made of, for one who learns from a sample each time: a kind that this sample lacks keeps its
 * place for some versions more.
 *
 * @param keep how much the earlier weights count, from 0 to 1; 0.5: half as much as the new ones
 * @returns parts of all weight
 */
export function withEarlier(
  weights: ReadonlyMap<string, number>,
  earlier: VarietyPlan | undefined,
  keep: number,
): Map<string, number> {
  const parts = new Map<string, number>()
  const old =
    earlier === undefined || keep === 0
      ? []
      : earlier.kinds.map((kind, i): [string, number] => [kind, earlier.weights[i] as number])
  add(parts, [...weights], 1)
  add(parts, old, keep)
  const total = [...parts.values()].reduce((sum, part) => sum + part, 0)
  return new Map(
    [...parts].filter(([, part]) => part > total * FORGOTTEN).map(([kind, part]) => [kind, part / total]),
  )
}

function add(
  parts: Map<string, number>,
  weights: readonly (readonly [string, number])[],
  factor: number,
): void {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  if (total === 0) return
  for (const [kind, weight] of weights) parts.set(kind, (parts.get(kind) ?? 0) + (factor * weight) / total)
}
