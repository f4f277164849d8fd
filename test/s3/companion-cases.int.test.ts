import assert from 'node:assert/strict'
import test from 'node:test'
import avro from 'avsc'
import { parquetReadObjects } from 'hyparquet'
import {
  FLOAT32,
  Headers,
  INT64,
  OPTIONAL_STRING,
  type RawConfig,
  SchemaBuilder,
  type SinkRecord,
  type SinkRecordParts,
  STRING,
  Struct,
} from '@spillway/framework'

import { FaultProxy } from './support/fault-proxy.ts'
import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const JSON_FORMAT = 'io.confluent.connect.s3.format.json.JsonFormat'
const AVRO_FORMAT = 'io.confluent.connect.s3.format.avro.AvroFormat'
const PARQUET_FORMAT = 'io.confluent.connect.s3.format.parquet.ParquetFormat'
const BOTH = { 'store.kafka.keys': 'true', 'store.kafka.headers': 'true' }
const BOTH_JSON = { ...BOTH, 'keys.format.class': JSON_FORMAT, 'headers.format.class': JSON_FORMAT }
const SCHEDULE = { 'flush.size': '1000000', 'rotate.schedule.interval.ms': '60000', timezone: 'UTC' }
const VALUE = SchemaBuilder.struct().name('value').field('n', INT64).build()

/** The headers of T47. */
const headers = (): Headers =>
  new Headers().add('first', 'first-header-value', STRING).add('second', 8n, INT64).add('third', 6.5, FLOAT32)
const HEADER_LINE =
  '{"headers":[{"key":"first","value":"first-header-value"},{"key":"second","value":"8"},{"key":"third","value":"6.5"}]}'

/** A record with key, value and headers. */
const full = (offset: number, parts: Partial<SinkRecordParts> = {}): SinkRecord =>
  record(offset, {
    keySchema: STRING,
    key: `key-${offset}`,
    valueSchema: VALUE,
    value: new Struct(VALUE, [BigInt(offset)]),
    headers: headers(),
    ...parts,
  })

const tombstone = (offset: number): SinkRecord => full(offset, { valueSchema: null, value: null })

/** The names of a file's three objects. */
const three = (offset: number, extension = '.json'): string[] =>
  ['.headers', '.keys', ''].map((view) => key(offset, PARTITION, view + extension))

const keyLines = (...offsets: number[]): string => offsets.map((offset) => `"key-${offset}"\n`).join('')
const valueLines = (...offsets: number[]): string => offsets.map((n) => `{"n":${n}}\n`).join('')

async function rowsOf(bucket: TestBucket, name: string): Promise<unknown[]> {
  const body = (await bucket.store.get(name))?.body
  assert.ok(body, name)
  const rows: unknown[] = []
  await new Promise((resolve, reject) => {
    const decoder = new avro.streams.BlockDecoder({ codecs: { null: (data, done) => done(null, data) } })
    decoder.on('data', (row: unknown) => rows.push(row))
    decoder.on('error', reject).on('end', resolve)
    decoder.end(body)
  })
  return JSON.parse(JSON.stringify(rows)) as unknown[]
}

test('T46 keys and headers go to objects of their own, with the same start and the same records', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BOTH, 'format.class': AVRO_FORMAT }), [P12])
  await driver.put(...range(0, 7).map((offset) => full(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  assert.deepEqual((await bucket.keys()).sort(), [...three(0, '.avro'), ...three(3, '.avro')].sort())
  assert.deepEqual(await rowsOf(bucket, key(3, PARTITION, '.avro')), [{ n: 3 }, { n: 4 }, { n: 5 }])
  assert.deepEqual(await rowsOf(bucket, key(3, PARTITION, '.keys.avro')), ['key-3', 'key-4', 'key-5'])
  const found = (await rowsOf(bucket, key(3, PARTITION, '.headers.avro'))) as { key: string }[][]
  assert.deepEqual(
    found.map((list) => list.map((header) => header.key)),
    [0, 1, 2].map(() => ['first', 'second', 'third']),
  )
})

test('T47 header values become texts, as Connect writes them', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(BOTH_JSON), [P12])
  await driver.put(...range(0, 3).map((offset) => full(offset)))
  await driver.stop()
  assert.equal(await bucket.text(key(0, PARTITION, '.headers.json')), `${HEADER_LINE}\n`.repeat(3))
  assert.equal(await bucket.text(key(0, PARTITION, '.keys.json')), keyLines(0, 1, 2))
})

