/**
 * What Aiven's own connector has written of some records under some configurations, in fixtures/aiven-recorded.json,
 * and what ours writes of them: the same names and, without compression, the same bytes.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

import { createTopic, produce } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { s3ConfigFor, TestBucket } from './support/test-bucket.ts'

type Bytes = string | { readonly base64: string }

interface Recorded {
  readonly records: readonly {
    readonly topic: string
    readonly partition: number
    readonly key: Bytes | null
    readonly value: Bytes | null
    readonly timestamp: number
    readonly headers?: Readonly<Record<string, string>>
  }[]
  readonly cases: readonly {
    readonly name: string
    readonly config: Readonly<Record<string, string>>
    readonly objects: Readonly<Record<string, Bytes>>
  }[]
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'aiven-recorded.json'), 'utf8'),
) as Recorded

const bytesOf = (bytes: Bytes): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.base64, 'base64')

function unpacked(compression: string | undefined, body: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return body
    case 'zstd':
      return zstdDecompressSync(body)
    default:
      return gunzipSync(body)
  }
}

suite('what Aiven’s connector writes', () => {
  let worker: WorkerProcess

  before(async () => {
    const partitions = new Map<string, number>()
    for (const { topic, partition } of recorded.records) {
      partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1))
    }
    for (const [topic, count] of partitions) await createTopic(topic, count)
    await produce(
      recorded.records.map(({ key, value, headers = {}, ...record }) => ({
        ...record,
        key: key === null ? null : bytesOf(key),
        value: value === null ? null : bytesOf(value),
        headers: Object.entries(headers).map(([name, text]) => ({ key: name, value: Buffer.from(text) })),
      })),
    )
    // When files are written, as there.
    worker = await WorkerProcess.start({ config: { 'offset.flush.interval.ms': '2000' } })
  })
  after(async () => {
    await worker.dispose()
  })

  for (const { name, config, objects } of recorded.cases) {
    test(`is what ours writes: ${name}`, async () => {
      await using bucket = await TestBucket.create()
      const s3 = s3ConfigFor(bucket.name)
      const reply = await worker.rest('POST', '/connectors', {
        name,
        config: {
          'connector.class': 'io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector',
          'aws.s3.bucket.name': bucket.name,
          'aws.s3.endpoint': s3['store.url'],
          'aws.access.key.id': s3['aws.access.key.id'],
          'aws.secret.access.key': s3['aws.secret.access.key'],
          ...config,
        },
      })
      assert.equal(reply.status, 201, JSON.stringify(reply.body))
      await until('as many objects are there', async () => {
        return (await bucket.keys()).length >= Object.keys(objects).length
      })
      const path = `/connectors/${encodeURIComponent(name)}`
      assert.equal((await worker.rest('PUT', `${path}/stop`)).status, 204)
      await until('its task has ended', async () => {
        const { body } = await worker.rest('GET', `${path}/status`)
        return (body as { tasks: readonly unknown[] }).tasks.length === 0
      })
      const compression = config['file.compression.type'] ?? config['output_compression']
      const written: Record<string, string> = {}
      for (const key of await bucket.keys()) {
        const body = (await bucket.store.get(key))?.body ?? Buffer.alloc(0)
        written[key] = unpacked(compression, body).toString('latin1')
      }
      const expected = Object.entries(objects).map(([key, bytes]) => [key, bytesOf(bytes).toString('latin1')])
      assert.deepEqual(written, Object.fromEntries(expected))
    })
  }
})
