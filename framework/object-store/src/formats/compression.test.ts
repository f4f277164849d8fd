import assert from 'node:assert/strict'
import test from 'node:test'
import { gunzipSync } from 'node:zlib'

import { gzip } from './compression.ts'

/** Yields the same buffer with other contents each time, as the spill log does. */
async function* pieces(count: number): AsyncIterable<Uint8Array> {
  const buffer = Buffer.alloc(100_000)
  for (let i = 0; i < count; i++) {
    buffer.fill(`${i} and some text `)
    yield buffer
  }
}

async function compressed(count: number, level?: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of gzip(level).compress(pieces(count))) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function plain(count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of pieces(count)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

test('what gzip writes is read back as it was, from pieces that do not outlive each other', async () => {
  assert.ok(gunzipSync(await compressed(30)).equals(await plain(30)))
  assert.equal(gunzipSync(await compressed(0)).length, 0)
})

test('the same bytes give the same file each time, and the level counts', async () => {
  assert.ok((await compressed(5)).equals(await compressed(5)))
  assert.ok((await compressed(5, 0)).length > (await compressed(5, 9)).length)
})

test('an error of the source ends the stream with it', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield Buffer.from('x')
    throw new Error('disk gone')
  }
  await assert.rejects(async () => {
    for await (const chunk of gzip().compress(broken())) assert.ok(chunk)
  }, /disk gone/)
})

test('whoever stops reading midway leaves nothing running', async () => {
  for await (const chunk of gzip(0).compress(pieces(50))) {
    assert.ok(chunk.length > 0)
    break
  }
})
