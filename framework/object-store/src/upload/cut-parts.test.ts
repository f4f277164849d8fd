import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'

import { BufferPool } from '../spill/buffer-pool.ts'
import { cutParts } from './cut-parts.ts'

/** Yields one buffer again and again with other contents, as a reader of files does. */
async function* reused(pieces: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  const buffer = Buffer.alloc(Math.max(0, ...pieces.map((piece) => piece.length)))
  for (const piece of pieces) {
    buffer.set(piece)
    yield buffer.subarray(0, piece.length)
  }
}

async function partsOf(pieces: readonly Uint8Array[], partBytes: number, total?: number): Promise<string[]> {
  const parts: string[] = []
  let lasts = 0
  const pool = new BufferPool(1024 * 1024)
  for await (const { body, last } of cutParts(reused(pieces), partBytes, pool, total)) {
    parts.push(body.toString('latin1'))
    body.fill('#')
    pool.give(body)
    if (last) lasts++
    assert.equal(lasts, last ? 1 : 0, 'nothing follows the last part')
  }
  assert.equal(lasts, 1)
  return parts
}

test('any pieces come out as parts of the same bytes, all full but the last', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 20 })),
      fc.integer({ min: 1, max: 16 }),
      fc.boolean(),
      async (pieces, partBytes, isTotalKnown) => {
        const whole = Buffer.concat(pieces)
        const parts = await partsOf(pieces, partBytes, isTotalKnown ? whole.length : undefined)
        assert.equal(parts.join(''), whole.toString('latin1'))
        assert.ok(parts.slice(0, -1).every((part) => part.length === partBytes))
        assert.equal(parts.length, Math.max(1, Math.ceil(whole.length / partBytes)))
      },
    ),
  )
})

test('a file that fills its parts exactly has no empty one at the end', async () => {
  assert.deepEqual(await partsOf([Buffer.from('abcd')], 2), ['ab', 'cd'])
})

test('a file without bytes is one empty part', async () => {
  assert.deepEqual(await partsOf([], 4), [''])
})

test('a part larger than the first guess at its size holds what it should', async () => {
  const whole = Buffer.alloc(1_500_000, '0123456789')
  const pieces = Array.from({ length: 15 }, (_, i) => whole.subarray(i * 100_000, (i + 1) * 100_000))
  const parts = await partsOf(pieces, 600_000)
  assert.deepEqual(
    parts.map((part) => part.length),
    [600_000, 600_000, 300_000],
  )
  assert.ok(parts.join('') === whole.toString('latin1'))
})
