import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import avro from 'avsc'
import { parquetReadObjects } from 'hyparquet'

import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { type ConnectorRequest, WorkerProcess } from '../support/worker-process.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'config-examples', 's3')
/** Runs where there are roles to assume: see the tests of credentials. */
const ELSEWHERE = ['assume-role.json']
/** 2015-04-02 08:00 UTC. */
const EIGHT = 1_427_961_600_000
const MINUTE = 60_000

type Row = Omit<ProducerRecord, 'topic'>

interface Example {
  readonly rows: (
    registerId: (schema: avro.Schema) => Promise<number>,
  ) => Promise<readonly Row[]> | readonly Row[]
  /** What stands between topic and offset in the names of objects, and what they hold. */
  readonly expected: Readonly<Record<string, unknown>>
  readonly read: (body: Buffer) => unknown
}

const json = (key: string | null, value: unknown, timestamp = EIGHT): Row => ({
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(JSON.stringify(value)),
  timestamp,
})
const text = (body: Buffer): string => body.toString()
const lines = (...values: readonly unknown[]): string => values.map((v) => `${JSON.stringify(v)}\n`).join('')

const PAYMENT: avro.Schema = {
  type: 'record',
  name: 'Payment',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'amount', type: 'double' },
  ],
}
const PAYMENT_2: avro.Schema = {
  ...PAYMENT,
  fields: [...PAYMENT.fields, { name: 'currency', type: 'string', default: 'EUR' }],
} as avro.Schema

/** A value as serializers of a schema registry write it. */
function framed(id: number, schema: avro.Schema, value: unknown): Row {
  const head = Buffer.alloc(5)
  head.writeInt32BE(id, 1)
  return {
    key: Buffer.from('k'),
    value: Buffer.concat([head, avro.Type.forSchema(schema).toBuffer(value)]),
    timestamp: EIGHT,
  }
}

async function avroRows(body: Buffer): Promise<unknown> {
  const rows: unknown[] = []
  const decoder = new avro.streams.BlockDecoder()
  decoder.on('data', (row: object) => rows.push({ ...row }))
  const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject))
  decoder.end(body)
  await ended
  return rows
}

const EXPECTATIONS: Readonly<Record<string, Example>> = {
  'quick-start.json': {
    rows: () => [0, 1, 2, 3].map((page) => json('user', { page })),
    expected: { 'partition=0/0000000000.json': lines({ page: 0 }, { page: 1 }, { page: 2 }) },
    read: text,
  },
  'hourly-record-field.json': {
    rows: () =>
      [0, 5, 9, 10, 60].map((minute) =>
        json('user', { minute, clicked_at: new Date(EIGHT + minute * MINUTE).toISOString() }),
      ),
    expected: {
      'year=2015/month=04/day=02/hour=08/0000000000.json': lines(
        { minute: 0, clicked_at: '2015-04-02T08:00:00.000Z' },
        { minute: 5, clicked_at: '2015-04-02T08:05:00.000Z' },
        { minute: 9, clicked_at: '2015-04-02T08:09:00.000Z' },
      ),
      'year=2015/month=04/day=02/hour=08/0000000003.json': lines({
        minute: 10,
        clicked_at: '2015-04-02T08:10:00.000Z',
      }),
    },
    read: text,
  },
  'field.json': {
    rows: () =>
      ['DE', 'FR', 'DE', 'FR', 'DE', 'DE'].map((country, n) =>
        json(null, { n, country, device: { kind: n < 4 ? 'phone' : 'desk' } }),
      ),
    expected: {
      'country=DE/device.kind=desk/0000000004.json': lines(
        { n: 4, country: 'DE', device: { kind: 'desk' } },
        { n: 5, country: 'DE', device: { kind: 'desk' } },
      ),
      'country=DE/device.kind=phone/0000000000.json': lines(
        { n: 0, country: 'DE', device: { kind: 'phone' } },
        { n: 2, country: 'DE', device: { kind: 'phone' } },
      ),
      'country=FR/device.kind=phone/0000000001.json': lines(
        { n: 1, country: 'FR', device: { kind: 'phone' } },
        { n: 3, country: 'FR', device: { kind: 'phone' } },
      ),
    },
    read: text,
  },
  'avro-registry.json': {
    async rows(register) {
      const [first, second] = [await register(PAYMENT), await register(PAYMENT_2)]
      const old = (id: number): Row => framed(first, PAYMENT, { id, amount: 1.5 })
      const fresh = (id: number): Row => framed(second, PAYMENT_2, { id, amount: 2.5, currency: 'CHF' })
      return [old(0), fresh(1), old(2), fresh(3), fresh(4)]
    },
    expected: {
      'partition=0/0000000000.avro': [{ id: 0, amount: 1.5 }],
      'partition=0/0000000001.avro': [
        { id: 1, amount: 2.5, currency: 'CHF' },
        { id: 2, amount: 1.5, currency: 'EUR' },
        { id: 3, amount: 2.5, currency: 'CHF' },
        { id: 4, amount: 2.5, currency: 'CHF' },
      ],
    },
    read: avroRows,
  },
  'parquet.json': {
    async rows(register) {
      const id = await register(PAYMENT)
      return [0, 1, 2, 3].map((n) => framed(id, PAYMENT, { id: n, amount: n / 2 }))
    },
    expected: {
      'year=2015/month=04/day=02/0000000000.snappy.parquet': [0, 1, 2, 3].map((n) => ({
        id: n,
        amount: n / 2,
      })),
    },
    read: (body) =>
      parquetReadObjects({
        file: body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer,
      }),
  },
  'gzip.json': {
    rows: () =>
      [1, 2].map((n) => ({
        key: null,
        value: Buffer.from(`line ${n}, ü`),
        timestamp: EIGHT + n * 60 * MINUTE,
      })),
    expected: {
      'year=2015/month=04/day=02/hour=09/0000000000.log.gz': 'line 1, ü\n',
      'year=2015/month=04/day=02/hour=10/0000000001.log.gz': 'line 2, ü\n',
    },
    read: (body) => gunzipSync(body).toString(),
  },
  'tombstones.json': {
    rows: () => [
      json('a', { name: 'Ann' }),
      json('b', { name: 'Bob' }),
      json('a', null),
      json('c', { name: 'Cy' }),
      json('b', null),
    ],
    expected: {
      'deleted/0000000002.keys.json': lines('a', 'b'),
      'partition=0/0000000000.json': lines({ name: 'Ann' }, { name: 'Bob' }, { name: 'Cy' }),
      'partition=0/0000000000.keys.json': lines('a', 'b', 'c'),
    },
    read: text,
  },
}

