import assert from 'node:assert/strict'
import test from 'node:test'

import { type Fault, FaultProxy, type SeenRequest } from './support/fault-proxy.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const LARGE = 'x'.repeat(1_500_000)

/** Lets the retries' pauses pass until nothing is on its way. */
async function settleInTime(driver: SinkDriver): Promise<Record<string, bigint>> {
  await driver.until(async () => {
    driver.clock.advance(30_000)
    await driver.put()
    return Object.values(await driver.preCommit()).every((offset) => offset === 8n)
  })
  return driver.stop()
}

/** Writes two files of several parts, or small ones, while requests fail. */
async function writesAllThrough(
  isLarge: boolean,
  fault: (request: SeenRequest) => Fault | undefined,
): Promise<void> {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({
      'store.url': proxy.url,
      'flush.size': '4',
      's3.part.size': '5242880',
      's3.part.retries': '1',
    }),
    [P12],
  )
  let faults = 0
  proxy.inject((request) => {
    const injected = fault(request)
    if (injected !== undefined) faults++
    return injected
  })
  const values = range(0, 8).map((offset) => ({ offset, filler: isLarge ? LARGE : '' }))
  await driver.put(...values.map((value) => record(value.offset, { value })))
  assert.deepEqual(await settleInTime(driver), { 'test-topic-12': 8n })
  assert.deepEqual(await bucket.keys(), [key(0), key(4)])
  assert.deepEqual(await bucket.lines(key(0)), values.slice(0, 4))
  assert.deepEqual(await bucket.lines(key(4)), values.slice(4))
  assert.deepEqual(await bucket.openUploads(), [])
  assert.ok(faults > 0, 'no fault was injected')
}

const OPERATIONS = ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const
const FAULTS: readonly (Exclude<Fault, object> | Extract<Fault, { readonly answer: number }>)[] = [
  { answer: 500, code: 'InternalError' },
  { answer: 503, code: 'SlowDown' },
  { answer: 429, code: 'TooManyRequests' },
  { answer: 200, code: 'InternalError' },
  { answer: 400, code: 'RequestTimeout' },
  { answer: 403, code: 'ExpiredToken' },
  'reset',
]

for (const fault of FAULTS) {
  const name = typeof fault === 'string' ? fault : `${fault.answer} ${fault.code}`
  test(`T41 a ${name} at any request of a small file is tried again until the object is there`, async () => {
    await writesAllThrough(false, ({ operation, index }) =>
      operation === 'PutObject' && index < 3 ? fault : undefined,
    )
  })
  for (const failing of OPERATIONS) {
    if (fault === 'reset' && failing === 'CreateMultipartUpload') continue
    test(`T41 a ${name} at ${failing} is tried again until the object is there`, async () => {
      await writesAllThrough(true, ({ operation, index }) =>
        operation === failing && index < 3 ? fault : undefined,
      )
    })
  }
}

test('T41 an answer that is lost on completing an upload makes the object once', async () => {
  await writesAllThrough(true, ({ operation, index }) =>
    operation === 'CompleteMultipartUpload' && index === 0 ? 'lost answer' : undefined,
  )
})

test('an upload that was begun and whose answer was lost leaves nothing behind', async () => {
  await writesAllThrough(true, ({ operation, index }) =>
    operation === 'CreateMultipartUpload' && index < 2 ? 'lost answer' : undefined,
  )
})

test('it leaves nothing behind though the store fails at listing it too', async () => {
  let lists = 0
  await writesAllThrough(true, ({ operation, index, method, path }) => {
    if (operation === 'CreateMultipartUpload' && index < 2) return 'lost answer'
    const isList = method === 'GET' && /[?&]uploads\b/.test(path)
    return isList && ++lists > 1 && lists < 4 ? { answer: 500, code: 'InternalError' } : undefined
  })
  assert.ok(lists >= 4, `${lists} lists`)
})

