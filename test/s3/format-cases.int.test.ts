import assert from 'node:assert/strict'
import test from 'node:test'
import {
  BYTES,
  dateSchema,
  DataError,
  Decimal,
  decimalSchema,
  FLOAT64,
  SchemaBuilder,
  STRING,
  Struct,
} from '@spillway/framework'

import { key, PARTITION, range, record, structRecord, TOPIC } from './support/records.ts'
import { fieldsOf, V1 } from './support/schemas.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const BYTE_ARRAY = { 'format.class': 'io.confluent.connect.s3.format.bytearray.ByteArrayFormat' }

test('T50 structs become one JSON object per line in schema order', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(), [P12])
  await driver.put(...range(0, 3).map((offset) => structRecord(offset, V1, fieldsOf(offset))))
  await driver.stop()
  assert.equal(
    await bucket.text(key(0)),
    range(0, 3)
      .map((i) => `{"boolean":true,"int":${i},"long":${i},"float":12.5,"double":12.5}\n`)
      .join(''),
  )
})

test('T50 gzip adds .gz to the name, compresses the whole file, and the same records give the same bytes', async () => {
  await using bucket = await TestBucket.create()
  const bodies: (Buffer | undefined)[] = []
  for (let life = 0; life < 2; life++) {
    const driver = new SinkDriver()
    await driver.start(bucket.config({ 's3.compression.type': 'gzip', 's3.compression.level': '9' }), [P12])
    await driver.put(...range(0, 3).map((offset) => record(offset)))
    await driver.stop()
    bodies.push((await bucket.store.get(key(0, PARTITION, '.json.gz')))?.body)
  }
  assert.deepEqual(await bucket.keys(), [key(0, PARTITION, '.json.gz')])
  assert.deepEqual(await bucket.lines(key(0, PARTITION, '.json.gz')), [
    { offset: 0 },
    { offset: 1 },
    { offset: 2 },
  ])
  assert.ok(bodies[0]?.equals(bodies[1] as Buffer))
})

test('a gzip file whose compressed bytes exceed a part is uploaded in parts', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({ 's3.compression.type': 'gzip', 's3.compression.level': '0', 's3.part.size': '5242880' }),
    [P12],
  )
  const filler = 'x'.repeat(4_000_000)
  await driver.put(...range(0, 3).map((offset) => record(offset, { value: { offset, filler } })))
  await driver.stop()
  const name = key(0, PARTITION, '.json.gz')
  assert.match((await bucket.store.head(name))?.etag ?? '', /-3"?$/)
  assert.equal((await bucket.lines(name)).length, 3)
})

test('schemaless values are written as they are: texts quoted, digits of any length kept', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ 'flush.size': '5' }), [P12])
  const text = Buffer.from('{ "price": 1.0, "id": 12345678901234567890, "note": "a b" }')
  await driver.put(
    record(0, { value: {}, valueText: text }),
    record(1, { value: 'plain "text"' }),
    record(2, { value: 9_007_199_254_740_993n }),
    record(3, { value: [Buffer.from('bytes'), null, true] }),
    record(4, { value: { when: new Date(1000), amount: new Decimal(150n, 2) } }),
  )
  await driver.stop()
  assert.equal(
    await bucket.text(key(0)),
    '{"price":1.0,"id":12345678901234567890,"note":"a b"}\n' +
      '"plain \\"text\\""\n9007199254740993\n["Ynl0ZXM=",null,true]\n{"when":1000,"amount":1.50}\n',
  )
})

test('json.decimal.format decides how decimals are written', async () => {
  await using bucket = await TestBucket.create()
  const schema = SchemaBuilder.struct().field('price', decimalSchema(2)).build()
  const decimal = { valueSchema: schema, value: new Struct(schema, [new Decimal(150n, 2)]) }
  for (const [format, expected] of [
    ['BASE64', '{"price":"AJY="}\n'],
    ['numeric', '{"price":1.50}\n'],
  ] as const) {
    const driver = new SinkDriver()
    await driver.start(bucket.config({ 'flush.size': '1', 'json.decimal.format': format }), [P12])
    await driver.put(record(0, decimal))
    await driver.stop()
    assert.equal(await bucket.text(key(0)), expected)
  }
})

