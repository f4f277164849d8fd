import assert from 'node:assert/strict'
import test from 'node:test'
import type { SinkRecord } from '@spillway/framework'

import { FaultProxy } from './support/fault-proxy.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const HOUR = 3_600_000
const SCHEDULE = { 'flush.size': '1000', 'rotate.schedule.interval.ms': String(HOUR), timezone: 'UTC' }

const offsets = (from: number, to: number): { offset: number }[] =>
  range(from, to).map((offset) => ({ offset }))

async function writeAndRotate(driver: SinkDriver, records: readonly SinkRecord[]): Promise<void> {
  await driver.put(...records)
  driver.clock.advance(HOUR)
  await driver.put()
}

test('T40 a commit that fails for a while is tried again under the same name, and records go on being taken', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...SCHEDULE, 'store.url': proxy.url }), [P12])
  let failures = 0
  proxy.inject(({ operation, path }) =>
    operation === 'PutObject' && path.includes(key(0).slice(-15)) && failures++ === 0
      ? { answer: 503, code: 'SlowDown' }
      : undefined,
  )
  await writeAndRotate(
    driver,
    range(0, 3).map((offset) => record(offset)),
  )
  await driver.until(() => failures === 1)
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 0n })
  await driver.put(record(3))
  await driver.until(async () => {
    driver.clock.advance(1000)
    return (await driver.preCommit())['test-topic-12'] === 3n
  })
  assert.equal(failures, 2)
  assert.deepEqual(await bucket.keys(), [key(0)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 3))
  await driver.kill()
})

test('T55 records of a topic that a transformation renamed are written under the new name, and committed under the old', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  const topic = `KAFKA_MAIN.${TOPIC}`
  await driver.put(...range(0, 4).map((offset) => record(offset).with({ topic })))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  const name = `topics/${topic}/partition=12/${TOPIC}+12+0000000000.json`
  assert.deepEqual(await bucket.keys(), [name])
  assert.deepEqual(await bucket.lines(name), offsets(0, 3))
})

test('T56 names that an earlier life has taken are not searched through: what lies there says where to go on, and nothing is twice', async () => {
  await using bucket = await TestBucket.create()
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [2, 3],
  ] as const) {
    const earlier = new SinkDriver()
    await earlier.start(bucket.config(SCHEDULE), [P12])
    await writeAndRotate(
      earlier,
      range(from, to).map((offset) => record(offset)),
    )
    await earlier.stop()
  }
  assert.deepEqual(await bucket.keys(), [key(0), key(1), key(2)])
  await bucket.store.delete('_spillway/test/test-topic+12.ledger.json')
  const driver = new SinkDriver()
  await driver.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(
    driver,
    range(0, 5).map((offset) => record(offset)),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(await bucket.keys(), [key(0), key(1), key(2), key(3)])
  assert.deepEqual(await bucket.lines(key(2)), offsets(2, 3))
  assert.deepEqual(await bucket.lines(key(3)), offsets(3, 5))
})

test('T56 a longer object of an earlier life is gone on from behind its end, not overwritten and not repeated', async () => {
  await using bucket = await TestBucket.create()
  const earlier = new SinkDriver()
  await earlier.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(
    earlier,
    range(0, 120).map((offset) => record(offset)),
  )
  await earlier.stop()
  await bucket.store.delete('_spillway/test/test-topic+12.ledger.json')
  const driver = new SinkDriver()
  await driver.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(
    driver,
    range(0, 30).map((offset) => record(offset)),
  )
  await driver.settle()
  await writeAndRotate(
    driver,
    range(30, 130).map((offset) => record(offset)),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 130n })
  assert.deepEqual(await bucket.keys(), [key(0), key(120)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 120))
  assert.deepEqual(await bucket.lines(key(120)), offsets(120, 130))
})

test('T56 an object of another sink, or one that may not be looked at, stops the task and stays as it is', async () => {
  await using bucket = await TestBucket.create()
  await bucket.store.put(key(0), Buffer.from('{"offset":0}\n{"offset":1}\n'), {})
  const driver = new SinkDriver()
  await driver.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(
    driver,
    range(0, 3).map((offset) => record(offset)),
  )
  assert.match(
    await driver.failure(),
    /an object that does not say which records it holds lies there.*topics\.dir.*exactly\.once=off/,
  )
  await driver.kill()

  await using proxy = await FaultProxy.start()
  proxy.inject(({ method, path }) =>
    method === 'HEAD' && path.endsWith('.json') ? { answer: 403, code: 'AccessDenied' } : undefined,
  )
  const forbidden = new SinkDriver()
  await forbidden.start(bucket.config({ ...SCHEDULE, 'store.url': proxy.url }), [P12])
  await writeAndRotate(
    forbidden,
    range(0, 3).map((offset) => record(offset)),
  )
  assert.match(await forbidden.failure(), /asking for s3:.*0000000000\.json failed: 403/)
  await forbidden.kill()
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 2))
})

test('T56 of two output partitions each goes on behind its own objects', async () => {
  await using bucket = await TestBucket.create()
  const byKind = {
    ...SCHEDULE,
    'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
    'partition.field.name': 'kind',
  }
  const of = (offset: number): SinkRecord =>
    record(offset, { value: { offset, kind: offset % 2 === 0 ? 'a' : 'b' } })
  const earlier = new SinkDriver()
  await earlier.start(bucket.config(byKind), [P12])
  await writeAndRotate(earlier, range(0, 3).map(of))
  await earlier.stop()
  await bucket.store.delete('_spillway/test/test-topic+12.ledger.json')
  const driver = new SinkDriver()
  await driver.start(bucket.config(byKind), [P12])
  await writeAndRotate(driver, range(0, 6).map(of))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  const held = await Promise.all(
    (await bucket.keys()).map(async (name) => [
      name.replace(/^.*\/(kind=.)\/.*\+0*(\d+)\.json$/, '$1 from $2'),
      ((await bucket.lines(name)) as { offset: number }[]).map(({ offset }) => offset),
    ]),
  )
  assert.deepEqual(held, [
    ['kind=a from 0', [0, 2]],
    ['kind=a from 4', [4]],
    ['kind=b from 1', [1]],
    ['kind=b from 3', [3, 5]],
  ])
})

test('T56 enable.conditional.writes=false replaces what lies there', async () => {
  await using bucket = await TestBucket.create()
  await bucket.store.put(key(0), Buffer.from('old\n'), {})
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...SCHEDULE, 'enable.conditional.writes': 'false' }), [P12])
  await writeAndRotate(
    driver,
    range(0, 3).map((offset) => record(offset)),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await bucket.allKeys(), [key(0)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 3))
})

test('names without zeros before the offset', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'filename.offset.zero.pad.width': '0' }), [P12])
  await driver.put(...range(7, 10).map((offset) => record(offset)))
  await driver.stop()
  assert.deepEqual(await bucket.keys(), ['topics/test-topic/partition=12/test-topic+12+7.json'])
})
