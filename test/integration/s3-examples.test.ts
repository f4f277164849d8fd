import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { parquetReadObjects } from 'hyparquet'

import { avroRows } from '../../framework/object-store/src/restore/avro-rows.ts'
import { PieceLimit } from '../../framework/object-store/src/restore/piece-limit.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { type ConnectorRequest, WorkerProcess } from '../support/worker-process.ts'

const EXAMPLES = ['s3-aiven-templates', 's3-aiven-latest', 's3-csv', 's3-backup', 'local-files']
const RECORDS = 40
const KEYS = 4

const folder = mkdtempSync(join(tmpdir(), 'spillway-s3-examples-'))
const topic = uniqueName('orders')
const bucket = await TestBucket.create(uniqueName('examples'))
let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
  bucket.close()
  rmSync(folder, { recursive: true, force: true })
})

/** An example with the topic, the bucket and the directory of this test, and waits that are no longer than a second. */
function example(name: string): ConnectorRequest {
  const file = join(import.meta.dirname, '..', '..', 'config-examples', `${name}.json`)
  const { name: connector, config } = JSON.parse(readFileSync(file, 'utf8')) as ConnectorRequest
  const places: Record<string, string> = {
    topics: topic,
    's3.bucket.name': bucket.name,
    'aws.s3.bucket.name': bucket.name,
    'store.url': `file://${folder}/store`,
    'rotate.idle.ms': '1000',
    'rotate.schedule.interval.ms': '1000',
  }
  const own = Object.entries(config).map(([key, value]) => [key, places[key] ?? value] as const)
  return { name: uniqueName(connector), config: Object.fromEntries(own) }
}

async function objectsOf(prefix: string): Promise<Record<string, Buffer>> {
  const objects: Record<string, Buffer> = {}
  for (const key of await bucket.keys()) {
    if (!key.startsWith(prefix) || /(^|\/)_spillway/.test(key)) continue
    const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }))
    objects[key] = Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  return objects
}

/** Waits until the objects under a prefix hold all records, as `count` tells. */
async function whole(
  prefix: string,
  count: (bodies: Buffer[]) => number | Promise<number>,
): Promise<Record<string, Buffer>> {
  let objects: Record<string, Buffer> = {}
  await until(`${prefix} holds all records`, async () => {
    objects = await objectsOf(prefix).catch((error: Error) =>
      error.name === 'NoSuchKey' ? {} : Promise.reject(error),
    )
    return (await count(Object.values(objects))) >= RECORDS
  })
  return objects
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

test('the examples of name templates, CSV, backups and local files run with what the AWS_* variables say', async () => {
  await createTopic(topic, 1)
  const start = Date.UTC(2024, 5, 30, 21, 59)
  await produce(
    Array.from({ length: RECORDS }, (_, i) => ({
      topic,
      partition: 0,
      key: Buffer.from(`customer-${i % KEYS}`),
      value: Buffer.from(JSON.stringify({ orderId: `o${i}`, country: 'DE', amount: i, more: [i] })),
      timestamp: start + i * 3000,
    })),
  )
  const { endpoint, region, accessKeyId, secretAccessKey } = endpointsFromEnv().s3
  worker = await WorkerProcess.start({
    connectors: EXAMPLES.map(example),
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  })
  const byHour = await whole(
    `${topic}/`,
    (bodies) => bodies.flatMap((body) => lines(gunzipSync(body).toString())).length,
  )
  assert.deepEqual(Object.keys(byHour).toSorted(), [
    `${topic}/2024-06-30/23/0000000000-00000000000000000000.jsonl.gz`,
    `${topic}/2024-07-01/00/0000000000-00000000000000000020.jsonl.gz`,
  ])
  const csv = await whole(
    'csv/',
    (bodies) => bodies.flatMap((body) => lines(zstdDecompressSync(body).toString()).slice(1)).length,
  )
  const [first] = Object.values(csv)
  assert.match(zstdDecompressSync(first as Buffer).toString(), /^orderId,country,amount\no0,DE,0\n/)
  const backup = await whole('backup/', async (bodies) => {
    const limit = new PieceLimit(16 * 1024 * 1024)
    let rows = 0
    for (const body of bodies)
      for await (const row of avroRows(body, limit)) if (row.value.value !== null) rows++
    return rows
  })
  assert.ok(Object.values(backup).every((body) => body.includes('zstandard')))
  await until('each customer has the latest order', async () => {
    const latest = await objectsOf('customer-')
    const numbers = Object.values(latest).map(
      (body) => (JSON.parse(body.toString()) as { amount: number }).amount,
    )
    return numbers.length === KEYS && numbers.reduce((a, b) => a + b) === 36 + 37 + 38 + 39
  })
  await until('local files hold all records', async () => (await localRows()).length >= RECORDS)
  assert.deepEqual(
    (await localRows()).map((row) => row['orderId']).toSorted(),
    Array.from({ length: RECORDS }, (_, i) => `o${i}`).toSorted(),
  )
  assert.equal(await worker.stop(), 0)
})

async function localRows(): Promise<Record<string, unknown>[]> {
  const root = join(folder, 'store')
  if (!existsSync(root)) return []
  const names = (readdirSync(root, { recursive: true }) as string[]).filter((name) =>
    name.endsWith('.parquet'),
  )
  const files = names.map((name) => new Uint8Array(readFileSync(join(root, name))).buffer)
  const rows = files.map((file) =>
    parquetReadObjects({ file: { byteLength: file.byteLength, slice: (from, to) => file.slice(from, to) } }),
  )
  return (await Promise.all(rows)).flat()
}
