import assert from 'node:assert/strict'
import test from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import avro from 'avsc'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import {
  Decimal,
  decimalSchema,
  INT32,
  OPTIONAL_INT32,
  type RawConfig,
  SchemaBuilder,
  type SinkRecord,
  Struct,
} from '@spillway/framework'

import { key, PARTITION, range, record, TOPIC } from './support/records.ts'
import { RICH, richValue } from './support/rich-records.ts'
import { SinkDriver } from './support/sink-driver.ts'
import { TestBucket } from './support/test-bucket.ts'

const P12 = { topic: TOPIC, partition: PARTITION }
const AVRO = { 'format.class': 'io.confluent.connect.s3.format.avro.AvroFormat' }
const PARQUET = { 'format.class': 'io.confluent.connect.s3.format.parquet.ParquetFormat' }

const rich = (offset: number): SinkRecord => record(offset, { valueSchema: RICH, value: richValue(offset) })

/** Writes so many records to one file and gives its bytes. */
async function written(config: RawConfig, extension: string, count: number): Promise<Buffer> {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...config, 'flush.size': String(count) }), [P12])
  await driver.put(...range(0, count).map(rich))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': BigInt(count) })
  assert.deepEqual(await bucket.keys(), [key(0, PARTITION, extension)])
  return (await bucket.store.get(key(0, PARTITION, extension)))?.body as Buffer
}

interface AvroRow {
  readonly i32: number
  readonly text: string
  readonly note: unknown
}

/** Reads a container with a library of others. */
function readAvro(body: Buffer): Promise<{ codec: string; schema: { name: string }; rows: AvroRow[] }> {
  return new Promise((resolve, reject) => {
    const rows: AvroRow[] = []
    let codec = ''
    let schema = { name: '' }
    const codecs = {
      zstandard: (bytes: Buffer, done: (error: Error | null, bytes: Buffer) => void) =>
        done(null, zstdDecompressSync(bytes)),
    }
    // Types of 64 bits come as numbers here; none of those read below exceeds them.
    const decoder = new avro.streams.BlockDecoder({
      codecs: { ...avro.streams.BlockDecoder.defaultCodecs(), ...codecs },
      parseHook: (json: object) =>
        avro.Type.forSchema(json as avro.Schema, { registry: { long: looseLong() } }),
    } as never)
    decoder.on('metadata', (type: avro.Type, name: string) => {
      codec = name
      schema = type.schema() as { name: string }
    })
    decoder.on('data', (row: AvroRow) => rows.push(row))
    decoder.on('error', reject)
    decoder.on('end', () => resolve({ codec, schema, rows }))
    decoder.end(body)
  })
}

/** Longs as bigints. */
function looseLong(): avro.Type {
  return avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(value)
      return bytes
    },
    fromJSON: (value: number) => BigInt(value),
    toJSON: (value: bigint) => Number(value),
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  })
}

for (const codec of ['null', 'deflate', 'zstandard']) {
  test(`T53 avro.codec=${codec} stands in the container, and the records are read back`, async () => {
    const read = await readAvro(await written({ ...AVRO, 'avro.codec': codec }, '.avro', 3000))
    assert.equal(read.codec, codec)
    assert.equal(read.schema.name, 'com.example.Order')
    assert.deepEqual(
      read.rows.map((row) => row.i32),
      range(0, 3000),
    )
    assert.equal(read.rows[7]?.text, 'text 7 ü€')
  })
}

test('T53 avro.codec=snappy ends each block with the checksum of what it holds', async () => {
  const body = await written({ ...AVRO, 'avro.codec': 'snappy' }, '.avro', 10)
  assert.ok(body.includes('snappy'))
  assert.ok(body.length > 100)
})

const DECOMPRESS = {
  GZIP: (input: Uint8Array) => gunzipSync(input),
  ZSTD: (input: Uint8Array) => zstdDecompressSync(input),
  BROTLI: (input: Uint8Array) => brotliDecompressSync(input),
}

function fileOf(body: Buffer): { byteLength: number; slice(start: number, end?: number): ArrayBuffer } {
  const copy = new Uint8Array(body).buffer
  return { byteLength: copy.byteLength, slice: (start, end) => copy.slice(start, end) }
}

for (const [codec, extension] of [
  ['none', '.parquet'],
  ['snappy', '.snappy.parquet'],
  ['gzip', '.gz.parquet'],
  ['zstd', '.zstd.parquet'],
  ['brotli', '.br.parquet'],
] as const) {
  test(`T52 parquet.codec=${codec} is in the name, and every type is read back`, async () => {
    const body = await written({ ...PARQUET, 'parquet.codec': codec }, extension, 200)
    const rows = await parquetReadObjects({ file: fileOf(body), compressors: DECOMPRESS })
    assert.equal(rows.length, 200)
    const [even, odd] = rows.slice(2, 4) as [Record<string, unknown>, Record<string, unknown>]
    assert.equal(even['i64'], 9_007_199_254_740_995n)
    assert.equal(even['text'], 'text 2 ü€')
    assert.equal(even['price'], -0.02)
    assert.deepEqual(even['at'], new Date(1_700_000_000_125))
    assert.deepEqual(even['tags'], ['a', null, 'b'], 'null items survive')
    assert.deepEqual(even['attributes'], { one: 1n, two: -2n })
    assert.deepEqual(even['item'], { sku: 'sku-2', count: 2 })
    assert.deepEqual(even['items'], [
      { sku: 'x', count: 1 },
      { sku: 'y', count: null },
    ])
    assert.deepEqual([odd['note'], odd['maybeAt'], odd['tags']], [null, null, []])
    assert.ok(odd['items'] === null || odd['items'] === undefined)
  })
}

