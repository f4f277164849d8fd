import assert from 'node:assert/strict'
import test from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import {
  BYTES,
  Headers,
  OPTIONAL_STRING,
  type RawConfig,
  SchemaBuilder,
  type SinkRecord,
  type SinkRecordParts,
  STRING,
  Struct,
} from '@spillway/framework'
import { aivenS3SinkConnector } from '@spillway/s3-sink'

import { range, record } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { s3ConfigFor, TestBucket } from './support/test-bucket.ts'

const P0 = { topic: 'topic0', partition: 0 }
const HOUR_MS = 3_600_000

function aivenConfig(bucket: string, changes: RawConfig): RawConfig {
  const s3 = s3ConfigFor(bucket)
  return {
    'connector.class': 'io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector',
    'aws.s3.bucket.name': bucket,
    'aws.s3.endpoint': s3['store.url'] as string,
    'aws.access.key.id': s3['aws.access.key.id'] as string,
    'aws.secret.access.key': s3['aws.secret.access.key'] as string,
    ...changes,
  }
}

const of = (offset: number, value: string | null, parts: Partial<SinkRecordParts> = {}): SinkRecord =>
  record(offset, {
    topic: 'topic0',
    kafkaPartition: 0,
    keySchema: OPTIONAL_STRING,
    key: `k${offset}`,
    valueSchema: BYTES,
    value: value === null ? null : Buffer.from(value),
    timestamp: Date.UTC(2024, 0, 1) + offset,
    ...parts,
  })

/** What is in the bucket after these records and one turn of the clock. */
async function written(
  changes: RawConfig,
  records: readonly SinkRecord[],
  partitions = [P0],
): Promise<Record<string, Buffer>> {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ task: await aivenS3SinkConnector.createTask() })
  await driver.start(aivenConfig(bucket.name, changes), partitions)
  await driver.put(...records)
  driver.clock.advance(60_000)
  await driver.put()
  const last = records.at(-1)
  assert.ok(last !== undefined)
  const safe = await driver.stop()
  assert.equal(safe[`${last.originalTopic}-${last.originalKafkaPartition}`], last.originalKafkaOffset + 1n)
  const objects: Record<string, Buffer> = {}
  for (const key of await bucket.keys()) objects[key] = (await bucket.store.get(key))?.body ?? Buffer.alloc(0)
  return objects
}

const texts = (objects: Record<string, Buffer>): Record<string, string> =>
  Object.fromEntries(Object.entries(objects).map(([key, body]) => [key, body.toString()]))

const PLAIN = {
  'file.compression.type': 'none',
  'format.output.fields': 'value',
  'format.output.fields.value.encoding': 'none',
}

test('T59 file.max.records splits files, which are named by the template', async () => {
  const records = range(0, 6).map((offset) => of(offset, `v${offset}`))
  assert.deepEqual(texts(await written({ ...PLAIN, 'file.max.records': '2' }, records)), {
    'topic0-0-0': 'v0\nv1',
    'topic0-0-2': 'v2\nv3',
    'topic0-0-4': 'v4\nv5',
  })
  const offsetPadded = '{{topic}}-{{partition}}-{{start_offset:padding=true}}'
  const padded = { ...PLAIN, 'file.max.records': '4', 'file.name.template': offsetPadded }
  assert.deepEqual(Object.keys(await written(padded, records)), [
    'topic0-0-00000000000000000000',
    'topic0-0-00000000000000000004',
  ])
  const partitionPadded = '{{ topic }}-{{ partition : padding=true }}-{{start_offset}}'.replaceAll(' : ', ':')
  const keys = Object.keys(await written({ ...padded, 'file.name.template': partitionPadded }, records))
  assert.deepEqual(keys, ['topic0-0000000000-0', 'topic0-0000000000-4'])
})

test('the ending of a compression is in the default name where it is set, and gzip is used where nothing is', async () => {
  const records = [of(0, 'a'), of(1, 'b')]
  const csv = Buffer.from(`${Buffer.from('a').toString('base64')}\n${Buffer.from('b').toString('base64')}`)
  const byDefault = await written({}, records)
  assert.deepEqual(Object.keys(byDefault), ['topic0-0-0'])
  assert.ok(gunzipSync(byDefault['topic0-0-0'] as Buffer).equals(csv))
  const gzip = await written({ 'file.compression.type': 'GZIP' }, records)
  assert.ok(gunzipSync(gzip['topic0-0-0.gz'] as Buffer).equals(csv))
  const zstd = await written({ 'file.compression.type': 'zstd' }, records)
  assert.ok(zstdDecompressSync(zstd['topic0-0-0.zst'] as Buffer).equals(csv))
  const snappy = await written({ 'file.compression.type': 'snappy' }, records)
  assert.equal(snappy['topic0-0-0.snappy']?.subarray(1, 7).toString(), 'SNAPPY')
})

