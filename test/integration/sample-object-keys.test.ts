import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

interface Infos {
  readonly error_count: number
  readonly sample_object_keys?: readonly string[]
}

const CONNECT_FIELDS = ['name', 'error_count', 'groups', 'configs']

suite('sample object keys of PUT /connector-plugins/{class}/config/validate', () => {
  let worker: WorkerProcess
  let directory: string

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sample-keys-'))
    worker = await WorkerProcess.start()
  })
  after(async () => {
    await worker.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  const validate = async (plugin: string, config: Record<string, string>): Promise<Infos> => {
    const reply = await worker.rest('PUT', `/connector-plugins/${plugin}/config/validate`, {
      name: 'samples',
      ...config,
    })
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    return reply.body as Infos
  }

  const config = {
    'connector.class': 'S3Sink',
    's3.bucket.name': 'a-bucket-that-is-not-there',
    'store.url': 'http://127.0.0.1:1',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
    'partition.field.name': 'kind',
    'flush.size': '1',
  }

  test('are told beside what Connect tells, for the topics or one that fits their pattern', async () => {
    const infos = await validate('S3Sink', { ...config, topics: 'orders,refunds' })
    assert.deepEqual(Object.keys(infos).sort(), [...CONNECT_FIELDS, 'sample_object_keys'].sort())
    assert.deepEqual(infos.sample_object_keys, [
      'topics/orders/kind=<kind>/orders+0+0000000000.json',
      'topics/refunds/kind=<kind>/refunds+0+0000000000.json',
    ])
    const byPattern = await validate('S3Sink', { ...config, 'topics.regex': 'shop\\.(orders|refunds)\\..*' })
    assert.deepEqual(byPattern.sample_object_keys, [
      'topics/shop.orders.example/kind=<kind>/shop.orders.example+0+0000000000.json',
    ])
    const unknown = await validate('S3Sink', { ...config, 'topics.regex': '(?!x).*' })
    assert.deepEqual(unknown.sample_object_keys, ['topics/<topic>/kind=<kind>/<topic>+0+0000000000.json'])
  })

  test('are left out where something is wrong, and of connectors that have none', async () => {
    const wrong = await validate('S3Sink', { ...config, topics: 'orders', 'flush.size': 'many' })
    assert.equal(wrong.error_count, 1)
    assert.deepEqual(Object.keys(wrong).sort(), CONNECT_FIELDS.toSorted())
    const file = await validate('FileStreamSink', {
      'connector.class': 'FileStreamSink',
      topics: 'orders',
      file: join(directory, 'lines'),
    })
    assert.equal(file.error_count, 0)
    assert.deepEqual(Object.keys(file).sort(), CONNECT_FIELDS.toSorted())
  })

  test('are the keys that such a record is written to', async () => {
    const topic = uniqueName('samples')
    const local = {
      ...config,
      topics: topic,
      'storage.class': 'io.spillway.storage.LocalStorage',
      'store.url': directory,
      's3.bucket.name': 'written',
      'partition.by': 'value:kind,header:tenant,topic',
      'partitioner.class': 'io.spillway.storage.partitioner.MixPartitioner',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    }
    const { sample_object_keys: keys } = await validate('S3Sink', local)
    assert.equal(keys?.length, 1)
    await createTopic(topic, 1)
    await produce([
      {
        topic,
        partition: 0,
        value: Buffer.from('{"kind":"<kind>"}'),
        headers: [{ key: 'tenant', value: Buffer.from('<tenant>') }],
      },
    ])
    const reply = await worker.rest('POST', '/connectors', { name: topic, config: local })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    await until('the object of the sample is there', async () => {
      const files = await readdir(directory, { recursive: true })
      return keys.every((key) => files.some((file) => file.endsWith(key)))
    })
  })
})