test('T43 null keys, null values and missing headers are reported, and count for nothing', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config({ ...BOTH_JSON, 'behavior.on.null.values': 'ignore' }), [P12])
  const bad = [full(30, { keySchema: null, key: null }), tombstone(31), full(32, { headers: new Headers() })]
  await driver.put(
    ...range(0, 30).map((offset) => full(offset)),
    ...bad,
    ...range(33, 63).map((offset) => full(offset)),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 63n })
  const starts = [...range(0, 10).map((i) => 3 * i), ...range(0, 10).map((i) => 33 + 3 * i)]
  assert.deepEqual((await bucket.keys()).sort(), starts.flatMap((offset) => three(offset)).sort())
  for (const start of starts) {
    const offsets = [start, start + 1, start + 2]
    assert.equal(await bucket.text(key(start)), valueLines(...offsets))
    assert.equal(await bucket.text(key(start, PARTITION, '.keys.json')), keyLines(...offsets))
    assert.equal((await bucket.lines(key(start, PARTITION, '.headers.json'))).length, 3)
  }
  assert.deepEqual(
    driver.reported.map(({ error }) => (error as Error).message.split(/:| record/)[0]),
    ['Key cannot be null for SinkRecord', 'Skipping null value', 'Headers cannot be null for SinkRecord'],
  )
})

test('a header without a value, which Confluent’s sink refuses, has null for it', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config(BOTH_JSON), [P12])
  await driver.put(full(0), full(1, { headers: new Headers().add('empty', null, null) }), full(2))
  await driver.stop()
  assert.deepEqual(driver.reported, [])
  assert.equal(await bucket.text(key(0)), valueLines(0, 1, 2))
  assert.equal(
    await bucket.text(key(0, PARTITION, '.headers.json')),
    `${HEADER_LINE}\n{"headers":[{"key":"empty","value":null}]}\n${HEADER_LINE}\n`,
  )
})

test('T43 without report.null.values.to.dlq, null values are left out without a word', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  const config = { 'behavior.on.null.values': 'ignore', 'report.null.values.to.dlq': 'false' }
  await driver.start(bucket.config(config), [P12])
  await driver.put(tombstone(0), full(1), tombstone(2), full(3), full(4), tombstone(5))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 6n })
  assert.equal(await bucket.text(key(1)), valueLines(1, 3, 4))
  assert.deepEqual(driver.reported, [])
})

test('T44 a bad record between two good ones does not count for flush.size', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config(BOTH_JSON), [P12])
  const bad = full(1, { keySchema: null, key: null, originalKafkaOffset: 2n })
  await driver.put(full(0), full(1), bad, bad, ...range(2, 9).map((offset) => full(offset)))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 9n })
  assert.deepEqual((await bucket.keys()).sort(), [0, 3, 6].flatMap((offset) => three(offset)).sort())
  assert.equal(driver.reported.length, 2)
})

test('a record whose key the format refuses leaves nothing of itself, and the next one opens the file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  const keys = 'io.confluent.connect.s3.format.bytearray.ByteArrayFormat'
  await driver.start(bucket.config({ 'store.kafka.keys': 'true', 'keys.format.class': keys }), [P12])
  const bytes = (offset: number): SinkRecord =>
    full(offset, { keySchema: null, key: Buffer.from(`k${offset}`) })
  await driver.put(full(0), bytes(1), full(2), bytes(3), bytes(4))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 5n })
  assert.deepEqual(await bucket.keys(), [key(1), key(1, PARTITION, '.keys.bin')])
  assert.equal(await bucket.text(key(1)), valueLines(1, 3, 4))
  assert.equal(await bucket.text(key(1, PARTITION, '.keys.bin')), 'k1\nk3\nk4\n')
})

test('gzip compresses each view, and the marker stands before the extension', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...BOTH_JSON, 's3.compression.type': 'gzip' }), [P12])
  await driver.put(...range(0, 3).map((offset) => full(offset)))
  await driver.stop()
  assert.deepEqual((await bucket.keys()).sort(), three(0, '.json.gz').sort())
  assert.equal(await bucket.text(key(0, PARTITION, '.keys.json.gz')), keyLines(0, 1, 2))
})

test('Parquet has keys as RecordKey and headers as RecordHeaders', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  const config = {
    ...BOTH,
    'format.class': PARQUET_FORMAT,
    'keys.format.class': PARQUET_FORMAT,
    'headers.format.class': PARQUET_FORMAT,
  }
  await driver.start(bucket.config(config), [P12])
  await driver.put(...range(0, 3).map((offset) => full(offset)))
  await driver.stop()
  assert.deepEqual((await bucket.keys()).sort(), three(0, '.snappy.parquet').sort())
  const rows = async (view: string): Promise<unknown[]> => {
    const body = (await bucket.store.get(key(0, PARTITION, `${view}.snappy.parquet`)))?.body as Buffer
    const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer
    return parquetReadObjects({ file })
  }
  assert.deepEqual(await rows('.keys'), [{ key: 'key-0' }, { key: 'key-1' }, { key: 'key-2' }])
  const [first] = await rows('.headers')
  assert.deepEqual(first, JSON.parse(HEADER_LINE))
})

