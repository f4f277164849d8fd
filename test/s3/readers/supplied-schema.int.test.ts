/** Records without a schema under one that is supplied, read by libraries of others. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { SinkRecord } from '@spillway/framework'

import { record, TOPIC } from '../support/records.ts'
import { SinkDriver } from '../support/sink-driver.ts'
import { TestBucket } from '../support/test-bucket.ts'
import { Readers } from './readers.ts'
import { writtenFile } from './written-file.ts'

const FORMAT = 'io.confluent.connect.s3.format'
const folder = mkdtempSync(join(tmpdir(), 'spillway-schema-'))
let readers: Readers
before(async () => {
  readers = await Readers.start()
})
after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await readers.close()
})

const AVRO_SCHEMA = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}

const JSON_SCHEMA = {
  type: 'object',
  title: 'Order',
  required: ['id'],
  properties: { id: { type: 'integer' }, price: { type: 'number' }, name: { type: 'string' } },
}

function file(name: string, schema: object): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(schema))
  return path
}

const loose = (offset: number, value: object): SinkRecord =>
  record(offset, { value, valueText: Buffer.from(JSON.stringify(value)) })

test('an Avro schema decides the types of Parquet, also of a file in which a field is always missing', async () => {
  const config = {
    'format.class': `${FORMAT}.parquet.ParquetFormat`,
    'schemaless.schema.file': file('order.avsc', AVRO_SCHEMA),
  }
  const { body } = await writtenFile(config, [
    loose(0, { id: 1, at: 1000, tags: [] }),
    loose(1, { id: 2, at: 2000, tags: ['x'] }),
  ])
  const { rows, types } = await readers.read('parquet', body)
  assert.deepEqual(
    [types?.['id'], types?.['at'], types?.['note']],
    ['int64', 'timestamp[ms, tz=UTC]', 'string'],
  )
  assert.deepEqual(rows?.[1], {
    fields: [
      ['at', { timestamp: 2000 }],
      ['id', { int: '2' }],
      ['note', null],
      ['tags', [{ string: 'x' }]],
    ],
  })
})

test('a JSON Schema decides the types of Avro', async () => {
  const config = {
    'format.class': `${FORMAT}.avro.AvroFormat`,
    'schemaless.schema.file': file('order.json', JSON_SCHEMA),
  }
  const { body } = await writtenFile(config, [
    loose(0, { id: 1, price: 2 }),
    record(1, { value: { id: 2, name: 'n' } }),
  ])
  const { rows } = await readers.read('avro', body)
  assert.equal(rows?.length, 2)
  assert.deepEqual((rows[1] as { fields: unknown[] }).fields.at(-1), ['price', null])
})

test('a record that does not fit goes to the reporter; unknown fields are one reason, unless they are dropped', async () => {
  const schema = file('strict.json', JSON_SCHEMA)
  const run = async (unknown: string): Promise<string[]> => {
    await using bucket = await TestBucket.create()
    const driver = new SinkDriver({ reports: true })
    const config = bucket.config({
      'format.class': `${FORMAT}.parquet.ParquetFormat`,
      'schemaless.schema.file': schema,
      'schemaless.unknown.fields': unknown,
      'flush.size': '1',
    })
    await driver.start(config, [{ topic: TOPIC, partition: 12 }])
    await driver.put(loose(0, { id: 1, more: true }), loose(1, { id: 'text' }), loose(2, { id: 3 }))
    await driver.stop()
    return driver.reported.map(
      ({ record: { kafkaOffset }, error }) => `${kafkaOffset}: ${(error as Error).message}`,
    )
  }
  const [first, second, ...others] = await run('fail')
  assert.match(first ?? '', /^0: The schema of schemaless\.schema\.file has no field value\.more\./)
  assert.match(second ?? '', /^1: /)
  assert.deepEqual(others, [])
  assert.equal((await run('drop')).length, 1)
})

test('a file that is missing or no schema stops the task with its name', async () => {
  await using bucket = await TestBucket.create()
  for (const path of [join(folder, 'missing.avsc'), file('bad.avsc', { type: 'nothing' })]) {
    const driver = new SinkDriver()
    const config = bucket.config({
      'format.class': `${FORMAT}.avro.AvroFormat`,
      'schemaless.schema.file': path,
    })
    await assert.rejects(driver.start(config), /for configuration schemaless\.schema\.file: /)
  }
})