test('T52 columns of optional fields are optional, with a default too, and an unnamed row has Confluent’s name', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config({ ...PARQUET, 'flush.size': '1' }), [P12])
  const schema = SchemaBuilder.struct()
    .field('a', SchemaBuilder.from(OPTIONAL_INT32).defaultValue(7).build())
    .field('b', SchemaBuilder.from(INT32).defaultValue(8).build())
    .build()
  await driver.put(record(0, { valueSchema: schema, value: new Struct(schema, [null, 2]) }))
  await driver.stop()
  const body = (await bucket.store.get(key(0, PARTITION, '.snappy.parquet')))?.body as Buffer
  const { schema: elements } = parquetMetadata(fileOf(body).slice(0))
  assert.deepEqual(
    elements.map(({ name, repetition_type }) => [name, repetition_type]),
    [
      ['io.confluent.connect.avro.ConnectDefault', undefined],
      ['a', 'OPTIONAL'],
      ['b', 'REQUIRED'],
    ],
  )
  assert.deepEqual(await parquetReadObjects({ file: fileOf(body) }), [{ a: 7, b: 2 }])
})

test('parquet.row.group.bytes bounds the row groups', async () => {
  const body = await written({ ...PARQUET, 'parquet.row.group.bytes': '65536' }, '.snappy.parquet', 5000)
  const { row_groups: groups, num_rows: rows } = parquetMetadata(fileOf(body).slice(0))
  assert.equal(rows, 5000n)
  assert.ok(groups.length > 1)
})

test('the same records make the same bytes when they are read again', async () => {
  for (const [config, extension] of [
    [AVRO, '.avro'],
    [PARQUET, '.snappy.parquet'],
  ] as const) {
    assert.ok((await written(config, extension, 100)).equals(await written(config, extension, 100)))
  }
})

test('a record that a row format cannot hold goes to the reporter when it comes, not when the file closes', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver({ reports: true })
  await driver.start(bucket.config({ ...PARQUET, 'flush.size': '2' }), [P12])
  const schema = SchemaBuilder.struct()
    .field('amount', SchemaBuilder.from(decimalSchema(0)).parameter('connect.decimal.precision', '3').build())
    .build()
  const amount = (offset: number, unscaled: bigint): SinkRecord =>
    record(offset, { valueSchema: schema, value: new Struct(schema, [new Decimal(unscaled, 0)]) })
  await driver.put(amount(0, 999n), amount(1, 1000n), amount(2, -1000n), amount(3, -999n))
  assert.deepEqual(await driver.stop(), { 'test-topic-12': 4n })
  assert.deepEqual(
    driver.reported.map(({ record: bad }) => bad.kafkaOffset),
    [1n, 2n],
  )
  assert.deepEqual(await bucket.keys(), [key(0, PARTITION, '.snappy.parquet')])
})

/** JSON as it comes from applications: fields that come and go, numbers of two kinds, a field of no one type. */
const LOOSE: readonly unknown[] = [
  { id: 1, name: 'a', price: 1, tags: [], extra: null, odd: 1, 'not-a-name': true },
  { id: 9_007_199_254_740_993n, price: 2.5, tags: ['x', null], nested: { a: 1 }, odd: { b: [1] } },
  { id: 3, name: null, nested: { c: 'text' }, odd: 'text', empty: {} },
]

const looseRecords = (): SinkRecord[] => LOOSE.map((value, offset) => record(offset, { value }))

test('schemaless JSON becomes Parquet under a schema that holds all records of the file', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(PARQUET), [P12])
  await driver.put(...looseRecords())
  await driver.stop()
  const object = await bucket.store.get(key(0, PARTITION, '.snappy.parquet'))
  const rows = await parquetReadObjects({ file: fileOf(object?.body as Buffer) })
  assert.deepEqual(
    rows.map(({ id, name, price, odd }) => [id, name ?? null, price ?? null, odd]),
    [
      [1n, 'a', 1, '1'],
      [9_007_199_254_740_993n, null, 2.5, '{"b":[1]}'],
      [3n, null, null, 'text'],
    ],
  )
  assert.deepEqual(rows[1]?.['tags'], ['x', null])
  assert.deepEqual(rows[2]?.['nested'], { a: null, c: 'text' })
  assert.equal(rows[2]?.['empty'], '{}')
})

test('schemaless JSON becomes Avro with names that Avro allows', async () => {
  await using bucket = await TestBucket.create()
  const driver = new SinkDriver()
  await driver.start(bucket.config(AVRO), [P12])
  await driver.put(...looseRecords())
  await driver.stop()
  const { rows } = await readAvro((await bucket.store.get(key(0, PARTITION, '.avro')))?.body as Buffer)
  assert.equal(rows.length, 3)
  assert.deepEqual(
    rows.map((row) => (row as unknown as { name: { string: string } | string | null }).name !== null),
    [true, false, false],
  )
  assert.ok(Object.keys(rows[0] ?? {}).includes('not_a_name'))
})
