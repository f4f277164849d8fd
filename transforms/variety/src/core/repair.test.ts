import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { randomFrom } from '../../../../test/support/random.ts'
import { planVariety } from './deal-and-level.ts'
import { plannedSlices } from './pieces.ts'
import { partitionOfUnplanned, POINTS, type Slice, spreadOf, type VarietyPlan } from './plan.ts'
import { changeBetween } from './plan-change.ts'
import { PlanLookup } from './plan-lookup.ts'
import { repairPlan } from './repair.ts'
import { anyPartitions, anyWeights, zipf } from './weights.fixture.ts'

/** Factors, the same for the same seed; the kinds of some are gone. */
const anyDrift = fc.record({
  factors: fc.array(fc.double({ min: 0.2, max: 5, noNaN: true }), { minLength: 1, maxLength: 50 }),
  gone: fc.integer({ min: 2, max: 100 }),
  fresh: fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 50 }),
})

type Drift = typeof anyDrift extends fc.Arbitrary<infer T> ? T : never

function drifted(weights: ReadonlyMap<string, number>, { factors, gone, fresh }: Drift): Map<string, number> {
  const kept = [...weights]
    .filter((_, i) => i % gone !== 1)
    .map(([kind, weight], i): [string, number] => [kind, weight * (factors[i % factors.length] as number)])
  return new Map([...kept, ...fresh.map((weight, i): [string, number] => [`fresh-${i}`, weight])])
}

const usualWeights = anyWeights.map(
  (weights) =>
    new Map([...weights].filter(([, weight]) => weight === 0 || (weight > 1e-200 && weight < 1e200))),
)

function slicesOf(plan: VarietyPlan, kind: string): Slice[] | undefined {
  const at = plan.kinds.indexOf(kind)
  return at === -1 ? undefined : plannedSlices(plan, at)
}

function assertWhole(plan: VarietyPlan): void {
  for (let kind = 0; kind < plan.kinds.length; kind++) {
    let at = 0
    for (const { from, to, partition } of plannedSlices(plan, kind)) {
      assert.equal(from, at)
      assert.ok(to > from && partition < plan.partitions)
      at = to
    }
    assert.equal(at, POINTS)
  }
}