test('an upload is dropped though the store fails at that too', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({ 'store.url': proxy.url, 'flush.size': '4', 's3.part.size': '5242880' }),
    [P12],
  )
  proxy.inject(({ operation, index }) => {
    if (operation === 'UploadPart' && index > 0) return 'stall'
    return operation === 'AbortMultipartUpload' && index < 3 ? { answer: 503, code: 'SlowDown' } : undefined
  })
  await driver.put(...range(0, 4).map((offset) => record(offset, { value: { offset, filler: LARGE } })))
  await driver.until(() => proxy.count('UploadPart') === 2)
  const closed = driver.task.close([P12])
  await driver.until(() => {
    driver.clock.advance(30_000)
    return proxy.count('AbortMultipartUpload') === 4
  })
  await closed
  await driver.kill()
  assert.deepEqual(await bucket.openUploads(), [])
})

test('while the store fails, consumption is paused and the status says so; then all goes on', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'store.url': proxy.url, 's3.part.retries': '2' }), [P12])
  let isDown = true
  proxy.inject(() => (isDown ? { answer: 503, code: 'SlowDown' } : undefined))
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  await driver.until(async () => {
    driver.clock.advance(30_000)
    await driver.put()
    return driver.paused.has('test-topic-12')
  })
  assert.match(driver.notices.at(-1) ?? '', /503 SlowDown.*Consumption is paused/)
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 0n })
  isDown = false
  await driver.until(async () => {
    driver.clock.advance(30_000)
    await driver.put()
    return !driver.paused.has('test-topic-12')
  })
  assert.equal(driver.notices.at(-1), null)
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await bucket.keys(), [key(0)])
})

test('giving up a partition aborts what is on its way, and leaves no part behind', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({ 'store.url': proxy.url, 'flush.size': '4', 's3.part.size': '5242880' }),
    [P12],
  )
  proxy.inject(({ operation, index }) => (operation === 'UploadPart' && index > 0 ? 'stall' : undefined))
  await driver.put(...range(0, 4).map((offset) => record(offset, { value: { offset, filler: LARGE } })))
  await driver.until(() => proxy.count('UploadPart') === 2)
  assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 0n })
  await driver.kill()
  assert.deepEqual(await bucket.keys(), [])
  assert.deepEqual(await bucket.openUploads(), [])
})

test('uploads that a process has left unfinished are dropped by the next owner of the partition, and no others', async () => {
  await using bucket = await TestBucket.create()
  const ours = await bucket.store.createMultipart(key(0), {})
  await bucket.store.uploadPart(ours, 1, Buffer.from('left behind'))
  await bucket.store.createMultipart(key(0, 1), {})
  await bucket.store.createMultipart('elsewhere/test-topic+12+0000000000.json', {})
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  await driver.until(async () => (await bucket.openUploads()).length === 2)
  assert.deepEqual((await bucket.openUploads()).toSorted(), [
    'elsewhere/test-topic+12+0000000000.json',
    key(0, 1),
  ])
  await driver.stop()
})

test('uploads of a partition that another task has claimed are left alone', async () => {
  await using bucket = await TestBucket.create()
  const schedule = { 'rotate.schedule.interval.ms': '60000', timezone: 'UTC' }
  // The owner looks for what earlier lives have left beside its work: once this is gone it has looked.
  await bucket.store.createMultipart(key(9), {})
  const owner = new SinkDriver()
  owner.membership = { memberId: 'owner', generation: 2 }
  await owner.start(bucket.config(schedule), [P12])
  await owner.until(async () => (await bucket.openUploads()).length === 0)
  await bucket.store.createMultipart(key(0), {})
  const late = new SinkDriver()
  late.membership = { memberId: 'late', generation: 1 }
  await late.start(bucket.config(schedule))
  await late.task.open([P12])
  await late.until(() => late.notices.some((notice) => /Another task has claimed/.test(notice ?? '')))
  await late.kill()
  assert.deepEqual(await bucket.openUploads(), [key(0)])
  await owner.stop()
})

test('a task that is stopped finishes the uploads in flight and drops what is open', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '2' }), [P12])
  await driver.put(...range(0, 5).map((offset) => record(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 4n })
  assert.deepEqual(await bucket.keys(), [key(0), key(2)])
  await driver.task.stop()
})
