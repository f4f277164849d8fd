import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'

import type { FileBuffer } from './spill-buffer.ts'
import { FramedBuffer } from './framed-buffer.ts'

/** Bytes in memory, read back in pieces of any size. */
function plainBuffer(pieceBytes: number): FileBuffer {
  const chunks: Buffer[] = []
  return {
    bytes: 0,
    memoryBytes: 0,
    append(bytes, more) {
      chunks.push(Buffer.from(bytes))
      if (more !== undefined) chunks.push(Buffer.from(more))
    },
    async *read() {
      const all = Buffer.concat(chunks)
      for (let at = 0; at < all.length; at += pieceBytes) yield all.subarray(at, at + pieceBytes)
    },
    discard: () => undefined,
    release: () => undefined,
  }
}

async function textOf(buffer: FileBuffer): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of buffer.read()) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString()
}

test('reads as the bytes alone, from the record after the cut on, however the pieces fall', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ gap: fc.nat({ max: 300 }), text: fc.string({ maxLength: 200 }) }), {
        minLength: 1,
      }),
      fc.integer({ min: 1, max: 500 }),
      fc.bigInt({ min: 0n, max: 2n ** 60n }),
      fc.nat({ max: 1000 }),
      async (records, pieceBytes, first, cut) => {
        const buffer = new FramedBuffer(plainBuffer(pieceBytes), first)
        let offset = first
        const kept: { offset: bigint; text: string }[] = []
        for (const { gap, text } of records) {
          offset += BigInt(gap)
          buffer.offset = offset
          buffer.append(Buffer.from(text), Buffer.from('\n'))
          if (offset > first + BigInt(cut)) kept.push({ offset, text })
        }
        buffer.cutAfter(first + BigInt(cut))
        const remainder = await buffer.remainder()
        assert.deepEqual(
          remainder,
          kept.length === 0 ? undefined : { firstOffset: kept[0]?.offset, records: kept.length },
        )
        const expected = kept.map(({ text }) => `${text}\n`).join('')
        assert.equal(await textOf(buffer), expected)
        assert.equal(buffer.bytes, Buffer.byteLength(expected))
      },
    ),
  )
})

test('a record larger than any piece is whole', async () => {
  const buffer = new FramedBuffer(plainBuffer(1000), 0n)
  const large = 'x'.repeat(700_000)
  buffer.offset = 5n
  buffer.append(Buffer.from(large))
  assert.equal(await textOf(buffer), large)
  assert.equal(buffer.bytes, 700_000)
})