test('values with a schema that are no structs are written as Java objects: decimals and dates are numbers', async () => {
  await using bucket = await TestBucket.create()
  for (const [valueSchema, value, expected] of [
    [decimalSchema(2), new Decimal(12_345n, 2), '123.45\n'],
    [dateSchema(), new Date(17_226 * 86_400_000), '1488326400000\n'],
    [FLOAT64, 1e7, '1.0E7\n'],
    [BYTES, Buffer.from([1, 2]), '"AQI="\n'],
  ] as const) {
    const driver = new SinkDriver()
    await driver.start(bucket.config({ 'flush.size': '1' }), [P12])
    await driver.put(record(0, { valueSchema, value }))
    await driver.stop()
    assert.equal(await bucket.text(key(0)), expected)
  }
})

test('ByteArrayFormat writes bytes as they are with a separator after each', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(
    bucket.config({
      ...BYTE_ARRAY,
      'format.bytearray.extension': '.log',
      'format.bytearray.separator': ' | ',
    }),
    [P12],
  )
  await driver.put(
    record(0, { value: Buffer.from('one') }),
    record(1, { value: Buffer.from([0, 255]) }),
    record(2, { value: Buffer.from('') }),
  )
  await driver.stop()
  const body = (await bucket.store.get(key(0, PARTITION, '.log')))?.body
  assert.deepEqual(body, Buffer.concat([Buffer.from('one | '), Buffer.from([0, 255]), Buffer.from(' |  | ')]))
})

test('ByteArrayFormat separates by a line feed by default, and refuses what is no bytes', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config(BYTE_ARRAY), [P12])
  await driver.put(
    record(0, { value: 'text' }),
    record(1, { valueSchema: STRING, value: 'text' }),
    ...range(2, 5).map((offset) =>
      record(offset, { valueSchema: BYTES, value: Buffer.from(String(offset)) }),
    ),
  )
  await driver.stop()
  assert.deepEqual(await bucket.keys(), [key(2, PARTITION, '.bin')])
  assert.equal((await bucket.store.get(key(2, PARTITION, '.bin')))?.body.toString(), '2\n3\n4\n')
  const messages = driver.reported.map(({ error }) => (error as Error).message)
  assert.match(messages[0] ?? '', /value\.converter/)
  assert.match(messages[1] ?? '', /Invalid schema type for ByteArrayConverter: STRING/)
})

test('a null value stops the task by default, whatever is reported, and says what to set', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config(), [P12])
  await assert.rejects(
    driver.put(record(0), record(1, { value: null })),
    /Null valued records are not writeable with current behavior\.on\.null\.values setting 'fail': record test-topic-12@1/,
  )
  await assert.rejects(
    driver.put(record(2, { value: null, valueText: Buffer.from(' null') })),
    /test-topic-12@2/,
  )
  await driver.kill()
})

test('ignored null values are reported where asked for, and show as no lag', async () => {
  await using bucket = await TestBucket.create()
  for (const report of ['true', 'false']) {
    const driver = new SinkDriver({ reports: true })
    await driver.start(
      bucket.config({ 'behavior.on.null.values': 'IGNORE', 'report.null.values.to.dlq': report }),
      [P12],
    )
    await driver.put(record(0), record(1, { value: null }), record(2), record(3), record(4, { value: null }))
    await driver.settle()
    assert.deepEqual(await driver.preCommit(), { 'test-topic-12': 5n })
    await driver.stop()
    assert.equal(driver.reported.length, report === 'true' ? 2 : 0)
    for (const { error } of driver.reported) {
      assert.ok(error instanceof DataError)
      assert.match(error.message, /^Skipping null value record/)
    }
    assert.deepEqual(await bucket.lines(key(0)), [{ offset: 0 }, { offset: 2 }, { offset: 3 }])
  }
})
