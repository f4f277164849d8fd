import assert from 'node:assert/strict'
import test from 'node:test'
import type { SinkRecord } from '@spillway/framework'

import { PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const BY_KIND = {
  'flush.size': '1000000',
  'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
  'partition.field.name': 'kind',
}
const keyIn = (kind: string, offset: number): string =>
  `topics/${TOPIC}/kind=${kind}/${TOPIC}+12+${String(offset).padStart(10, '0')}.json`

const of = (kind: string, offset: number, timestamp = 0): SinkRecord =>
  record(offset, { value: { kind, offset }, timestamp })

test('rotate.file.bytes commits the file that is full, and no other', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BY_KIND, 'rotate.file.bytes': '100' }), [P12])
  await driver.put(of('a', 0), ...range(1, 12).map((offset) => of('b', offset)))
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [keyIn('b', 1), keyIn('b', 6)])
  for (const key of await bucket.keys()) {
    const { size } = (await bucket.store.head(key)) ?? { size: 0 }
    assert.ok(size >= 100 && size < 130, `${key} has ${size} bytes`)
  }
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 0n }, 'a is still open')
  await driver.kill()
})

test('rotate.file.age.ms counts from the first record of a file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BY_KIND, 'rotate.file.age.ms': '60000' }), [P12])
  await driver.put(of('a', 0))
  driver.clock.advance(40_000)
  await driver.put(of('b', 1), of('a', 2))
  driver.clock.advance(20_000)
  await driver.put()
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [keyIn('a', 0)])
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 1n })
  driver.clock.advance(40_000)
  await driver.put()
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await bucket.keys(), [keyIn('a', 0), keyIn('b', 1)])
})

test('rotate.idle.ms counts from the last record of a file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BY_KIND, 'rotate.idle.ms': '60000' }), [P12])
  await driver.put(of('a', 0), of('b', 1))
  driver.clock.advance(40_000)
  await driver.put(of('a', 2))
  driver.clock.advance(30_000)
  await driver.put()
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [keyIn('b', 1)])
  await driver.kill()
})

test('rotate.lateness.ms keeps a file open for late records, until the partition’s time is far enough ahead', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BY_KIND, 'rotate.lateness.ms': '60000' }), [P12])
  await driver.put(of('a', 0, 0), of('b', 1, 50_000), of('a', 2, 10_000), of('b', 3, 69_999))
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [])
  await driver.put(of('b', 4, 70_000))
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [keyIn('a', 0)])
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 1n })
  await driver.kill()
})

test('flush.size still commits all, and does not count what has left by itself', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BY_KIND, 'flush.size': '4', 'rotate.idle.ms': '60000' }), [P12])
  await driver.put(of('a', 0), of('a', 1))
  driver.clock.advance(60_000)
  await driver.put()
  await driver.put(of('b', 2), of('b', 3), of('c', 4))
  await driver.settle()
  assert.deepEqual(await bucket.keys(), [keyIn('a', 0)])
  await driver.put(of('c', 5))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  assert.deepEqual(await bucket.keys(), [keyIn('a', 0), keyIn('b', 2), keyIn('c', 4)])
})

test('where the buffer is full, the files that were written to least recently are committed, the others stay open', async () => {
  await using bucket = await TestBucket.create()
  const mib = 1024 * 1024
  const driver = new SinkDriver({ memoryBytes: mib, diskBytes: mib })
  await driver.start(bucket.config({ ...BY_KIND, 'rotate.file.age.ms': '86400000' }), [P12])
  const filler = 'x'.repeat(20_000)
  for (const offset of range(0, 150)) {
    driver.clock.advance(1)
    await driver.put(record(offset, { value: { kind: `k${offset % 30}`, offset, filler } }))
    await driver.until(async () => {
      if (driver.paused.size > 0) await driver.put()
      return driver.paused.size === 0
    })
  }
  await driver.settle()
  const keys = await bucket.keys()
  assert.ok(keys.length > 0 && keys.length < 140, `${keys.length} objects`)
  const held = await Promise.all(keys.map((key) => bucket.lines(key)))
  assert.ok(
    held.some((lines) => lines.length > 1),
    'files were committed one record at a time',
  )
  await driver.kill()
})
