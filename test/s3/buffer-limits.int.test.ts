import assert from 'node:assert/strict'
import test from 'node:test'

import { FaultProxy } from './support/fault-proxy.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const MIB = 1024 * 1024

/** Offsets of all objects, in the order of their keys. */
async function offsetsIn(bucket: TestBucket): Promise<number[]> {
  const offsets: number[] = []
  for (const name of await bucket.keys()) {
    for (const line of (await bucket.lines(name)) as { offset: number }[]) offsets.push(line.offset)
  }
  return offsets
}

test('records go on being taken while an upload is stuck, and offsets wait for it', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'store.url': proxy.url }), [P12])
  proxy.inject(({ path }) => (path.includes('0000000000.json') ? 'stall' : undefined))
  await driver.put(...range(0, 7).map((offset) => record(offset)))
  await driver.until(async () => (await bucket.keys()).length === 1)
  assert.deepEqual(await bucket.keys(), [key(3)], 'the later file is durable, the earlier one is not')
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 0n })
  await driver.kill()
})

test('more open bytes than memory go to disk, and the files are whole', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ memoryBytes: MIB, diskBytes: 64 * MIB })
  const partitioner = {
    'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
    'partition.field.name': 'part',
  }
  await driver.start(bucket.config({ ...partitioner, 'flush.size': '4000' }), [P12])
  const filler = 'x'.repeat(2000)
  for (const first of range(0, 8)) {
    await driver.put(
      ...range(first * 500, first * 500 + 500).map((offset) =>
        record(offset, { value: { part: offset % 50, offset, filler } }),
      ),
    )
    assert.equal(driver.paused.size, 0)
  }
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 4000n })
  assert.equal((await bucket.keys()).length, 50)
  const found = await offsetsIn(bucket)
  assert.deepEqual(
    found.toSorted((a, b) => a - b),
    range(0, 4000),
  )
})

test('where neither memory nor disk has room, consumption pauses, files are committed early, and it goes on', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ memoryBytes: MIB, diskBytes: MIB })
  await driver.start(bucket.config({ 'flush.size': '1000000' }), [P12])
  const filler = 'x'.repeat(2000)
  let pauses = 0
  for (const first of range(0, 16)) {
    await driver.put(
      ...range(first * 500, first * 500 + 500).map((offset) => record(offset, { value: { offset, filler } })),
    )
    if (driver.paused.has('test-topic-12')) pauses++
    await driver.until(async () => {
      if (driver.paused.size > 0) await driver.put()
      return driver.paused.size === 0
    })
  }
  assert.ok(pauses > 0, 'the budget was never exceeded')
  const safe = (await driver.stop())['test-topic-12'] as bigint
  const found = await offsetsIn(bucket)
  assert.ok(found.length > 4000)
  assert.deepEqual(found, range(0, found.length))
  assert.equal(safe, BigInt(found.length))
})

for (const mode of ['auto', 'ledger'] as const) {
  test(`a full buffer never parts the records of one offset (exactly.once=${mode})`, async () => {
    await using bucket = await TestBucket.create()
    const driver = new SinkDriver({ memoryBytes: MIB, diskBytes: MIB })
    await driver.start(bucket.config({ 'flush.size': '1000000', 'exactly.once': mode }), [P12])
    const filler = 'x'.repeat(20_000)
    for (const offset of range(0, 60)) {
      await driver.put(...range(0, 7).map((part) => record(offset, { value: { offset, part, filler } })))
      await driver.until(async () => {
        driver.clock.advance(1000)
        if (driver.paused.size > 0) await driver.put()
        return driver.paused.size === 0
      })
    }
    const safe = Number((await driver.stop())['test-topic-12'])
    assert.ok(safe > 0, 'nothing was committed early')
    const names: string[] = []
    for (const name of await bucket.keys()) {
      const lines = (await bucket.lines(name)) as { offset: number; part: number }[]
      names.push(...lines.map(({ offset, part }) => `${offset}.${part}`))
    }
    assert.deepEqual(
      names,
      range(0, safe).flatMap((offset) => range(0, 7).map((part) => `${offset}.${part}`)),
    )
  })
}

/** Puts records of 2000 bytes, some hundred at a time, and waits where there is no room. */
async function putThrough(driver: SinkDriver, from: number, to: number): Promise<void> {
  const filler = 'x'.repeat(2000)
  for (let first = from; first < to; first += 500) {
    await driver.put(
      ...range(first, Math.min(to, first + 500)).map((offset) =>
        record(offset, { value: { offset, filler } }),
      ),
    )
    await driver.until(async () => {
      driver.clock.advance(1000)
      if (driver.paused.size > 0) await driver.put()
      return driver.paused.size === 0
    })
  }
}

test('a life with more room cuts where an earlier one without has cut: its late upload takes nothing away', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const config = bucket.config({ 'flush.size': '5000' })
  const first = new SinkDriver({ memoryBytes: MIB, diskBytes: MIB })
  await first.start({ ...config, 'store.url': proxy.url }, [P12])
  const owner = Promise.withResolvers<void>()
  proxy.inject(({ operation }) => (operation === 'PutObject' ? { heldUntil: owner.promise } : undefined))
  const filler = 'x'.repeat(2000)
  for (const from of range(0, 4)) {
    await first.put(
      ...range(from * 500, from * 500 + 500).map((offset) => record(offset, { value: { offset, filler } })),
    )
  }
  await first.until(async () => {
    first.clock.advance(1000)
    await first.put()
    return proxy.count('PutObject') === 1
  })
  assert.match(first.notices.at(-1) ?? '', /buffer is full.*test-topic-12/)
  // All that the group knows when the partition goes to another task, while the upload is still on its way.
  const committed = first.committed.get(P12)
  assert.equal(committed?.offset, 0n)
  assert.match(committed.metadata ?? '', /^spillway-cuts:\d+$/)
  const second = new SinkDriver()
  second.committed.set(P12, committed)
  await second.start(config, [P12])
  await putThrough(second, 0, 8000)
  assert.ok(((await second.stop())['test-topic-12'] as bigint) >= 5000n)
  const before = await offsetsIn(bucket)
  owner.resolve()
  await first.settle()
  await first.kill()
  const found = await offsetsIn(bucket)
  assert.deepEqual(found, before)
  assert.deepEqual(found, range(0, found.length))
})

test('a task whose commits the group refuses cuts nothing early', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ memoryBytes: MIB, diskBytes: MIB })
  driver.isFenced = true
  await driver.start(bucket.config({ 'flush.size': '1000000' }), [P12])
  const filler = 'x'.repeat(2000)
  for (const from of range(0, 4)) {
    await driver.put(
      ...range(from * 500, from * 500 + 500).map((offset) => record(offset, { value: { offset, filler } })),
    )
  }
  assert.ok(driver.paused.size > 0)
  for (const _ of range(0, 20)) {
    driver.clock.advance(1000)
    await driver.put()
  }
  assert.ok(driver.paused.size > 0, 'it waits for the group, which will take its partition away')
  await driver.kill()
  assert.deepEqual(await bucket.keys(), [])
})
