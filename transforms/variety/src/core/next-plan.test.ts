import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planVariety } from './deal-and-level.ts'
import { nextPlan, withEarlier } from './next-plan.ts'
import { PlanLookup } from './plan-lookup.ts'
import { weightsOf, zipf } from './weights.fixture.ts'

test('the next plan is a repair where there is one to repair, and else a new one', () => {
  const weights = zipf(50, 1)
  const first = nextPlan(undefined, weights, 6, { version: 1 })
  assert.deepEqual(first, planVariety(weights, 6))
  assert.deepEqual(nextPlan(first, weights, 6, { version: 2 }), { ...first, version: 2 })
  assert.deepEqual(nextPlan(first, weights, 7, { version: 2 }), planVariety(weights, 7, 2))
  const other = zipf(60, 0.7)
  assert.deepEqual(nextPlan(first, other, 6, { version: 5, isAnew: true }), planVariety(other, 6, 5))
})

test('strict refuses what would move all', () => {
  const first = planVariety(zipf(50, 1), 6)
  assert.throws(
    () => nextPlan(first, zipf(50, 1), 7, { version: 2, order: 'strict' }),
    /for 6 partitions and the topic has 7/,
  )
  assert.throws(
    () => nextPlan(first, zipf(50, 1), 6, { version: 2, order: 'strict', isAnew: true }),
    /made anew moves/,
  )
})

test('a kind that a sample lacks keeps its place, and fades', () => {
  let plan = planVariety(weightsOf([70, 20, 10]), 2)
  const place = new PlanLookup(plan).partitionsOf('kind-2')
  const sample = weightsOf([7, 3])
  for (let version = 2; version < 10; version++) {
    const weights = withEarlier(sample, plan, 0.5)
    assert.ok(Math.abs([...weights.values()].reduce((sum, part) => sum + part, 0) - 1) < 1e-9)
    plan = nextPlan(plan, weights, 2, { version })
    assert.deepEqual(new PlanLookup(plan).partitionsOf('kind-2'), place)
  }
  for (let version = 10; version < 40; version++)
    plan = nextPlan(plan, withEarlier(sample, plan, 0.5), 2, { version })
  assert.deepEqual(plan.kinds, ['kind-0', 'kind-1'])
  assert.deepEqual(
    [...withEarlier(sample, plan, 0)],
    [
      ['kind-0', 0.7],
      ['kind-1', 0.3],
    ],
  )
  assert.deepEqual([...withEarlier(new Map(), undefined, 0.5)], [])
})
