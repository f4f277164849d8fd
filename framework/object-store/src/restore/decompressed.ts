import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { DataError } from '@spillway/api'
import { snappyUncompress } from 'hyparquet'

import type { PieceLimit } from './piece-limit.ts'

const SNAPPY_HEADER_BYTES = 16

/** The bytes of an object as they were before its file was compressed, as its name says. */
export function decompressed(key: string, body: Buffer, limit: PieceLimit): AsyncIterable<Uint8Array> {
  if (key.endsWith('.gz')) return Readable.from([body]).pipe(createGunzip())
  if (key.endsWith('.zst')) return Readable.from([body]).pipe(createZstdDecompress())
  return key.endsWith('.snappy') ? unsnapped(body, limit) : plain(body)
}

async function* plain(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body
}

/** A stream of snappy-java: a header, then blocks with their length. */
async function* unsnapped(body: Buffer, limit: PieceLimit): AsyncGenerator<Uint8Array> {
  let at = SNAPPY_HEADER_BYTES
  while (at < body.length) {
    const length = body.readUInt32BE(at)
    const block = body.subarray(at + 4, at + 4 + length)
    if (block.length < length) throw new DataError('the snappy stream ends within a block')
    const bytes = uncompressedLength(block)
    limit.check('a block of the snappy stream', bytes)
    const output = new Uint8Array(bytes)
    snappyUncompress(block, output)
    yield output
    at += 4 + length
  }
}

/** The size that a block of snappy begins with. */
export function uncompressedLength(block: Buffer): number {
  let length = 0
  for (let i = 0, shift = 0; ; i++, shift += 7) {
    const byte = block[i] ?? 0
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return length
  }
}
