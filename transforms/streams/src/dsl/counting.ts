import type { AggregateFunctions } from '../processors/stream-aggregate.ts'
import { Named } from './options.ts'
import { Materialized } from '../stores/materialized.ts'

/** Counts by int64. */
export const counting: AggregateFunctions = {
  first: () => 1n,
  next: (_key, _value, count) => (count as bigint) + 1n,
}

export const countInitializer = (): unknown => 0n

/** Name and store from trailing arguments. */
export function namedAndMaterialized(
  args: readonly unknown[],
): readonly [string | null, Materialized<unknown, unknown> | null] {
  const named = args.find((item) => item instanceof Named)?.name ?? null
  const materialized = args.find((item) => item instanceof Materialized) ?? null
  return [named, materialized as Materialized<unknown, unknown> | null]
}
