import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'

import fc from 'fast-check'
import { snappyCompress } from '../formats/snappy.ts'

import { DataError } from '../../../api/src/errors/connect-errors.ts'
import { avroRows } from './avro-rows.ts'
import { decompressed } from './decompressed.ts'
import type { EnvelopeRow } from './envelope-row.ts'
import { jsonRows } from './json-rows.ts'
import { PieceLimit } from './piece-limit.ts'

const LIMIT = new PieceLimit(1_000_000)

async function rowsOf(rows: AsyncIterable<EnvelopeRow>): Promise<EnvelopeRow[]> {
  const found: EnvelopeRow[] = []
  for await (const row of rows) found.push(row)
  return found
}

/** snappy-java's stream, in blocks of the given size. */
function snappyStream(data: Buffer, blockBytes: number): Buffer {
  const parts = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = snappyCompress(data.subarray(at, at + blockBytes))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, Buffer.from(block))
  }
  return Buffer.concat(parts)
}

function long(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : 128 + (left % 128))
    if (left < 128) return Buffer.from(bytes)
  }
}

/** An Avro container of envelopes with one block, whose length may be another than it is. */
function container(codec: string, block: Buffer, length = block.length): Buffer {
  const schema = '{"type":"record","name":"e","fields":[{"name":"value","type":["null","bytes"]}]}'
  const text = (value: string): Buffer => Buffer.concat([long(value.length), Buffer.from(value)])
  const metadata = ['avro.schema', schema, 'avro.codec', codec].map(text)
  const head = [Buffer.from('Obj\u0001', 'latin1'), long(2), ...metadata, long(0), Buffer.alloc(16)]
  return Buffer.concat([...head, long(1), long(length), block, Buffer.alloc(16)])
}

/** What a file of one record takes, by what it is packed with. */
const JSON_PACKERS: readonly (readonly [extension: string, pack: (data: Buffer) => Buffer])[] = [
  ['.json', (data) => data],
  ['.json.gz', (data) => gzipSync(data)],
  ['.json.zst', (data) => zstdCompressSync(data)],
  ['.json.snappy', (data) => snappyStream(data, 32 * 1024)],
]
const AVRO_PACKERS: readonly (readonly [codec: string, pack: (data: Buffer) => Buffer])[] = [
  ['deflate', (data) => deflateRawSync(data)],
  ['zstandard', (data) => zstdCompressSync(data)],
  ['snappy', (data) => Buffer.concat([Buffer.from(snappyCompress(data)), Buffer.alloc(4)])],
]
const isTold = (error: unknown): boolean =>
  error instanceof DataError &&
  /more than the 1000000 bytes that max\.decompressed\.batch\.bytes/.test(error.message)

suite('restoring from objects that unpack to far more than they are', () => {
  for (const [extension, pack] of JSON_PACKERS) {
    test(`${extension}: a line as long as allowed is read, a longer one refused`, async () => {
      const file = (bytes: number): Buffer =>
        pack(Buffer.from(`{"value":"${'x'.repeat(bytes - 12)}"}\n{"value":1}\n`))
      const read = (body: Buffer) => rowsOf(jsonRows(decompressed(`o${extension}`, body, LIMIT), LIMIT))
      assert.equal((await read(file(1_000_000))).length, 2)
      await assert.rejects(read(file(1_000_001)), isTold)
      const bomb = pack(Buffer.alloc(40_000_000, ' '))
      const before = process.memoryUsage().arrayBuffers
      await assert.rejects(read(bomb), isTold)
      assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000)
    })
  }

  for (const [codec, pack] of AVRO_PACKERS) {
    test(`Avro, ${codec}: a block as large as allowed is read, a larger one refused`, async () => {
      const block = (bytes: number): Buffer =>
        Buffer.concat([long(1), long(bytes - 4), Buffer.alloc(bytes - 4)])
      const read = (data: Buffer) => rowsOf(avroRows(container(codec, pack(data)), LIMIT))
      assert.equal(block(1_000_000).length, 1_000_000)
      assert.equal((await read(block(1_000_000))).length, 1)
      await assert.rejects(read(block(1_000_001)), isTold)
      await assert.rejects(read(block(40_000_000)), isTold)
    })
  }

  test('a block of snappy that says it is of 4 GB is refused before there is room for it', async () => {
    const length = Buffer.from([0, 0, 0, 6])
    const stream = Buffer.concat([
      snappyStream(Buffer.alloc(0), 1),
      length,
      Buffer.from('ffffffff0f00', 'hex'),
    ])
    await assert.rejects(rowsOf(jsonRows(decompressed('o.snappy', stream, LIMIT), LIMIT)), isTold)
    const block = Buffer.from('ffffffff0f0000000000', 'hex')
    await assert.rejects(rowsOf(avroRows(container('snappy', block), LIMIT)), isTold)
  })

  test('an Avro block of a length below 0 is an error, no endless loop', async () => {
    await assert.rejects(rowsOf(avroRows(container('null', Buffer.from([0]), -20), LIMIT)), DataError)
  })
})

test('lines are put together however the bytes come', async () => {
  const values = fc.array(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (texts, size, ends) => {
      const file = Buffer.from(
        texts.map((value) => JSON.stringify({ value })).join('\n') + (ends ? '\n' : ''),
      )
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < file.length; at += size) yield file.subarray(at, at + size)
      }
      const rows = await rowsOf(jsonRows(pieces(), LIMIT))
      assert.deepEqual(
        rows.map(({ value }) => value.value),
        texts,
      )
    }),
  )
})
