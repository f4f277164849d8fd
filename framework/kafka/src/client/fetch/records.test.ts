import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import fc from 'fast-check'

import { DataError } from '../../../../api/src/errors/connect-errors.ts'
import type { ConsumerRecord, ProducerRecord } from '../../../../api/src/kafka/port.ts'
import { RecordReader, offsetAfter } from './record-reader.ts'
import { encodeBatch, recordBytes } from '../produce/record-writer.ts'
import type { TimedRecord } from '../produce/record-writer.ts'

const PLAIN = { producerId: -1n, producerEpoch: -1, baseSequence: -1, isTransactional: false }
const ALL = { aborted: [], maxBatchBytes: 128 * 1024 * 1024 }
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

function timed(values: readonly string[]): TimedRecord[] {
  return values.map((value, i) => ({ topic: 't', value: Buffer.from(value), timestamp: 1_000 + i }))
}

/** A batch as it lies at `offset` of a log. */
function batchAt(offset: bigint, values: readonly string[], producerId?: bigint): Buffer {
  const producer =
    producerId === undefined
      ? PLAIN
      : { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const batch = encodeBatch(timed(values), 'none', producer)
  batch.writeBigInt64BE(offset, 0)
  return batch
}

/** The marker that ends a transaction. */
function markerAt(offset: bigint, producerId: bigint): Buffer {
  const batch = batchAt(offset, ['marker'], producerId)
  batch.writeInt16BE(batch.readInt16BE(21) | 0x20, 21)
  return resealed(batch)
}

/** With the checksum of its present bytes: made by writing the same batch anew. */
function resealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

/** CRC-32C, bit by bit: independent of the client's. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

function readAll(reader: RecordReader, step = Infinity): ConsumerRecord[] {
  const records: ConsumerRecord[] = []
  for (let more = true; more;) more = reader.read(records, records.length + step)
  return records
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const header = fc.record(
  { key: fc.string({ unit: 'binary' }), value: fc.option(bytes, { nil: null }) },
  { noNullPrototype: true },
)
const record: fc.Arbitrary<TimedRecord> = fc.record({
  topic: fc.constant('t'),
  key: fc.option(bytes, { nil: null }),
  value: fc.option(bytes, { nil: null }),
  headers: fc.array(header, { maxLength: 3 }),
  timestamp: fc.maxSafeNat(),
})

describe('record batches', () => {
  test('come back as they were written, whatever is in them, in steps of any size', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.constantFrom(...CODECS),
        fc.integer({ min: 1, max: 7 }),
        (records, codec, step) => {
          const batch = encodeBatch(records, codec, PLAIN)
          const read = readAll(new RecordReader('t', 3, batch, 0n, ALL), step)
          assert.deepEqual(
            read,
            records.map(({ key, value, headers, timestamp }, i) => ({
              topic: 't',
              partition: 3,
              offset: BigInt(i),
              timestamp,
              timestampType: 'CreateTime',
              key: key ?? null,
              value: value ?? null,
              headers: headers ?? [],
            })),
          )
        },
      ),
    )
  })

  test('are never larger than announced', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const announced = records.reduce((sum, one: ProducerRecord) => sum + recordBytes(one), 61)
        assert.ok(encodeBatch(records, 'none', PLAIN).length <= announced)
      }),
    )
  })

  test('keep offsets beyond 2^53 exact', () => {
    const reader = new RecordReader(
      't',
      0,
      batchAt(9_007_199_254_740_993n, ['a', 'b']),
      9_007_199_254_740_994n,
      ALL,
    )
    assert.deepEqual(
      readAll(reader).map(({ offset }) => offset),
      [9_007_199_254_740_994n],
    )
    assert.equal(reader.position, 9_007_199_254_740_995n)
  })

  test('are read from the middle on, and a batch that is cut off is left for the next fetch', () => {
    const whole = Buffer.concat([batchAt(10n, ['a', 'b', 'c']), batchAt(13n, ['d'])])
    const cut = Buffer.concat([whole, batchAt(14n, ['e']).subarray(0, 40)])
    const reader = new RecordReader('t', 0, cut, 12n, ALL)
    assert.deepEqual(
      readAll(reader).map(({ offset, value }) => [offset, String(value)]),
      [
        [12n, 'c'],
        [13n, 'd'],
      ],
    )
    assert.equal(reader.position, 14n)
    assert.equal(offsetAfter(cut), 14n)
    assert.equal(offsetAfter(cut.subarray(0, 30)), undefined)
  })

  test('step over offsets that compaction has removed', () => {
    const batch = batchAt(5n, ['a', 'b'])
    batch.writeInt32BE(9, 23)
    const reader = new RecordReader('t', 0, resealed(batch), 5n, ALL)
    assert.equal(readAll(reader).length, 2)
    assert.equal(reader.position, 15n)
  })

  test('of aborted transactions are left out, and markers always are', () => {
    const log = Buffer.concat([
      batchAt(0n, ['a0'], 1n),
      batchAt(1n, ['b0'], 2n),
      markerAt(2n, 1n),
      batchAt(3n, ['a1'], 1n),
      markerAt(4n, 2n),
      batchAt(5n, ['plain']),
      markerAt(6n, 1n),
    ])
    const committed = new RecordReader('t', 0, log, 0n, {
      ...ALL,
      aborted: [{ producerId: 1n, firstOffset: 0n }],
    })
    assert.deepEqual(
      readAll(committed).map(({ value }) => String(value)),
      ['b0', 'a1', 'plain'],
    )
    assert.equal(committed.position, 7n)
    assert.deepEqual(
      readAll(new RecordReader('t', 0, log, 0n, ALL)).map(({ value }) => String(value)),
      ['a0', 'b0', 'a1', 'plain'],
    )
  })

  test('that are damaged are refused, naming where, and never stepped over', () => {
    const batch = batchAt(7n, ['a'])
    batch[batch.length - 1] = (batch.at(-1) ?? 0) ^ 1
    const reader = new RecordReader('orders', 2, Buffer.concat([batch, batchAt(8n, ['b'])]), 7n, ALL)
    for (let tries = 0; tries < 2; tries++) {
      assert.throws(
        () => readAll(reader),
        (error: unknown) => error instanceof DataError && error.message.includes('orders-2@7'),
      )
    }
    assert.equal(reader.position, 7n)
  })

  test('that cannot be unpacked are refused, naming where, and never stepped over', () => {
    const batch = batchAt(7n, ['a'])
    batch.writeInt16BE(1, 21)
    const reader = new RecordReader('orders', 2, resealed(batch), 7n, ALL)
    for (let tries = 0; tries < 2; tries++)
      assert.throws(() => readAll(reader), /orders-2@7: the compressed batch/)
  })

  test('of the time before Kafka 0.11 are refused', () => {
    const batch = batchAt(0n, ['a'])
    batch[16] = 1
    assert.throws(() => readAll(new RecordReader('t', 0, batch, 0n, ALL)), /record format 1/)
  })
})
