import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { planVariety } from './deal-and-level.ts'
import { plannedSlices } from './pieces.ts'
import { MAX_KIND_LENGTH, POINTS, spreadOf } from './plan.ts'
import { anyPartitions, anyWeights, weightsOf, zipf } from './weights.fixture.ts'

suite('a plan made by "deal and level"', () => {
  test('keeps its bounds for 1,000 inputs of all shapes', () => {
    fc.assert(
      fc.property(anyWeights, anyPartitions, (weights, partitions) => {
        const plan = planVariety(weights, partitions)
        assert.deepEqual(plan.kinds.toSorted(), [...weights.keys()].toSorted())
        const most = Math.max(...weights.values(), 0)
        // By the largest weight, as sums of huge ones are infinite.
        const shares = new Map([...weights].map(([kind, weight]) => [kind, most === 0 ? 0 : weight / most]))
        const { load, mostKinds, pairs } = spreadOf(plan, shares)
        assert.ok(mostKinds <= Math.ceil(weights.size / partitions) + 1, `${mostKinds} kinds on a partition`)
        assert.ok(pairs <= Math.max(0, weights.size + partitions - 1), `${pairs} pairs`)
        const mean = load.reduce((sum, each) => sum + each, 0) / partitions
        const rounding = mean * (partitions / 2 ** 31 + 1e-9)
        for (const each of load) assert.ok(Math.abs(each - mean) <= rounding, `${each} beside ${mean}`)
        for (let kind = 0; kind < plan.kinds.length; kind++) {
          const slices = plannedSlices(plan, kind)
          assert.equal(slices[0]?.from, 0)
          assert.equal(slices.at(-1)?.to, POINTS)
          for (const { from, to } of slices) assert.ok(from < to)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('has the figures that are promised for large topics', () => {
    for (const [kinds, partitions, exponent, most] of [
      [5000, 12, 0.7, 418],
      [5000, 12, 1, 418],
      [5000, 12, 1.3, 418],
      [20_000, 2000, 1, 11],
    ] as const) {
      const spread = spreadOf(planVariety(zipf(kinds, exponent), partitions))
      assert.ok(spread.mostKinds <= most)
      assert.ok(spread.imbalance < 1 + 1e-6)
      assert.ok(spread.pairs <= kinds + partitions - 1)
    }
  })

  test('is the same for the same weights, whatever their unit and order', () => {
    fc.assert(
      fc.property(
        anyWeights,
        anyPartitions,
        fc.integer({ min: -20, max: 20 }),
        (weights, partitions, power) => {
          const usual = [...weights].filter(
            ([, weight]) => weight === 0 || (weight > 1e-200 && weight < 1e200),
          )
          const scaled = usual.map(([kind, weight]): [string, number] => [kind, weight * 2 ** power])
          const plan = planVariety(new Map(usual), partitions)
          const other = planVariety(new Map(scaled.toReversed()), partitions)
          assert.deepEqual({ ...other, weights: plan.weights }, plan)
        },
      ),
    )
  })

  test('leaves out what has no place in a plan, and refuses what is no weight by name', () => {
    const long = 'x'.repeat(MAX_KIND_LENGTH + 1)
    assert.deepEqual(
      planVariety(
        new Map([
          [long, 1],
          ['a', 1],
        ]),
        2,
      ).kinds,
      ['a'],
    )
    for (const weight of [NaN, -1, Infinity])
      assert.throws(() => planVariety(new Map([['bad', weight]]), 2), /kind "bad" is .* finite number from 0/)
    for (const partitions of [0, -1, 1.5, NaN, 1e9])
      assert.throws(() => planVariety(weightsOf([1]), partitions), /1 to 1000000 partitions/)
    for (const version of [0, 1.5, 2 ** 53])
      assert.throws(() => planVariety(weightsOf([1]), 2, version), /version/)
  })
})
