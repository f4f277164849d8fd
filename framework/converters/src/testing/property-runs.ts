import fc from 'fast-check'

/**
 * How often properties of converters are tried: a few times by default, `SPILLWAY_CONVERTER_RUNS` or
 * `SPILLWAY_PROPERTY_RUNS` times where that is set.
 */
export function propertyRuns(byDefault: number): number {
  const { SPILLWAY_CONVERTER_RUNS, SPILLWAY_PROPERTY_RUNS } = process.env
  return Number(SPILLWAY_CONVERTER_RUNS ?? SPILLWAY_PROPERTY_RUNS ?? byDefault)
}

/** How many mutated payloads a fuzz test tries: `SPILLWAY_FUZZ_RUNS` where that is set. */
export function fuzzRuns(byDefault: number): number {
  return Number(process.env['SPILLWAY_FUZZ_RUNS'] ?? byDefault)
}

/** The seed of this run, printed so that a failure can be repeated with `SPILLWAY_SEED`. */
export function seed(): number {
  const chosen = Number(process.env['SPILLWAY_SEED'] ?? Date.now() % 2 ** 31)
  console.log(`SPILLWAY_SEED=${chosen}`)
  return chosen
}

/** Checks a property with as many runs as asked for; the seed is printed. */
export async function check<T>(
  arbitrary: fc.Arbitrary<T>,
  byDefault: number,
  holds: (value: T) => void | Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitrary, async (value) => holds(value)),
    { numRuns: propertyRuns(byDefault), seed: seed() },
  )
}