test('a key of another schema closes the file of Avro keys, and not one of JSON keys', async () => {
  for (const [format, starts] of [
    [AVRO_FORMAT, [0, 1]],
    [JSON_FORMAT, [0]],
  ] as const) {
    await using bucket = await TestBucket.create()
    const driver = new SinkDriver()
    await driver.start(
      bucket.config({ 'store.kafka.keys': 'true', 'keys.format.class': format, 'flush.size': '2' }),
      [P12],
    )
    await driver.put(full(0), full(1, { keySchema: INT64, key: 1n }), full(2, { keySchema: INT64, key: 2n }))
    await driver.stop()
    const values = (await bucket.keys()).filter((name) => !name.includes('.keys.'))
    assert.deepEqual(
      values,
      starts.map((offset) => key(offset)),
    )
  }
})

const WRITE = { ...BOTH_JSON, 'behavior.on.null.values': 'write' }
const inTombstones = (offset: number, view: string, directory = 'tombstone'): string =>
  `topics/${TOPIC}/${directory}/${TOPIC}+12+${String(offset).padStart(10, '0')}.${view}.json`

test('tombstones go to a directory of their own, keys and headers alone', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...WRITE, 'flush.size': '4' }), [P12])
  await driver.put(full(0), tombstone(1), full(2), tombstone(3))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 4n })
  assert.deepEqual(
    (await bucket.keys()).sort(),
    [...three(0), inTombstones(1, 'headers'), inTombstones(1, 'keys')].sort(),
  )
  assert.equal(await bucket.text(key(0)), valueLines(0, 2))
  assert.equal(await bucket.text(inTombstones(1, 'keys')), keyLines(1, 3))
})

test('a schemaless tombstone, and one that is JSON text, are tombstones too', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  const config = { ...WRITE, 'store.kafka.headers': 'false', 'tombstone.encoded.partition': 'gone' }
  await driver.start(bucket.config(config), [P12])
  await driver.put(
    record(0, { key: 'key-0', value: null, valueText: Buffer.from(' null') }),
    record(1, { key: 'key-1', value: null }),
    record(2, { key: 'key-2', value: null, valueSchema: null }),
  )
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [inTombstones(0, 'keys', 'gone')])
  assert.equal(await bucket.text(inTombstones(0, 'keys', 'gone')), keyLines(0, 1, 2))
})

test('a topic or directory whose name contains "tombstone" keeps its values', async () => {
  await using bucket = await TestBucket.create()
  const topic = 'tombstone-events'
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...WRITE, 'topics.dir': 'tombstones' }), [
    { topic, partition: PARTITION },
  ])
  await driver.put(...range(0, 3).map((offset) => full(offset, { topic })))
  await driver.stop()
  const name = `tombstones/${topic}/partition=12/${topic}+12+0000000000`
  assert.deepEqual(
    (await bucket.keys()).sort(),
    [`${name}.headers.json`, `${name}.keys.json`, `${name}.json`].sort(),
  )
  assert.equal(await bucket.text(`${name}.json`), valueLines(0, 1, 2))
})

test('a tombstone between two hours takes its time from the record, and is no change of the output partition', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  const hourly = {
    'partitioner.class': 'io.confluent.connect.storage.partitioner.HourlyPartitioner',
    'timestamp.extractor': 'RecordField',
    'timestamp.field': 'n',
    locale: 'en',
    timezone: 'UTC',
    'rotate.interval.ms': '3600000',
    'flush.size': '1000',
  }
  await driver.start(bucket.config({ ...WRITE, ...hourly }), [P12])
  await driver.put(
    full(0),
    full(1, { valueSchema: null, value: null, timestamp: 10 }),
    full(2),
    full(3, { valueSchema: null, value: null, timestamp: 3_600_000 }),
  )
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 3n })
  const hour = 'year=1970/month=01/day=01/hour=00'
  const names = (await bucket.keys()).filter((name) => !name.includes('.headers.'))
  assert.deepEqual(
    names.sort(),
    [key(0), key(0, PARTITION, '.keys.json')]
      .map((name) => name.replace('partition=12', hour))
      .concat(inTombstones(1, 'keys'))
      .sort(),
  )
})

