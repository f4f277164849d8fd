import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'

import { compressionsAlgorithms } from '@platformatic/kafka'
import fc from 'fast-check'

import { CODEC_NAMES, UnpackLimitError, unpackBatch } from './unpack-batch.ts'

const { lz4, snappy } = compressionsAlgorithms

/** snappy-java's stream: a header, then blocks with their length. */
function xerial(data: Buffer, blockBytes = 1_000): Buffer {
  const parts: Buffer[] = [Buffer.from('82534e41505059000000000100000001', 'hex')]
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = snappy.compressSync(data.subarray(at, at + blockBytes))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** An LZ4 frame with blocks of at most 64 KiB that are not compressed. */
function lz4Plain(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('04224d18604082', 'hex')]
  for (let at = 0; at < data.length; at += 65_536) {
    const block = data.subarray(at, at + 65_536)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(block.length + 0x80000000)
    parts.push(length, block)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

interface Packer {
  readonly name: string
  readonly codec: string
  readonly pack: (data: Buffer) => Buffer | Promise<Buffer>
  /** Whether the data tell their size, so that an error can. */
  readonly tellsSize: boolean
}

const PACKERS: readonly Packer[] = [
  { name: 'gzip', codec: 'gzip', pack: (data) => gzipSync(data), tellsSize: false },
  {
    name: 'gzip of several members',
    codec: 'gzip',
    pack: (data) => Buffer.concat([gzipSync(data.subarray(0, 10)), gzipSync(data.subarray(10))]),
    tellsSize: false,
  },
  { name: 'zstd', codec: 'zstd', pack: (data) => zstdCompressSync(data), tellsSize: true },
  {
    name: 'zstd without its size, as streams write it',
    codec: 'zstd',
    pack: async (data) => buffer(Readable.from([data]).pipe(createZstdCompress())),
    tellsSize: false,
  },
  {
    name: 'snappy in one block',
    codec: 'snappy',
    pack: (data) => snappy.compressSync(Buffer.from(data)),
    tellsSize: true,
  },
  { name: 'snappy in blocks, as Kafka writes it', codec: 'snappy', pack: xerial, tellsSize: true },
  { name: 'lz4', codec: 'lz4', pack: (data) => lz4.compressSync(data), tellsSize: true },
  { name: 'lz4 with plain blocks', codec: 'lz4', pack: lz4Plain, tellsSize: true },
]

const unpack = ({ codec }: Packer, packed: Buffer, limit: number): Buffer =>
  unpackBatch(CODEC_NAMES.indexOf(codec), packed, limit)

suite('unpacking a batch', () => {
  for (const packer of PACKERS) {
    test(`${packer.name}: gives back what was packed where it fits to the byte, and refuses one byte less`, async () => {
      const repeats = fc
        .tuple(fc.uint8Array({ minLength: 11, maxLength: 200 }), fc.integer({ min: 1, max: 2_000 }))
        .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)))
      await fc.assert(
        fc.asyncProperty(repeats, async (data) => {
          const packed = await packer.pack(data)
          assert.deepEqual(unpack(packer, packed, data.length), data)
          assert.throws(
            () => unpack(packer, packed, data.length - 1),
            (error: unknown) =>
              error instanceof UnpackLimitError && (!packer.tellsSize || error.bytes === data.length),
          )
        }),
        { numRuns: 60 },
      )
    })

    test(`${packer.name}: refuses a bomb, and damaged data with an error of their own`, async () => {
      const packed = await packer.pack(Buffer.alloc(20_000_000))
      const before = process.memoryUsage().arrayBuffers
      assert.throws(() => unpack(packer, packed, 1_000_000), UnpackLimitError)
      assert.ok(process.memoryUsage().arrayBuffers - before < 8_000_000)
      fc.assert(
        fc.property(
          fc.nat(packed.length - 1),
          fc.integer({ min: 1, max: 255 }),
          fc.nat(300),
          (at, flip, cut) => {
            const damaged = Buffer.from(packed.subarray(0, Math.min(packed.length, 4_000) - cut))
            if (at < damaged.length) damaged.writeUInt8(damaged.readUInt8(at) ^ flip, at)
            try {
              assert.ok(unpack(packer, damaged, 1_000_000).length <= 1_000_000)
            } catch (error) {
              assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error))
            }
          },
        ),
        { numRuns: 50 },
      )
    })
  }

  test('sizes that lie are not believed: a block or frame that says less than it holds is damaged', () => {
    const data = Buffer.alloc(200_000, 'x')
    const small = snappy.compressSync(Buffer.alloc(100, 'x'))
    const big = snappy.compressSync(data)
    // The length of the small one before the blocks of the big one.
    const lying = Buffer.concat([small.subarray(0, 1), big.subarray(3)])
    assert.throws(() => unpackBatch(2, lying, 1_000))
    // Blocks of at most 64 KiB, says the frame; this one has 4 MiB.
    const frame = lz4.compressSync(Buffer.alloc(4_000_000))
    frame.writeUInt8(0x40, 5)
    assert.throws(() => unpackBatch(3, frame, 100_000))
  })
})
