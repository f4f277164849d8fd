import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'

import { lz4HadoopPage, lz4RawPage } from './lz4-pages.ts'

/** The format's description, step by step: literals, then a match that may overlap what it makes. */
function unpacked(block: Buffer): Buffer {
  const output: number[] = []
  let at = 0
  const length = (first: number): number => {
    let total = first
    if (first === 15) {
      let more: number
      do total += more = block[at++] as number
      while (more === 255)
    }
    return total
  }
  for (;;) {
    const token = block[at++] as number
    const literals = length(token >> 4)
    for (const end = at + literals; at < end; at++) output.push(block[at] as number)
    if (at === block.length) return Buffer.from(output)
    const from = output.length - block.readUInt16LE(at)
    at += 2
    const match = length(token & 15) + 4
    for (let i = 0; i < match; i++) output.push(output[from + i] as number)
  }
}

/** Bytes that nothing packs. */
function noise(bytes: number): Buffer {
  const parts = Array.from({ length: Math.ceil(bytes / 64) }, (_, i) =>
    createHash('sha512').update(String(i)).digest(),
  )
  return Buffer.concat(parts).subarray(0, bytes)
}

const PAGES: readonly (readonly [what: string, page: Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('a')],
  ['14 bytes, whose length fits the token', noise(14)],
  ['15 bytes, whose length does not', noise(15)],
  ['270 bytes, whose length ends with a zero', noise(270)],
  ['text that repeats', Buffer.alloc(300_000, 'kind,city,')],
  ['what does not compress', noise(300_000)],
  ['more than one block of the library', Buffer.alloc(5 * 1024 * 1024, 'kind,city,')],
]

for (const [what, page] of PAGES) {
  test(`one block of LZ4 holds ${what}`, () => {
    assert.ok(unpacked(lz4RawPage(page)).equals(page))
  })

  test(`Hadoop's blocks of LZ4 hold ${what}, each small enough for its buffer`, () => {
    const packed = lz4HadoopPage(page)
    const parts: Buffer[] = []
    for (let at = 0; at < packed.length;) {
      const length = packed.readUInt32BE(at)
      const from = at + 8
      at = from + packed.readUInt32BE(at + 4)
      const part = unpacked(packed.subarray(from, at))
      assert.equal(part.length, length)
      assert.ok(length <= 256 * 1024 && length > 0)
      parts.push(part)
    }
    assert.ok(Buffer.concat(parts).equals(page))
  })
}

test('what repeats is packed', () => {
  const page = Buffer.alloc(300_000, 'kind,city,')
  assert.ok(lz4RawPage(page).length < 3000)
  assert.ok(lz4HadoopPage(page).length < 3000)
})
