import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { planVariety } from './deal-and-level.ts'
import { hashOfBytes, hashOfText } from './hash.ts'
import { plannedSlices } from './pieces.ts'
import { PlanLookup } from './plan-lookup.ts'
import { anyPartitions, anyWeights, zipf } from './weights.fixture.ts'

/** Of any UTF-16 units, mostly ASCII. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0xffff })), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units))

suite('the hash of keys and kinds', () => {
  test('is murmur3, as other languages have it', () => {
    for (const [text, hash] of [
      ['', 0],
      ['a', 0x3c2569b2],
      ['test', 0xba6bd213],
      ['Hello, world!', 0xc0363e43],
      ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
    ] as const)
      assert.equal(hashOfText(text), hash, text)
  })

  test('of a text is that of its UTF-8', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(hashOfText(text), hashOfBytes(new TextEncoder().encode(text)))
      }),
    )
    const long = 'ä'.repeat(50_000)
    assert.equal(hashOfText(long), hashOfBytes(new TextEncoder().encode(long)))
  })
})

suite('a look-up', () => {
  test('finds the slice that has the hash of the key', () => {
    fc.assert(
      fc.property(
        anyWeights,
        anyPartitions,
        fc.array(fc.string(), { maxLength: 20 }),
        (weights, partitions, keys) => {
          const plan = planVariety(weights, partitions)
          const lookup = new PlanLookup(plan)
          for (const [at, kind] of plan.kinds.slice(0, 50).entries()) {
            for (const key of keys) {
              const point = hashOfText(key)
              const slice = plannedSlices(plan, at).find(({ from, to }) => point >= from && point < to)
              assert.equal(lookup.partitionOf(kind, key), slice?.partition)
              assert.equal(lookup.partitionOf(kind, Buffer.from(key)), slice?.partition)
              assert.equal(lookup.partitionOf(kind, null, point), slice?.partition)
            }
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  test('sends a kind that the plan does not have to one partition, by its hash', () => {
    const lookup = new PlanLookup(planVariety(zipf(20, 1), 12))
    for (const kind of ['new', '', 'x'.repeat(5000)])
      for (const key of ['a', 'b', null]) assert.equal(lookup.partitionOf(kind, key), hashOfText(kind) % 12)
  })

  test('spreads the keys of a heavy kind as the plan says', () => {
    const plan = planVariety(
      new Map([
        ['heavy', 90],
        ['light', 10],
      ]),
      10,
    )
    const counts = Array.from({ length: 10 }, () => 0)
    const lookup = new PlanLookup(plan)
    for (let key = 0; key < 90_000; key++) {
      const partition = lookup.partitionOf('heavy', `key ${key}`)
      counts[partition] = (counts[partition] as number) + 1
    }
    // 9 partitions' worth of 10,000; four standard deviations.
    for (const count of counts.filter((each) => each > 0))
      assert.ok(Math.abs(count - 10_000) < 400, `${counts.join()}`)
  })
})
