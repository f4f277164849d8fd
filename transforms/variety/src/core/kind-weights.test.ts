import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { KindWeights } from './kind-weights.ts'
import { MAX_KIND_LENGTH } from './plan.ts'

interface Epoch {
  readonly adds: readonly (readonly [kind: number, weight: number])[]
  readonly keep: number
}

const anyEpochs = fc.array(
  fc.record({
    adds: fc.array(
      fc.tuple(
        fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 200 })),
        fc.integer({ min: 0, max: 50 }),
      ),
      {
        maxLength: 300,
      },
    ),
    // Powers of two: decay is then exact, and so is the comparison.
    keep: fc.constantFrom(1, 0.5, 0.25),
  }),
  { maxLength: 4 },
)

/** Feeds both the sketch and exact counts. */
function learn(sketch: KindWeights, exact: Map<string, number>, epochs: readonly Epoch[]): void {
  for (const { adds, keep } of epochs) {
    for (const [kind, weight] of adds) {
      sketch.add(`k${kind}`, weight)
      exact.set(`k${kind}`, (exact.get(`k${kind}`) ?? 0) + weight)
    }
    sketch.endEpoch(keep)
    for (const [kind, weight] of exact) exact.set(kind, weight * keep)
  }
}

function assertBounds(sketch: KindWeights, exact: ReadonlyMap<string, number>, counters: number): void {
  const total = [...exact.values()].reduce((sum, weight) => sum + weight, 0)
  assert.ok(Math.abs(sketch.total - total) <= 1e-9 * total)
  const bound = total / counters
  assert.ok(sketch.size <= counters)
  assert.ok(sketch.unknownBound <= bound + 1e-9)
  for (const [kind, weight] of exact) {
    const learned = sketch.weightOf(kind)
    if (learned === undefined) {
      // What is forgotten is a billionth of all.
      assert.ok(weight <= Math.max(sketch.unknownBound, 2e-9 * total), `${kind}: ${weight}`)
      continue
    }
    const error = sketch.errorOf(kind) as number
    assert.ok(error <= bound + 1e-9, `${error} > ${bound}`)
    assert.ok(
      learned >= weight && learned - error <= weight,
      `${kind}: ${weight}, learned ${learned} - ${error}`,
    )
  }
}

suite('learned weights', () => {
  test('are exact while there are counters for all kinds', () => {
    fc.assert(
      fc.property(anyEpochs, (epochs) => {
        const exact = new Map<string, number>()
        const sketch = new KindWeights(201)
        learn(sketch, exact, epochs)
        assert.ok(sketch.isExact)
        assertBounds(sketch, exact, 201)
        for (const [kind, weight] of sketch.weights()) assert.equal(weight, exact.get(kind))
      }),
      { numRuns: 100 },
    )
  })

  test('keep the bounds of a SpaceSaving sketch, under decay too', () => {
    fc.assert(
      fc.property(anyEpochs, fc.integer({ min: 1, max: 40 }), (epochs, counters) => {
        const exact = new Map<string, number>()
        const sketch = new KindWeights(counters)
        learn(sketch, exact, epochs)
        assertBounds(sketch, exact, counters)
      }),
      { numRuns: 300 },
    )
  })

  test('keep them where several are merged, and go on', () => {
    fc.assert(
      fc.property(
        fc.array(anyEpochs, { minLength: 2, maxLength: 5 }),
        anyEpochs,
        fc.integer({ min: 1, max: 40 }),
        (parts, after, counters) => {
          const exact = new Map<string, number>()
          const merged = new KindWeights(counters)
          for (const epochs of parts) {
            const part = new KindWeights(counters)
            const own = new Map<string, number>()
            learn(part, own, epochs)
            for (const [kind, weight] of own) exact.set(kind, (exact.get(kind) ?? 0) + weight)
            merged.merge(part)
            assertBounds(merged, exact, counters)
          }
          learn(merged, exact, after)
          assertBounds(merged, exact, counters)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('forget kinds that have faded, and learn new ones in their place', () => {
    const weights = new KindWeights(10)
    weights.add('old', 1)
    for (let epoch = 0; epoch < 40; epoch++) {
      weights.endEpoch(0.5)
      weights.add('new', 1)
    }
    assert.deepEqual([...weights.weights().keys()], ['new'])
    weights.endEpoch(0)
    assert.deepEqual([weights.size, weights.total, weights.isExact], [0, 0, true])
  })

  test('do not keep names without bound, and refuse what is no weight', () => {
    const weights = new KindWeights(10)
    weights.add('x'.repeat(MAX_KIND_LENGTH + 1), 3)
    assert.deepEqual([weights.size, weights.total, weights.unlearned], [0, 0, 3])
    for (const weight of [NaN, -1, Infinity])
      assert.throws(() => weights.add('a', weight), /finite number from 0/)
    assert.throws(
      () => weights.add(5 as unknown as string),
      /A kind is a text, not of type number: use kindName/,
    )
    for (const capacity of [0, 1.5, 1e9]) assert.throws(() => new KindWeights(capacity), /1 to 1000000/)
    for (const keep of [-0.1, 1.1, NaN]) assert.throws(() => weights.endEpoch(keep), /from 0 to 1/)
  })
})
