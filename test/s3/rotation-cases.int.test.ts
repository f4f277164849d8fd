import assert from 'node:assert/strict'
import test from 'node:test'
import type { SinkRecord } from '@spillway/framework'

import { key, PARTITION, PARTITION2, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const P13 = { topic: TOPIC, partition: PARTITION2 }
const P14 = { topic: TOPIC, partition: 14 }

const offsets = (from: number, to: number): { offset: number }[] =>
  range(from, to).map((offset) => ({ offset }))

/** Puts records one by one on each of some partitions, as a consumer of interleaved batches would. */
function interleaved(from: number, to: number, partitions: readonly number[]): SinkRecord[] {
  return range(from, to).flatMap((offset) =>
    partitions.map((kafkaPartition) => record(offset, { kafkaPartition })),
  )
}

test('T1 seven records with flush.size 3 make two files, and the last record stays open', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  await driver.put(...range(0, 7).map((offset) => record(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  assert.deepEqual(await bucket.keys(), [key(0), key(3)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 3))
  assert.deepEqual(await bucket.lines(key(3)), offsets(3, 6))
})

test('T2 two partitions that start at offset 9 rotate on their own', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12, P13])
  await driver.put(...interleaved(9, 16, [PARTITION, PARTITION2]))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 15n, 'test-topic-13': 15n })
  assert.deepEqual(await bucket.keys(), [key(9), key(12), key(9, 13), key(12, 13)])
  assert.deepEqual(await bucket.lines(key(12, 13)), offsets(12, 15))
})

test('T4 an empty topics.dir leaves no slash in front', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'topics.dir': '' }), [P12])
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  await driver.stop()
  assert.deepEqual(await bucket.keys(), ['test-topic/partition=12/test-topic+12+0000000000.json'])
})

test('T5 a topics.dir or topic that looks like a file name changes nothing of the extension', async () => {
  await using bucket = await TestBucket.create()
  const topic = 'other.json.topic.json'
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'topics.dir': 'this.is.json.dir' }), [{ topic, partition: PARTITION }])
  await driver.put(...range(0, 3).map((offset) => record(offset, { topic })))
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [
    `this.is.json.dir/${topic}/partition=12/${topic}+12+0000000000.json`,
  ])
})

test('T7 a file of several parts is one object with all its records', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '10000', 's3.part.size': '5242880' }), [P12])
  const filler = 'x'.repeat(1200)
  for (const first of range(0, 22)) {
    await driver.put(
      ...range(first * 500, first * 500 + 500).map((offset) => record(offset, { value: { offset, filler } })),
    )
  }
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 10_000n })
  assert.deepEqual(await bucket.keys(), [key(0)])
  const head = await bucket.store.head(key(0))
  assert.match(head?.etag ?? '', /-3"?$/, 'the object was made of three parts')
  const lines = (await bucket.lines(key(0))) as { offset: number }[]
  assert.deepEqual(
    lines.map(({ offset }) => offset),
    range(0, 10_000),
  )
  assert.deepEqual(await bucket.openUploads(), [])
})

test('T8 an object of an earlier life is replaced by the whole file', async () => {
  await using bucket = await TestBucket.create()
  await bucket.store.put(key(0), Buffer.from('{"offset":0}\n{"offset":1}\n'), {})
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  await driver.put(...range(0, 7).map((offset) => record(offset)))
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [key(0), key(3)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 3))
})

test('T10 after a rebalance a partition goes on where its offset was committed, and one that left writes no more', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12, P13])
  await driver.put(...interleaved(0, 7, [PARTITION, PARTITION2]))
  assert.deepEqual(await driver.close(), { 'test-topic-12': 6n, 'test-topic-13': 6n })
  await driver.open([P12, P14])
  await driver.put(...interleaved(6, 13, [PARTITION, 14]))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 12n, 'test-topic-14': 12n })
  assert.deepEqual(await bucket.keys(), [
    ...[0, 3, 6, 9].map((offset) => key(offset)),
    ...[0, 3].map((offset) => key(offset, 13)),
    ...[6, 9].map((offset) => key(offset, 14)),
  ])
  assert.deepEqual(await bucket.lines(key(6)), offsets(6, 9))
})

test('a partition that stays keeps its open file when another one is revoked', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12, P13])
  await driver.put(...interleaved(0, 2, [PARTITION, PARTITION2]))
  assert.deepEqual(await driver.close([P13]), { 'test-topic-13': 0n })
  await driver.put(record(2))
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [key(0)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 3))
})
