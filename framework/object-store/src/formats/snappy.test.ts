import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { snappyCompress } from './snappy.ts'

const restored = (bytes: Uint8Array): Buffer => {
  const out = new Uint8Array(bytes.length)
  snappyUncompress(snappyCompress(bytes), out)
  return Buffer.from(out)
}

/** Literals of every kind of length, copies near and far, long and short. */
const pieces = fc
  .array(
    fc.record({
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ minLength: 60, maxLength: 70, max: 3 }),
        fc.uint8Array({ minLength: 200, maxLength: 400 }),
      ),
      times: fc.constantFrom(1, 1, 2, 17, 300),
    }),
    { maxLength: 12 },
  )
  .map((parts) =>
    Buffer.concat(parts.flatMap(({ bytes, times }) => Array.from({ length: times }, () => bytes))),
  )

test('what was compressed comes back', () => {
  fc.assert(
    fc.property(pieces, (bytes) => assert.ok(restored(bytes).equals(bytes))),
    { numRuns: 300 },
  )
})

test('what repeats beyond 64 KiB is copied, what does not repeat grows by its tags alone', () => {
  const noise = randomBytes(60_000)
  assert.ok(snappyCompress(noise).length <= noise.length + 16)
  const twice = Buffer.concat([noise, noise])
  assert.ok(snappyCompress(twice).length < noise.length + 5000)
  assert.ok(restored(twice).equals(twice))
  const large = randomBytes(17_000_000)
  assert.ok(restored(large).equals(large))
})
