import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import type { RawConfig } from '@spillway/framework'

import { PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { s3ConfigFor } from './support/test-bucket.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** A server that takes everything, and tells what it was asked. */
class TakesAll implements AsyncDisposable {
  readonly seen: Seen[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, reply) => {
      const { method = '', url = '', headers } = request
      this.seen.push({ method, url, headers })
      request.resume()
      request.once('end', () => {
        reply.setHeader('etag', '"e"')
        if (url.includes('uploads'))
          reply.end(`<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
        else if (method === 'POST')
          reply.end('<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>')
        else if (method === 'GET') reply.end('<ListMultipartUploadsResult></ListMultipartUploadsResult>')
        else reply.end()
      })
    })
  }

  static async start(): Promise<TakesAll> {
    const server = new TakesAll()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

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