test('an encoding without fields has no effect, and the log says so', async () => {
  await using bucket = await TestBucket.create()
  const config = { 'file.compression.type': 'none', 'format.output.fields.value.encoding': 'none' }
  for (const [changes, warnings] of [
    [config, 1],
    [{ ...config, output_fields: 'value' }, 0],
  ] as const) {
    const driver = new SinkDriver({ task: await aivenS3SinkConnector.createTask() })
    await driver.start(aivenConfig(bucket.name, changes), [P0])
    await driver.stop()
    const found = driver.warnings.filter((text) => text.includes('format.output.fields=value'))
    assert.equal(found.length, warnings, driver.warnings.join())
  }
  assert.deepEqual(texts(await written(config, [of(0, 'a')])), { 'topic0-0-0': 'YQ==' })
})

test('csv has key, value, offset, timestamp and headers in the order of the configuration, and nothing for null', async () => {
  const headers = new Headers().add('h', Buffer.from('x'), BYTES).add('i', 'y', STRING)
  const fields = {
    'format.output.fields': 'key,value,offset,timestamp,headers',
    'file.compression.type': 'none',
  }
  const records = [of(5, 'v', { headers }), of(6, null, { key: null, timestamp: null })]
  const objects = texts(await written(fields, records))
  assert.deepEqual(objects, { 'topic0-0-5': 'azU=,dg==,5,1704067200005,aA==:eA==;aQ==:eQ==;\n,,6,,' })
})

test('json is an array and jsonl a line each, with members in the order of Java and times of ISO 8601', async () => {
  const schema = SchemaBuilder.struct().field('name', STRING).build()
  const headers = new Headers().add('h', 'x', STRING)
  const records = [
    of(0, null, {
      valueSchema: schema,
      value: new Struct(schema, ['a']),
      headers,
      timestamp: 1_700_000_000_000,
    }),
    of(1, null, { valueSchema: null, valueText: Buffer.from('{"n": 1.0}'), value: { n: 1 }, key: null }),
  ]
  const fields = 'key,value,offset,timestamp,headers'
  const one =
    '{"headers":[{"key":"h","value":"x"}],"offset":0,"value":{"name":"a"},"key":"k0","timestamp":"2023-11-14T22:13:20Z"}'
  const two = '{"headers":[],"offset":1,"value":{"n":1.0},"key":null,"timestamp":"2024-01-01T00:00:00.001Z"}'
  const json = { ...PLAIN, 'format.output.type': 'json', 'format.output.fields': fields }
  assert.deepEqual(texts(await written(json, records)), { 'topic0-0-0': `[\n${one},\n${two}\n]` })
  const jsonl = { ...json, 'format.output.type': 'jsonl' }
  assert.deepEqual(texts(await written(jsonl, records)), { 'topic0-0-0': `${one}\n${two}` })
  const bare = { ...jsonl, 'format.output.fields': 'value', 'format.output.envelope': 'false' }
  assert.deepEqual(texts(await written(bare, records)), { 'topic0-0-0': '{"name":"a"}\n{"n":1.0}' })
})

test('{{timestamp}} makes files of each hour of the records, in the zone that is set', async () => {
  const template =
    '{{timestamp:unit=yyyy}}/{{timestamp:unit=MM}}/{{timestamp:unit=dd}}/{{timestamp:unit=HH}}/{{topic}}-{{partition}}-{{start_offset}}'
  const config = {
    ...PLAIN,
    'file.name.template': template,
    'file.name.timestamp.source': 'event',
    'file.name.timestamp.timezone': 'Asia/Kolkata',
  }
  const at = (offset: number, ms: number): SinkRecord => of(offset, `v${offset}`, { timestamp: ms })
  const start = Date.UTC(2023, 11, 31, 18, 0)
  const records = [at(0, start), at(1, start + HOUR_MS), at(2, start + 1), at(3, start + HOUR_MS)]
  assert.deepEqual(texts(await written(config, records)), {
    '2023/12/31/23/topic0-0-0': 'v0\nv2',
    '2024/01/01/00/topic0-0-1': 'v1\nv3',
  })
})

test('{{key}} with offsets makes files of each key; without, one object with the latest record of the key', async () => {
  const keyed = (offset: number, key: string | null, value: string | null): SinkRecord =>
    of(offset, value, { key })
  const records = [
    keyed(0, 'a', 'a0'),
    keyed(1, 'b', 'b1'),
    keyed(2, 'a', 'a2'),
    keyed(3, null, 'n3'),
    keyed(4, 'b', null),
  ]
  const byKey = { ...PLAIN, 'file.name.template': '{{topic}}/{{partition}}/{{key}}/{{start_offset}}' }
  assert.deepEqual(texts(await written(byKey, records)), {
    'topic0/0/a/0': 'a0\na2',
    'topic0/0/b/1': 'b1\n',
    'topic0/0/null/3': 'n3',
  })
  assert.deepEqual(texts(await written({ ...PLAIN, 'file.name.template': '{{key}}' }, records)), {
    a: 'a2',
    b: '',
    null: 'n3',
  })
  const withPartition = {
    ...PLAIN,
    'file.name.template': '{{topic}}-{{partition}}-{{key}}',
    'file.max.records': '1',
  }
  assert.deepEqual(texts(await written(withPartition, records)), {
    'topic0-0-a': 'a2',
    'topic0-0-b': '',
    'topic0-0-null': 'n3',
  })
})

