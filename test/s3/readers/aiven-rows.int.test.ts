/** Avro and Parquet under Aiven's keys, read by libraries of others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  Headers,
  OPTIONAL_STRING,
  type RawConfig,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
} from '@spillway/framework'
import { aivenS3SinkConnector } from '@spillway/s3-sink'

import { range, record } from '../support/records.ts'
import { SinkDriver } from '../support/sink-driver.ts'
import { s3ConfigFor, TestBucket } from '../support/test-bucket.ts'
import { Readers } from './readers.ts'

const P0 = { topic: 'topic0', partition: 0 }
const VALUE = SchemaBuilder.struct().name('com.example.Order').field('name', STRING).build()

let readers: Readers
before(async () => {
  readers = await Readers.start()
})
after(() => readers.close())

/** Records with headers and without, one of them with a null value. */
const records = (): SinkRecord[] =>
  range(0, 4).map((offset) =>
    record(offset, {
      topic: 'topic0',
      kafkaPartition: 0,
      keySchema: OPTIONAL_STRING,
      key: `k${offset}`,
      valueSchema: offset === 2 ? null : VALUE,
      value: offset === 2 ? null : new Struct(VALUE, [`n${offset}`]),
      timestamp: 1000 + offset,
      headers: offset === 1 ? new Headers().add('h', 'x', STRING) : new Headers(),
    }),
  )

async function written(changes: RawConfig, from = records()): Promise<Record<string, Buffer>> {
  await using bucket = await TestBucket.create()
  const s3 = s3ConfigFor(bucket.name)
  const driver = new SinkDriver({ task: await aivenS3SinkConnector.createTask() })
  const config = {
    'aws.s3.bucket.name': bucket.name,
    'aws.s3.endpoint': s3['store.url'] as string,
    'aws.access.key.id': s3['aws.access.key.id'] as string,
    'aws.secret.access.key': s3['aws.secret.access.key'] as string,
    ...changes,
  }
  await driver.start(config, [P0])
  await driver.put(...from)
  driver.clock.advance(60_000)
  await driver.put()
  await driver.stop()
  const objects: Record<string, Buffer> = {}
  for (const key of await bucket.keys()) objects[key] = (await bucket.store.get(key))?.body ?? Buffer.alloc(0)
  return objects
}

const row = (offset: number): unknown => ({
  fields: [
    ['headers', { fields: offset === 1 ? [['h', { string: 'x' }]] : [] }],
    ['key', { string: `k${offset}` }],
    ['offset', { int: String(offset) }],
    ['timestamp', { int: String(1000 + offset) }],
    ['value', offset === 2 ? null : { fields: [['name', { string: `n${offset}` }]] }],
  ],
})

const FIELDS = { 'format.output.fields': 'key,value,offset,timestamp,headers' }

for (const compression of ['none', 'gzip', 'snappy', 'zstd']) {
  test(`parquet with file.compression.type=${compression} compresses pages and has the fields as columns`, async () => {
    const config = { ...FIELDS, 'format.output.type': 'parquet', 'file.compression.type': compression }
    const objects = await written(config)
    const extension = { none: '', gzip: '.gz', snappy: '.snappy', zstd: '.zst' }[compression] ?? ''
    assert.deepEqual(Object.keys(objects), [`topic0-0-0${extension}`])
    const { rows, types } = await readers.read('parquet', Object.values(objects)[0] as Buffer)
    assert.deepEqual(rows, range(0, 4).map(row))
    assert.deepEqual([types?.['offset'], types?.['timestamp']], ['int64', 'int64'])
  })

  test(`avro with file.compression.type=${compression} is a container that is compressed as a whole`, async () => {
    const config = {
      ...FIELDS,
      'format.output.type': 'avro',
      'file.compression.type': compression,
      'avro.codec': 'deflate',
    }
    const objects = await written(config)
    const [key, body] = Object.entries(objects)[0] as [string, Buffer]
    assert.ok(key.startsWith('topic0-0-0.avro'), key)
    const read = await readers.read('avro', body, compression)
    assert.equal(read.codec, 'deflate')
    assert.deepEqual(read.rows, range(0, 4).map(row))
  })
}

test('a single field without an envelope is the record itself', async () => {
  const config = {
    'format.output.fields': 'value',
    'format.output.envelope': 'false',
    'format.output.type': 'parquet',
  }
  const objects = await written(config, records().slice(0, 2))
  const { rows } = await readers.read('parquet', Object.values(objects)[0] as Buffer)
  assert.deepEqual(rows, [{ fields: [['name', { string: 'n0' }]] }, { fields: [['name', { string: 'n1' }]] }])
})

test('records without schemas become parquet too, which Aiven’s connector refuses', async () => {
  const loose = range(0, 3).map((offset) =>
    record(offset, {
      topic: 'topic0',
      kafkaPartition: 0,
      value: { n: offset, ...(offset > 0 && { extra: 'x' }) },
    }),
  )
  const objects = await written({ ...FIELDS, 'format.output.type': 'parquet' }, loose)
  assert.equal(Object.keys(objects).length, 1)
  const { rows } = await readers.read('parquet', Object.values(objects)[0] as Buffer)
  assert.equal(rows?.length, 3)
})
