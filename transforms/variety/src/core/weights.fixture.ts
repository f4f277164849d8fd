import fc from 'fast-check'

/** Weights of a kind each, named by their position. */
export function weightsOf(weights: readonly number[]): Map<string, number> {
  return new Map(weights.map((weight, i) => [`kind-${i}`, weight]))
}

export function zipf(kinds: number, exponent: number): Map<string, number> {
  return weightsOf(Array.from({ length: kinds }, (_, i) => 1 / (i + 1) ** exponent))
}

/** Weights of all shapes that have been thought of: skewed, equal, one giant, none, zeros, tiny beside huge. */
export const anyWeights: fc.Arbitrary<Map<string, number>> = fc.oneof(
  fc
    .record({
      kinds: fc.integer({ min: 0, max: 2000 }),
      exponent: fc.double({ min: 0.7, max: 1.3, noNaN: true }),
    })
    .map(({ kinds, exponent }) => zipf(kinds, exponent)),
  fc
    .record({ kinds: fc.integer({ min: 1, max: 300 }), weight: fc.double({ min: 0, max: 1e9, noNaN: true }) })
    .map(({ kinds, weight }) => weightsOf(Array.from({ length: kinds }, () => weight))),
  fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 400 }).map(weightsOf),
  fc
    .record({
      giant: fc.double({ min: 1e3, max: 1e15, noNaN: true }),
      others: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }),
    })
    .map(({ giant, others }) => weightsOf([giant, ...others])),
  fc.array(fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }), { maxLength: 100 }).map(weightsOf),
  fc
    .array(
      fc.constantFrom(0, Number.MIN_VALUE, 1e-310, 1e-300, 1e-9, 1, 3, 2 ** 53, 1e300, Number.MAX_VALUE),
      { maxLength: 60 },
    )
    .map(weightsOf),
)

/** Mostly few partitions, as these have many kinds each; sometimes more than there are kinds. */
export const anyPartitions: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 41, max: 3000 }),
)
