import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import test from 'node:test'
import type { RawConfig } from '@spillway/framework'

import { PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { type Seen, TakesAll } from './support/takes-all.ts'
import { s3ConfigFor } from './support/test-bucket.ts'

/** The headers of the requests that write a small and a large file. */
async function headersOf(
  config: RawConfig,
): Promise<{ put: IncomingHttpHeaders; create: IncomingHttpHeaders; part: IncomingHttpHeaders }> {
  await using server = await TakesAll.start()
  const driver = new SinkDriver()
  const partition = { topic: TOPIC, partition: PARTITION }
  await driver.start(
    { ...s3ConfigFor('b'), 'store.url': server.url, 'flush.size': '4', 's3.part.size': '5242880', ...config },
    [partition],
  )
  await driver.put(...range(0, 4).map((offset) => record(offset)))
  const filler = 'x'.repeat(1_500_000)
  await driver.put(...range(4, 8).map((offset) => record(offset, { value: { filler } })))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 8n })
  const find = (holds: (seen: Seen) => boolean): IncomingHttpHeaders => {
    const found = server.seen.find(holds)
    assert.ok(found)
    return found.headers
  }
  return {
    put: find(({ method, url }) => method === 'PUT' && !url.includes('partNumber')),
    create: find(({ method, url }) => method === 'POST' && url.includes('uploads')),
    part: find(({ url }) => url.includes('partNumber')),
  }
}

const SSE = 'x-amz-server-side-encryption'

test('T57 AES256 is asked for where an object begins', async () => {
  const { put, create, part } = await headersOf({ 's3.ssea.name': 'AES256' })
  assert.equal(put[SSE], 'AES256')
  assert.equal(create[SSE], 'AES256')
  assert.equal(part[SSE], undefined)
})

test('T57 aws:kms goes with its key, or with the default one', async () => {
  const named = await headersOf({ 's3.ssea.name': 'aws:kms', 's3.sse.kms.key.id': 'key-1' })
  for (const headers of [named.put, named.create]) {
    assert.equal(headers[SSE], 'aws:kms')
    assert.equal(headers[`${SSE}-aws-kms-key-id`], 'key-1')
  }
  const unnamed = await headersOf({ 's3.ssea.name': 'aws:kms' })
  assert.equal(unnamed.put[SSE], 'aws:kms')
  assert.equal(unnamed.put[`${SSE}-aws-kms-key-id`], undefined)
})

test('T57 a key of the customer goes with every request that has bytes', async () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const { put, create, part } = await headersOf({ 's3.ssea.name': 'AES256', 's3.sse.customer.key': key })
  for (const headers of [put, create, part]) {
    assert.equal(headers[`${SSE}-customer-algorithm`], 'AES256')
    assert.equal(headers[`${SSE}-customer-key`], key)
    assert.ok(headers[`${SSE}-customer-key-md5`])
    assert.equal(headers[SSE], undefined)
  }
})

test('a canned ACL goes where an object begins', async () => {
  const { put, create, part } = await headersOf({ 's3.acl.canned': 'bucket-owner-full-control' })
  assert.equal(put['x-amz-acl'], 'bucket-owner-full-control')
  assert.equal(create['x-amz-acl'], 'bucket-owner-full-control')
  assert.equal(part['x-amz-acl'], undefined)
})

test('requests go through the proxy, with its user', async () => {
  await using proxy = await TakesAll.start()
  const driver = new SinkDriver()
  await driver.start({
    ...s3ConfigFor('b'),
    'store.url': 'http://store.example:9000',
    's3.proxy.url': proxy.url,
    's3.proxy.user': 'me',
    's3.proxy.password': 'secret',
  })
  await driver.kill()
  const [first] = proxy.seen
  assert.match(first?.url ?? '', /^http:\/\/store\.example:9000\/b/)
  assert.equal(first?.headers['proxy-authorization'], `Basic ${Buffer.from('me:secret').toString('base64')}`)
})

test('s3.checksum.mode=none sends no checksum that only newer stores know', async () => {
  const withChecksum = await headersOf({})
  assert.ok(withChecksum.put['x-amz-checksum-crc32'])
  const { put, create, part } = await headersOf({ 's3.checksum.mode': 'none' })
  for (const headers of [put, create, part]) {
    assert.deepEqual(
      Object.keys(headers).filter(
        (name) => name.startsWith('x-amz-checksum') || name === 'x-amz-sdk-checksum-algorithm',
      ),
      [],
    )
  }
})

test('s3.sse.kms.bucket.key.enabled asks for a key of the bucket where an object begins', async () => {
  const { put, create } = await headersOf({
    's3.ssea.name': 'aws:kms',
    's3.sse.kms.bucket.key.enabled': 'true',
  })
  assert.equal(put[`${SSE}-bucket-key-enabled`], 'true')
  assert.equal(create[`${SSE}-bucket-key-enabled`], 'true')
})