test('the object of a key is replaced by later records, in their order', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ task: await aivenS3SinkConnector.createTask() })
  await driver.start(aivenConfig(bucket.name, { ...PLAIN, 'file.name.template': '{{key}}' }), [P0])
  for (const offset of range(0, 20)) {
    await driver.put(of(offset, `v${offset}`, { key: `k${offset % 3}` }))
    driver.clock.advance(60_000)
    await driver.put()
  }
  assert.deepEqual(await driver.stop(), { 'topic0-0': 20n })
  assert.deepEqual(await Promise.all(['k0', 'k1', 'k2'].map((key) => bucket.text(key))), [
    'v18',
    'v19',
    'v17',
  ])
})

test('aws.s3.prefix names objects the old way, with 20 digits of the offset', async () => {
  const config = {
    ...PLAIN,
    'file.compression.type': 'gzip',
    'aws.s3.prefix': 'cluster/{{topic}}/{{timestamp:unit=YYYY}}-{{timestamp:unit=MM}}/{{utc_date}}/',
    'timestamp.source': 'EVENT',
  }
  const objects = await written(config, [of(7, 'a'), of(8, 'b')])
  const key = 'cluster/topic0/2024-01/2024-01-01/topic0-0-00000000000000000007.gz'
  assert.deepEqual(Object.keys(objects), [key])
  assert.equal(gunzipSync(objects[key] as Buffer).toString(), 'a\nb')
})

test('a crash after an upload leaves every record in one object, whatever the clock does to the files', async () => {
  await using bucket = await TestBucket.create()
  const config = aivenConfig(bucket.name, { ...PLAIN, 'file.max.records': '3' })
  const first = new SinkDriver({ task: await aivenS3SinkConnector.createTask() })
  await first.start(config, [P0])
  await first.put(...range(0, 4).map((offset) => of(offset, `v${offset}`)))
  await first.until(async () => (await bucket.keys()).length === 1)
  await first.kill()
  const second = new SinkDriver({ task: await aivenS3SinkConnector.createTask() })
  await second.start(config, [P0])
  await second.put(of(0, 'v0'), of(1, 'v1'))
  second.clock.advance(60_000)
  await second.put()
  await second.put(...range(2, 7).map((offset) => of(offset, `v${offset}`)))
  second.clock.advance(60_000)
  await second.put()
  await second.stop()
  const lines = await Promise.all(
    (await bucket.keys()).map(async (key) => (await bucket.text(key)).split('\n')),
  )
  assert.deepEqual(
    lines.flat().toSorted(),
    range(0, 7).map((offset) => `v${offset}`),
  )
})

test('files are written as often as the worker commits offsets, unless a schedule is set', async () => {
  const cases: [
    name: string,
    flushIntervalMs: number | undefined,
    schedule: RawConfig,
    writtenAfterMs: number,
  ][] = [
    ['the worker of the example', 10_000, {}, 10_000],
    ['a worker that commits rarely', 7_200_000, {}, 7_200_000],
    ['a worker that does not tell', undefined, {}, 60_000],
    ['a schedule', 10_000, { 'rotate.schedule.interval.ms': '30000' }, 30_000],
    ['a limit of records that is not reached', 10_000, { 'file.max.records': '5' }, 10_000],
    ['no schedule', 10_000, { 'rotate.schedule.interval.ms': '-1' }, Infinity],
  ]
  for (const [name, flushIntervalMs, schedule, writtenAfterMs] of cases) {
    await using bucket = await TestBucket.create()
    const driver = new SinkDriver({
      task: await aivenS3SinkConnector.createTask(),
      ...(flushIntervalMs !== undefined && { flushIntervalMs }),
    })
    await driver.start(aivenConfig(bucket.name, { ...PLAIN, ...schedule }), [P0])
    await driver.put(of(0, 'a'))
    const isWritten = async (): Promise<boolean> => {
      await driver.put()
      await driver.settle()
      return (await bucket.keys()).length > 0
    }
    driver.clock.advance(Math.min(writtenAfterMs, 86_000_000) - 1)
    assert.equal(await isWritten(), false, name)
    driver.clock.advance(1)
    assert.equal(await isWritten(), writtenAfterMs !== Infinity, name)
    await driver.stop()
  }
})
