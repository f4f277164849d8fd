import assert from 'node:assert/strict'
import test from 'node:test'
import { s3SinkConnector } from '@spillway/s3-sink'

import { FaultProxy } from './support/fault-proxy.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'

const modules = freeModules(registry)

const P12 = { topic: TOPIC, partition: PARTITION }
const SCHEDULE = { 'flush.size': '1000000', 'rotate.schedule.interval.ms': '60000', timezone: 'UTC' }
const LEDGER = '_spillway/test/test-topic+12.ledger.json'

const offsets = (from: number, to: number): { offset: number }[] =>
  range(from, to).map((offset) => ({ offset }))

/** Writes records and lets the schedule commit them. */
async function writeAndRotate(driver: SinkDriver, from: number, to: number, filler = ''): Promise<void> {
  await driver.put(
    ...range(from, to).map((offset) => record(offset, filler ? { value: { offset, filler } } : {})),
  )
  driver.clock.advance(60_000)
  await driver.put()
}

test('objects say which records they hold, and the ledger what is durable, before Kafka is told', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(driver, 0, 5)
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 5n })
  const { metadata } = (await bucket.store.head(key(0))) ?? {}
  assert.equal(metadata?.['spillway-first-offset'], '0')
  assert.equal(metadata['spillway-last-offset'], '4')
  assert.equal(metadata['spillway-records'], '5')
  const ledger = JSON.parse((await bucket.store.get(LEDGER))?.body.toString() ?? '') as { frontier: string }
  assert.equal(ledger.frontier, '5')
})

for (const [size, filler] of [
  ['small', ''],
  ['multipart', 'x'.repeat(1_500_000)],
] as const) {
  test(`a life that crashed after its upload and before its commit is gone on from, though it cut elsewhere (${size} files)`, async () => {
    await using bucket = await TestBucket.create()
    const config = bucket.config({ ...SCHEDULE, 's3.part.size': '5242880' })
    const first = new SinkDriver()
    await first.start(config, [P12])
    await writeAndRotate(first, 0, 5, filler)
    await first.settle()
    await first.kill()
    const second = new SinkDriver()
    await second.start(config, [P12])
    await writeAndRotate(second, 0, 8, filler)
    assert.deepEqual(await second.stop(), { 'test-topic-12': 8n })
    assert.deepEqual(await bucket.keys(), [key(0), key(5)])
    assert.equal((await bucket.lines(key(0))).length, 5)
    assert.equal((await bucket.lines(key(5))).length, 3)
    assert.deepEqual(await bucket.openUploads(), [])
  })
}

test('a longer object of an earlier life covers what is read again', async () => {
  await using bucket = await TestBucket.create()
  const first = new SinkDriver()
  await first.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(first, 0, 8)
  await first.settle()
  await first.kill()
  const second = new SinkDriver()
  await second.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(second, 0, 3)
  await second.settle()
  await writeAndRotate(second, 3, 10)
  assert.deepEqual(await second.stop(), { 'test-topic-12': 10n })
  assert.deepEqual(await bucket.keys(), [key(0), key(8)])
  assert.deepEqual(await bucket.lines(key(8)), offsets(8, 10))
})

test('a task that does not know of its end neither replaces anything nor moves the ledger, and says so', async () => {
  await using bucket = await TestBucket.create()
  const zombie = new SinkDriver()
  await zombie.start(bucket.config(SCHEDULE), [P12])
  await zombie.put(...range(0, 5).map((offset) => record(offset)))
  const owner = new SinkDriver()
  await owner.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(owner, 0, 3)
  await owner.settle()
  zombie.clock.advance(60_000)
  await zombie.put()
  await zombie.until(async () => (await bucket.keys()).includes(key(3)))
  assert.deepEqual(await zombie.preCommit(), {})
  assert.match(zombie.notices.at(-1) ?? '', /Another task has claimed .*test-topic\+12\.ledger\.json/)
  await zombie.put(...range(5, 9).map((offset) => record(offset)))
  await writeAndRotate(owner, 3, 10)
  assert.deepEqual(await owner.stop(), { 'test-topic-12': 10n })
  assert.deepEqual(await bucket.keys(), [key(0), key(3), key(5)])
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 3))
  assert.deepEqual(await bucket.lines(key(3)), offsets(3, 5), 'the zombie went on after what it found')
  assert.deepEqual(await bucket.lines(key(5)), offsets(5, 10), 'and the owner after what the zombie wrote')
  await zombie.kill()
})

test('an object of someone else is never replaced or taken for one’s own: the task fails and says what lies there', async () => {
  await using bucket = await TestBucket.create()
  await bucket.store.put(key(0), Buffer.from('precious\n'), {})
  const driver = new SinkDriver()
  await driver.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(driver, 0, 3)
  assert.match(
    await driver.failure(),
    /an object that does not say which records it holds lies there.*exactly\.once=off/,
  )
  await driver.kill()
  assert.equal(await bucket.text(key(0)), 'precious\n')
})