test('a value whose directory is that of tombstones is refused, not lost', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config({ ...WRITE, 'tombstone.encoded.partition': 'partition=12' }), [P12])
  await driver.put(full(0), tombstone(1), tombstone(2), tombstone(3))
  await driver.stop()
  assert.match(String(driver.reported[0]?.error), /tombstone\.encoded\.partition/)
  assert.equal(await bucket.text(key(1, PARTITION, '.keys.json')), keyLines(1, 2, 3))
})

/** Records that a life writes, and lets the schedule commit. */
async function writeAndRotate(driver: SinkDriver, from: number, to: number): Promise<void> {
  await driver.put(...range(from, to).map((offset) => (offset % 4 === 3 ? tombstone(offset) : full(offset))))
  driver.clock.advance(60_000)
  await driver.put()
}

for (const [name, config] of Object.entries<RawConfig>({
  'deterministic rotation': { 'flush.size': '4' },
  'a schedule and the ledger': SCHEDULE,
})) {
  test(`under ${name} a life that crashed between a file's objects is gone on from: no key twice, none missing`, async () => {
    await using bucket = await TestBucket.create()
    const settings = bucket.config({ ...WRITE, ...config })
    await using proxy = await FaultProxy.start()
    proxy.inject(({ method, path }) =>
      method === 'PUT' && path.includes('0000000000.json') ? 'stall' : undefined,
    )
    const first = new SinkDriver()
    await first.start({ ...settings, 'store.url': proxy.url }, [P12])
    await writeAndRotate(first, 0, 4)
    await first.until(async () => (await bucket.keys()).length === 4)
    await first.kill()
    const second = new SinkDriver()
    await second.start(settings, [P12])
    await writeAndRotate(second, 0, 8)
    assert.deepEqual(await second.stop(), { 'test-topic-12': 8n })
    assert.deepEqual(
      (await bucket.keys()).sort(),
      [
        ...three(0),
        ...three(4),
        ...[3, 7].flatMap((o) => [inTombstones(o, 'headers'), inTombstones(o, 'keys')]),
      ].sort(),
      'the second life ends the file where the first one did',
    )
    for (const offset of [0, 4]) {
      const own = [offset, offset + 1, offset + 2]
      assert.equal(await bucket.text(key(offset)), valueLines(...own))
      assert.equal(await bucket.text(key(offset, PARTITION, '.keys.json')), keyLines(...own))
      assert.equal(await bucket.text(inTombstones(offset + 3, 'keys')), keyLines(offset + 3))
    }
  })
}

test('keys without a schema are kept, each line or row as its format has it', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'store.kafka.keys': 'true', 'keys.format.class': AVRO_FORMAT }), [P12])
  await driver.put(
    ...range(0, 3).map((offset) => full(offset, { keySchema: OPTIONAL_STRING, key: `key-${offset}` })),
  )
  await driver.put(...range(3, 6).map((offset) => full(offset, { keySchema: null, key: { id: offset } })))
  await driver.stop()
  assert.deepEqual(await rowsOf(bucket, key(0, PARTITION, '.keys.avro')), ['key-0', 'key-1', 'key-2'])
  assert.equal((await rowsOf(bucket, key(3, PARTITION, '.keys.avro'))).length, 3)
})

test('a buffer that has no room for a file which has to end where an earlier life ended it is shown in the status', async () => {
  await using bucket = await TestBucket.create()
  await using proxy = await FaultProxy.start()
  proxy.inject(({ method, path }) =>
    method === 'PUT' && path.includes('0000000000.json') ? 'stall' : undefined,
  )
  const filler = 'x'.repeat(500_000)
  const settings = bucket.config({
    ...SCHEDULE,
    'store.kafka.keys': 'true',
    'keys.format.class': JSON_FORMAT,
  })
  const large = range(0, 8).map((offset) => record(offset, { key: `key-${offset}`, value: { filler } }))
  const first = new SinkDriver()
  await first.start({ ...settings, 'store.url': proxy.url }, [P12])
  await first.put(...large)
  first.clock.advance(60_000)
  await first.put()
  await first.until(async () => (await bucket.keys()).length === 1)
  await first.kill()
  const mib = 1024 * 1024
  const second = new SinkDriver({ memoryBytes: mib, diskBytes: mib })
  await second.start(settings, [P12])
  await second.put(...large)
  await second.until(() => second.notices.some((text) => text?.includes('before it was restarted') === true))
  assert.ok(second.paused.has('test-topic-12'))
  await second.kill()
  const third = new SinkDriver()
  await third.start(settings, [P12])
  await third.put(...large)
  assert.deepEqual(await third.stop(), { 'test-topic-12': 8n })
  assert.equal(await bucket.text(key(0, PARTITION, '.keys.json')), keyLines(0, 1, 2, 3, 4, 5, 6, 7))
})
