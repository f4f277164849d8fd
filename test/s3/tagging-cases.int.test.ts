import assert from 'node:assert/strict'
import test from 'node:test'
import type { RawConfig } from '@spillway/framework'

import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { type Seen, TakesAll } from './support/takes-all.ts'
import { s3ConfigFor, TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const TAGGING = {
  's3.object.tagging': 'true',
  's3.object.tagging.key.value.pairs': 'team: orders, url:http://x',
}
const isTagging = ({ url }: Seen): boolean => url.includes('?tagging')

/** What an object was tagged with, in the order of the requests. */
function tagsOf({ seen }: TakesAll): Record<string, Record<string, string>> {
  return Object.fromEntries(
    seen.filter(isTagging).map(({ url, body }) => {
      const pairs = body.matchAll(/<Key>(.*?)<\/Key><Value>(.*?)<\/Value>/g)
      return [
        decodeURIComponent(url.split('?')[0] ?? ''),
        Object.fromEntries([...pairs].map(([, name, value]) => [name, value])) as Record<string, string>,
      ]
    }),
  )
}

async function started(server: TakesAll, config: RawConfig): Promise<SinkDriver> {
  const driver = new SinkDriver()
  await driver.start({ ...s3ConfigFor('b'), 'store.url': server.url, ...TAGGING, ...config }, [P12])
  return driver
}

test('an object is tagged with its offsets and count after it was written', async () => {
  await using server = await TakesAll.start()
  const driver = await started(server, {})
  await driver.put(...range(0, 7).map((offset) => record(offset * 10)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 60n })
  const tags = (first: number, last: number): Record<string, string> => ({
    team: 'orders',
    url: 'http://x',
    startOffset: String(first),
    endOffset: String(last),
    recordCount: '3',
  })
  assert.deepEqual(tagsOf(server), { [`/b/${key(0)}`]: tags(0, 20), [`/b/${key(30)}`]: tags(30, 50) })
  const urls = server.seen.map(({ url }) => decodeURIComponent(url))
  const put = urls.findIndex((url) => url.includes(`${key(0)}?x-id=Put`))
  assert.ok(put >= 0 && put < server.seen.findIndex(isTagging))
})

test('of tombstones the object of keys is tagged, of other records that of values', async () => {
  await using server = await TakesAll.start()
  const driver = await started(server, {
    'store.kafka.keys': 'true',
    'keys.format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'behavior.on.null.values': 'write',
  })
  await driver.put(
    record(0, { key: 'a' }),
    record(1, { key: 'b', value: null }),
    record(2, { key: 'a', value: { offset: 2 } }),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  const names = Object.keys(tagsOf(server)).sort()
  assert.deepEqual(names, [`/b/${key(0)}`, `/b/topics/${TOPIC}/tombstone/${TOPIC}+12+0000000001.keys.json`])
  assert.equal(tagsOf(server)[`/b/${key(0)}`]?.['recordCount'], '2')
})

test('tagging that is forbidden, or fails as often as s3.part.retries says, is ignored', async () => {
  for (const [status, requests] of [
    [403, 1],
    [503, 3],
  ] as const) {
    await using server = await TakesAll.start()
    server.refuses = (seen) => (isTagging(seen) ? status : undefined)
    const driver = await started(server, { 's3.part.retries': '2' })
    await driver.put(...range(0, 3).map((offset) => record(offset)))
    await driver.until(async () => {
      driver.clock.advance(1000)
      return (await driver.preCommit())['test-topic-12'] === 3n
    })
    assert.equal(server.seen.filter(isTagging).length, requests)
    await driver.stop()
  }
})

test('s3.object.behavior.on.tagging.error=fail stops the task where tagging is forbidden, and waits out what passes', async () => {
  await using server = await TakesAll.start()
  server.refuses = (seen) => (isTagging(seen) ? 403 : undefined)
  const config = { 's3.object.behavior.on.tagging.error': 'fail', 's3.part.retries': '1' }
  const forbidden = await started(server, config)
  await forbidden.put(...range(0, 3).map((offset) => record(offset)))
  await assert.rejects(
    forbidden.until(async () => {
      await forbidden.put()
      return false
    }),
    /tagging s3:\/\/b\/topics.*0000000000\.json failed: 403/,
  )
  await forbidden.kill()

  let failures = 5
  server.refuses = (seen) => (isTagging(seen) && failures-- > 0 ? 503 : undefined)
  const passing = await started(server, config)
  await passing.put(...range(0, 3).map((offset) => record(offset)))
  await passing.until(async () => {
    passing.clock.advance(60_000)
    return (await passing.preCommit())['test-topic-12'] === 3n
  })
  await passing.stop()
})

test('a store without tags keeps its objects, and the task goes on', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(TAGGING), [P12])
  await driver.put(...range(0, 3).map((offset) => record(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  assert.deepEqual(await bucket.keys(), [key(0)])
})