suite('a repaired plan', () => {
  test('has no load above the limit, whatever has changed', () => {
    fc.assert(
      fc.property(
        usualWeights,
        anyPartitions,
        fc.array(anyDrift, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 1.1, 1.5),
        (weights, partitions, drifts, limit) => {
          let plan = planVariety(weights, partitions)
          let now = weights
          for (const drift of drifts) {
            now = drifted(now, drift)
            const next = repairPlan(plan, now, { limit })
            assertWhole(next)
            assert.deepEqual(next.kinds.toSorted(), [...now.keys()].toSorted())
            assert.equal(next.version, plan.version + 1)
            const { imbalance } = spreadOf(next, now)
            assert.ok(imbalance <= limit * (1 + partitions / 2 ** 30) + 1e-6, `${imbalance}`)
            plan = next
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('moves nothing where nothing is above the limit', () => {
    fc.assert(
      fc.property(usualWeights, anyPartitions, (weights, partitions) => {
        const plan = planVariety(weights, partitions)
        const next = repairPlan(plan, weights)
        assert.deepEqual({ ...next, version: plan.version }, plan)
        assert.equal(changeBetween(plan, next, weights).movedLoad, 0)
      }),
      { numRuns: 100 },
    )
  })

  test('moves little and makes few new pairs under drift', () => {
    const factor = normalFactors(7)
    for (const [kinds, partitions] of [
      [5000, 12],
      [20_000, 200],
    ] as const) {
      let weights = zipf(kinds, 1)
      let plan = planVariety(weights, partitions)
      for (let round = 0; round < 5; round++) {
        weights = new Map([...weights].map(([kind, weight]) => [kind, weight * factor()]))
        const next = repairPlan(plan, weights)
        const { movedLoad, newPairs, pairs } = changeBetween(plan, next, weights)
        assert.ok(spreadOf(next, weights).imbalance <= 1.1 + 1e-6)
        assert.ok(movedLoad <= 0.1, `${movedLoad}`)
        assert.ok(newPairs / pairs <= 0.03, `${newPairs} of ${pairs}`)
        plan = next
      }
    }
  })

  test('moves what it must, and no more than half of what the limit leaves beside', () => {
    fc.assert(
      fc.property(usualWeights, anyPartitions, anyDrift, (weights, partitions, { factors, gone }) => {
        const plan = planVariety(weights, partitions)
        const now = drifted(weights, { factors, gone, fresh: [] })
        const { load } = spreadOf(plan, now)
        const total = load.reduce((sum, each) => sum + each, 0)
        const must = load.reduce((sum, each) => sum + Math.max(0, each - (1.1 * total) / partitions), 0)
        const { movedLoad } = changeBetween(plan, repairPlan(plan, now), now)
        assert.ok(
          total === 0 || movedLoad <= must / total + 0.05 + 1e-6,
          `${movedLoad}, must ${must / total}`,
        )
      }),
      { numRuns: 100 },
    )
  })

  test('does not crumble, nor gather kinds without end, in 60 rounds', () => {
    const factor = normalFactors(11)
    let weights = zipf(600, 1.1)
    let plan = planVariety(weights, 12)
    for (let round = 0; round < 60; round++) {
      weights = new Map([...weights].map(([kind, weight]) => [kind, weight * factor()]))
      plan = repairPlan(plan, weights)
    }
    const { pairs, mostKinds } = spreadOf(plan, weights)
    assert.ok(plan.slicePartition.length <= 8 * pairs)
    assert.ok(mostKinds <= 2 * 51, `${mostKinds}`)
  })
})

suite('a plan repaired under order=strict', () => {
  test('moves no record that may have been sent, and places only what is fresh', () => {
    fc.assert(
      fc.property(
        usualWeights,
        anyPartitions,
        fc.array(anyDrift, { minLength: 1, maxLength: 3 }),
        (weights, partitions, drifts) => {
          const isFresh = (kind: string): boolean =>
            kind.startsWith('fresh-') && Number(kind.slice(6)) % 2 === 0
          let plan = planVariety(weights, partitions)
          let now = weights
          for (const drift of drifts) {
            now = drifted(now, drift)
            const next = repairPlan(plan, now, { order: 'strict', isFresh })
            assertWhole(next)
            const before = new PlanLookup(plan)
            const after = new PlanLookup(next)
            for (const kind of plan.kinds) assert.deepEqual(slicesOf(next, kind), slicesOf(plan, kind))
            for (const kind of next.kinds) {
              if (isFresh(kind)) continue
              for (const key of ['a', 'b', 'c'])
                assert.equal(after.partitionOf(kind, key), before.partitionOf(kind, key), kind)
            }
            plan = next
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('leaves an unknown kind where its hash has sent it, and levels fresh ones', () => {
    const plan = planVariety(zipf(10, 1), 4)
    const more = new Map([...zipf(10, 1), ['seen', 5]])
    const kept = repairPlan(plan, more, { order: 'strict' })
    assert.deepEqual(slicesOf(kept, 'seen'), [
      { from: 0, to: POINTS, partition: partitionOfUnplanned('seen', 4) },
    ])
    const placed = repairPlan(plan, more, { order: 'strict', isFresh: (kind) => kind === 'seen' })
    assert.ok(spreadOf(placed, more).imbalance < 1.11)
  })

  test('keeps a kind that no longer weighs anything: its records may come again', () => {
    const plan = planVariety(zipf(10, 1), 4)
    assert.deepEqual(repairPlan(plan, new Map(), { order: 'strict' }).kinds, plan.kinds)
    assert.deepEqual(repairPlan(plan, new Map()).kinds, [])
  })
})

test('a limit below 1 is refused', () => {
  assert.throws(
    () => repairPlan(planVariety(zipf(3, 1), 2), zipf(3, 1), { limit: 0.9 }),
    /number from 1, not 0.9/,
  )
})

/** Log-normal factors, sigma 0.3, the same for the same seed. */
function normalFactors(seed: number): () => number {
  const uniform = randomFrom(seed)
  return () => Math.exp(0.3 * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()))
}