const { s3, registry } = endpointsFromEnv()
const examples = readdirSync(EXAMPLES).filter((name) => !ELSEWHERE.includes(name))
let worker: WorkerProcess
let bucket: TestBucket

/** An example as it is, but for names of its own in a store that all tests share, and where the registry is. */
function example(name: string): ConnectorRequest {
  const { name: connector, config } = JSON.parse(
    readFileSync(join(EXAMPLES, name), 'utf8'),
  ) as ConnectorRequest
  const own = {
    's3.bucket.name': bucket.name,
    ...(config['value.converter.schema.registry.url'] !== undefined && {
      'value.converter.schema.registry.url': registry.url,
    }),
  }
  return { name: connector, config: { ...config, ...own } }
}

before(async () => {
  bucket = await TestBucket.create(uniqueName('examples'))
  worker = await WorkerProcess.start({
    env: {
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
  })
})

after(async () => {
  await worker?.dispose()
  bucket?.close()
})

async function register(topic: string, schema: avro.Schema): Promise<number> {
  const reply = await fetch(`${registry.url}/subjects/${topic}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  })
  assert.equal(reply.status, 200)
  return ((await reply.json()) as { id: number }).id
}

test('every example has its test', () => {
  assert.deepEqual(examples.toSorted(), Object.keys(EXPECTATIONS).toSorted())
})

for (const [name, { rows, expected, read }] of Object.entries(EXPECTATIONS)) {
  test(`${name}, with endpoint and credentials of the environment alone`, async () => {
    const request = example(name)
    for (const key of Object.keys(request.config)) assert.doesNotMatch(key, /^(aws\.|store\.url)/)
    const topic = request.config['topics'] as string
    await createTopic(topic, 1)
    const records = await rows((schema) => register(topic, schema))
    await produce(records.map((row) => ({ ...row, topic, partition: 0 })))
    const reply = await worker.rest('POST', '/connectors', request)
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    const root = `${request.config['topics.dir'] ?? 'topics'}/${topic}/`
    const wanted = Object.keys(expected).toSorted()
    const names = async (): Promise<Map<string, string>> =>
      new Map(
        (await bucket.keys(root)).map((key) => [key.slice(root.length).replace(`${topic}+0+`, ''), key]),
      )
    // This S3 server lists objects under passing names while they are written.
    await until(`the objects are ${wanted.join(', ')}`, async () => {
      const status = (await worker.rest('GET', `/connectors/${request.name}/status`)).body as {
        tasks: { state: string; trace?: string }[]
      }
      const failed = status.tasks.find(({ state }) => state === 'FAILED')
      assert.equal(failed, undefined, failed?.trace)
      return isDeepStrictEqual([...(await names()).keys()].toSorted(), wanted)
    })
    const found: Record<string, unknown> = {}
    for (const [object, key] of await names()) found[object] = await read(await served(key))
    assert.deepEqual(found, expected)
    assert.equal((await worker.rest('DELETE', `/connectors/${request.name}`)).status, 204)
  })
}

/** This S3 server lists an object a moment before it serves it. */
async function served(key: string): Promise<Buffer> {
  const bodies: Buffer[] = []
  await until(`${key} is served`, async () => {
    const body = await bucket.read(key).catch((error: Error) => {
      if (error.name !== 'NoSuchKey') throw error
      return undefined
    })
    if (body !== undefined) bodies.push(body)
    return body !== undefined
  })
  return bodies[0] as Buffer
}
