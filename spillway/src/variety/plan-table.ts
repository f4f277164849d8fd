import {
  changeBetween,
  PlanLookup,
  planVariety,
  type Spread,
  spreadOf,
  type VarietyPlan,
} from '@spillway/variety'
import type { Learned } from './learn.ts'

const SHOWN_KINDS = 10
const SHOWN_PARTITIONS = 12

/**
 * What a plan does to what was learned, beside a hash of the kind and the plan before.
 *
 * @param planned weights that the plan was made for
 */
export function planTable(
  topic: string,
  { weights, records, withoutKind }: Learned,
  planned: ReadonlyMap<string, number>,
  before: VarietyPlan | undefined,
  next: VarietyPlan,
): string {
  const columns: [name: string, spread: Spread][] = [
    ['hash of the kind', spreadOf(planVariety(new Map(), next.partitions), planned)],
    ...(before === undefined
      ? []
      : ([[`version ${before.version}`, spreadOf(before, planned)]] as [string, Spread][])),
    [`version ${next.version}`, spreadOf(next, planned)],
  ]
  const row = (name: string, of: (spread: Spread) => string): string =>
    [name.padEnd(36), ...columns.map(([, spread]) => of(spread).padStart(16))].join(' ')
  return [
    `${topic}: ${next.partitions} partitions; ${records} records read, ${weights.size} kinds` +
      (weights.isExact ? '' : ' that have a counter, of more') +
      (withoutKind === 0 ? '' : `, ${withoutKind} records without a kind`),
    '',
    [''.padEnd(36), ...columns.map(([name]) => name.padStart(16))].join(' '),
    row('load of the fullest, times the mean', ({ imbalance }) => imbalance.toFixed(2)),
    row('kinds on the partition with most', ({ mostKinds }) => String(mostKinds)),
    row('pairs of a kind and a partition', ({ pairs }) => String(pairs)),
    ...(before?.partitions === next.partitions ? ['', moved(before, next, planned)] : []),
    '',
    ...heaviest(next, planned),
    '',
  ].join('\n')
}

function moved(before: VarietyPlan, next: VarietyPlan, weights: ReadonlyMap<string, number>): string {
  const { movedLoad, newPairs } = changeBetween(before, next, weights)
  return `From version ${before.version}: ${(100 * movedLoad).toFixed(1)} % of the load moves, ${newPairs} new pairs.`
}

function heaviest(plan: VarietyPlan, weights: ReadonlyMap<string, number>): string[] {
  const lookup = new PlanLookup(plan)
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return [...weights]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, SHOWN_KINDS)
    .map(([kind, weight]) => {
      const partitions = lookup.partitionsOf(kind)
      const shown = partitions.slice(0, SHOWN_PARTITIONS).join(' ')
      const more =
        partitions.length > SHOWN_PARTITIONS ? ` and ${partitions.length - SHOWN_PARTITIONS} more` : ''
      const part = total === 0 ? 0 : (100 * weight) / total
      // As JSON: a kind may hold anything, and a terminal obeys it.
      return `${JSON.stringify(kind).padEnd(36)} ${part.toFixed(1).padStart(5)} %  on ${shown}${more}`
    })
}