test('a topic that was made anew is not taken for the old one: the task fails rather than drop or mix records', async () => {
  await using bucket = await TestBucket.create()
  const first = new SinkDriver()
  await first.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(first, 0, 5)
  await first.stop()
  const second = new SinkDriver()
  second.topicGeneration = 2
  await second.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(second, 0, 3)
  assert.match(
    await second.failure(),
    /connector 'test' under other settings, or of a topic that was created again/,
  )
  await second.kill()
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 5))
})

/** A life after one whose only object, of five records, was deleted, and whose group was set back to the first of them. */
async function setBack(bucket: TestBucket): Promise<SinkDriver> {
  const first = new SinkDriver()
  await first.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(first, 0, 5)
  await first.stop()
  await bucket.store.delete(key(0))
  const second = new SinkDriver()
  second.committed.set(P12, { offset: 0n })
  return second
}

test('an operator’s reset of the group wins over the ledger', async () => {
  await using bucket = await TestBucket.create()
  const second = await setBack(bucket)
  await second.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(second, 0, 5)
  assert.deepEqual(await second.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 5))
})

test('a reset is not forgotten by a life that commits and crashes before it has come to where the ledger was', async () => {
  await using bucket = await TestBucket.create()
  const second = await setBack(bucket)
  await second.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(second, 0, 2)
  await second.settle()
  assert.deepEqual(await second.preCommit(), { 'test-topic-12': 2n })
  await second.kill()
  const third = new SinkDriver()
  third.committed.set(P12, { offset: 2n, metadata: 'spillway:some-claim' })
  await third.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(third, 2, 5)
  assert.deepEqual(await third.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 2))
  assert.deepEqual(await bucket.lines(key(2)), offsets(2, 5))
})

test('a reset stays in force where the first commit fails and everything is read again', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const second = await setBack(bucket)
  await second.start({ ...bucket.config(SCHEDULE), 'store.url': proxy.url }, [P12])
  await second.put(record(0), record(1))
  proxy.inject(({ method, path }) =>
    method === 'PUT' && path.includes('ledger') ? { answer: 403, code: 'AccessDenied' } : undefined,
  )
  await assert.rejects(second.preCommit(), /AccessDenied/)
  proxy.inject(() => undefined)
  await second.put(...range(0, 5).map((offset) => record(offset)))
  await second.resumed()
  second.clock.advance(60_000)
  await second.put()
  assert.deepEqual(await second.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(await bucket.lines(key(0)), offsets(0, 5))
})

test('the only record of a file is in it once, though it is read again', async () => {
  await using bucket = await TestBucket.create()
  for (const config of [{ 'flush.size': '2' }, SCHEDULE]) {
    const driver = new SinkDriver()
    await driver.start({ ...bucket.config(config), 'topics.dir': config['flush.size'] }, [P12])
    await driver.put(record(0))
    await driver.put(record(0))
    await driver.resumed()
    await writeAndRotate(driver, 1, 2)
    assert.deepEqual(await driver.stop(), { 'test-topic-12': 2n })
    assert.deepEqual(await bucket.lines(key(0).replace(/^topics/, config['flush.size'])), offsets(0, 2))
  }
})

test('without an operator’s reset nothing below the ledger’s frontier is written again', async () => {
  await using bucket = await TestBucket.create()
  const first = new SinkDriver()
  await first.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(first, 0, 5)
  await first.stop()
  await bucket.store.delete(key(0))
  const second = new SinkDriver()
  second.committed.set(P12, { offset: 2n, metadata: 'spillway:some-claim' })
  await second.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(second, 2, 5)
  assert.deepEqual(await second.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(await bucket.keys(), [])
})

test('rotation that a replay repeats needs no ledger, and exactly.once=off has none', async () => {
  await using bucket = await TestBucket.create()
  for (const config of [{}, { ...SCHEDULE, 'exactly.once': 'off' }]) {
    const driver = new SinkDriver()
    await driver.start(bucket.config(config), [P12])
    await writeAndRotate(driver, 0, 3)
    await driver.stop()
  }
  assert.deepEqual(await bucket.allKeys(), [key(0)])
})

test('offsets that are deleted by REST take the ledger with them: everything is read and adopted again', async () => {
  await using bucket = await TestBucket.create()
  const first = new SinkDriver()
  await first.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(first, 0, 5)
  await first.stop()
  const connector = s3SinkConnector.create()
  await connector.start(bucket.config(SCHEDULE), {
    connectorName: 'test',
    requestTaskReconfiguration: () => undefined,
    raiseError: () => undefined,
  })
  assert.ok(
    await connector.alterOffsets?.(bucket.config(SCHEDULE), [{ ...P12, offset: null }], false, modules),
  )
  assert.equal(await bucket.store.head(LEDGER), null)
  const second = new SinkDriver()
  await second.start(bucket.config(SCHEDULE), [P12])
  await writeAndRotate(second, 0, 7)
  assert.deepEqual(await second.stop(), { 'test-topic-12': 7n })
  assert.deepEqual(await bucket.keys(), [key(0), key(5)])
  assert.deepEqual(await bucket.lines(key(5)), offsets(5, 7))
})
