/** What the sink writes, read by libraries of others. Needs python3 with pip. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  dateSchema,
  Decimal,
  decimalSchema,
  OPTIONAL_BOOLEAN,
  OPTIONAL_BYTES,
  OPTIONAL_FLOAT32,
  OPTIONAL_FLOAT64,
  OPTIONAL_INT16,
  OPTIONAL_INT32,
  OPTIONAL_INT64,
  OPTIONAL_INT8,
  OPTIONAL_STRING,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  timestampSchema,
  timeSchema,
} from '@spillway/framework'

import { check, samples } from '@spillway/converters/testing'
import { described } from '../../conformance/converters/described.ts'
import { range, record } from '../support/records.ts'
import { RICH, richValue } from '../support/rich-records.ts'
import { Readers } from './readers.ts'
import { writtenFile } from './written-file.ts'

const FORMAT = 'io.confluent.connect.s3.format'
const AVRO = { 'format.class': `${FORMAT}.avro.AvroFormat` }
const PARQUET = { 'format.class': `${FORMAT}.parquet.ParquetFormat` }
const JSON_LINES = { 'format.class': `${FORMAT}.json.JsonFormat` }
const BYTES = { 'format.class': `${FORMAT}.bytearray.ByteArrayFormat` }

let readers: Readers
before(async () => {
  readers = await Readers.start()
})
after(() => readers.close())

const recordsOf = (schema: Schema, values: readonly unknown[]): SinkRecord[] =>
  values.map((value, offset) => record(offset, { valueSchema: schema, value }))

/** Every type, each optional. */
const LOOSE: Schema = SchemaBuilder.struct()
  .name('com.example.Loose')
  .field('i8', OPTIONAL_INT8)
  .field('i16', OPTIONAL_INT16)
  .field('i32', OPTIONAL_INT32)
  .field('i64', OPTIONAL_INT64)
  .field('f32', OPTIONAL_FLOAT32)
  .field('f64', OPTIONAL_FLOAT64)
  .field('bool', OPTIONAL_BOOLEAN)
  .field('text', OPTIONAL_STRING)
  .field('bytes', OPTIONAL_BYTES)
  .field('amount', decimalSchema(4, { optional: true }))
  .field('day', dateSchema({ optional: true }))
  .field('time', timeSchema({ optional: true }))
  .field('at', timestampSchema({ optional: true }))
  .field(
    'matrix',
    SchemaBuilder.array(SchemaBuilder.array(OPTIONAL_INT64).optional().build()).optional().build(),
  )
  .field(
    'byName',
    SchemaBuilder.map(
      STRING,
      SchemaBuilder.array(
        SchemaBuilder.struct().name('com.example.Deep').field('leaf', OPTIONAL_STRING).optional().build(),
      )
        .optional()
        .build(),
    )
      .optional()
      .build(),
  )
  .build()

const DEEP = LOOSE.field('byName')?.schema.valueSchema.valueSchema as Schema

function looseValues(): Struct[] {
  const nothing = new Struct(LOOSE)
  const full = new Struct(LOOSE)
    .put('i8', -128)
    .put('i16', 32_767)
    .put('i32', -2_147_483_648)
    .put('i64', -9_223_372_036_854_775_808n)
    .put('f32', 1.5)
    .put('f64', -0)
    .put('bool', false)
    .put('text', '')
    .put('bytes', Buffer.alloc(0))
    .put('amount', new Decimal(-1n, 4))
    .put('day', new Date(-86_400_000))
    .put('time', new Date(86_399_999))
    .put('at', new Date(-1))
    .put('matrix', [[1n, null, 3n], null, [], [2n ** 63n - 1n]])
    .put(
      'byName',
      new Map([
        ['none', null],
        ['empty', []],
        ['some', [new Struct(DEEP, ['x']), null, new Struct(DEEP, [null])]],
      ]),
    )
  return [nothing, full, nothing, full, full]
}

const CASES: readonly {
  readonly name: string
  readonly schema: Schema
  readonly values: readonly unknown[]
}[] = [
  { name: 'every type', schema: RICH, values: range(0, 500).map(richValue) },
  { name: 'every type, optional', schema: LOOSE, values: looseValues() },
]

const PARQUET_CODECS = {
  none: '.parquet',
  snappy: '.snappy.parquet',
  gzip: '.gz.parquet',
  zstd: '.zstd.parquet',
  brotli: '.br.parquet',
  lz4: '.lz4hadoop.parquet',
  lz4_raw: '.lz4raw.parquet',
} as const

for (const { name, schema, values } of CASES) {
  for (const [codec, extension] of Object.entries(PARQUET_CODECS)) {
    test(`pyarrow reads ${name} of Parquet with codec ${codec}`, async () => {
      const { key, body } = await writtenFile(
        { ...PARQUET, 'parquet.codec': codec },
        recordsOf(schema, values),
      )
      assert.ok(key.endsWith(`+0000000000${extension}`), key)
      const { rows } = await readers.read('parquet', body)
      assert.deepEqual(
        rows,
        values.map((value) => described(schema, value)),
      )
    })
  }

  for (const codec of ['null', 'deflate', 'snappy', 'zstandard']) {
    test(`fastavro reads ${name} of Avro with codec ${codec}`, async () => {
      const { body } = await writtenFile({ ...AVRO, 'avro.codec': codec }, recordsOf(schema, values))
      const read = await readers.read('avro', body)
      assert.equal(read.codec, codec)
      assert.deepEqual(
        read.rows,
        values.map((value) => described(schema, value)),
      )
    })
  }
}

test('Parquet columns have the logical types that Arrow expects', async () => {
  const { body } = await writtenFile(PARQUET, recordsOf(LOOSE, looseValues()))
  const { types } = await readers.read('parquet', body)
  assert.deepEqual(types, {
    i8: 'int8',
    i16: 'int16',
    i32: 'int32',
    i64: 'int64',
    f32: 'float',
    f64: 'double',
    bool: 'bool',
    text: 'string',
    bytes: 'binary',
    amount: 'decimal128(38, 4)',
    day: 'date32[day]',
    time: 'time32[ms]',
    at: 'timestamp[ms, tz=UTC]',
    matrix: 'list<element: list<element: int64>>',
    byName: "map<string, list<element: struct<leaf: string>> ('byName')>",
  })
})

test('pyarrow reads row groups of Parquet, one after the other', async () => {
  const values = range(0, 4000).map(richValue)
  const config = { ...PARQUET, 'parquet.row.group.bytes': '65536' }
  const { body } = await writtenFile(config, recordsOf(RICH, values))
  const { rows } = await readers.read('parquet', body)
  assert.deepEqual(
    rows,
    values.map((value) => described(RICH, value)),
  )
})

/** Random schemas with records of them, in the two formats that have schemas. */
const FORMATS: readonly (readonly ['parquet' | 'avro', RawConfig])[] = [
  ['parquet', PARQUET],
  ['avro', AVRO],
]
for (const [format, config] of FORMATS) {
  test(`random schemas and values of ${format} are read back`, async () => {
    await check(samples({ defaults: false, anyTop: false }), 40, async ({ schema, value }) => {
      if (value === null) return
      const { body } = await writtenFile(config, recordsOf(schema, [value, value]))
      const { rows } = await readers.read(format, body)
      const expected = described(schema, value, format === 'parquet' ? 'all' : 'avro')
      assert.deepEqual(rows, [expected, expected])
    })
  })
}

const PLAIN = range(0, 100).map((i) => ({
  id: i,
  name: `ü ${i}`,
  nested: { list: [1, null, 'x'] },
  none: null,
}))

for (const [compression, extension] of [
  ['none', '.json'],
  ['gzip', '.json.gz'],
] as const) {
  test(`T50 JSON lines with s3.compression.type=${compression} are one object per line`, async () => {
    const config = { ...JSON_LINES, 's3.compression.type': compression }
    const { key, body } = await writtenFile(
      config,
      PLAIN.map((value, offset) => record(offset, { value })),
    )
    assert.ok(key.endsWith(extension), key)
    const { rows } = await readers.read('json', body, compression)
    assert.deepEqual(rows, PLAIN)
  })

  test(`bytes with s3.compression.type=${compression} are what was written, with the separator`, async () => {
    const values = range(0, 100).map((i) => Buffer.from([i, 0, 0xff, 0x0d]))
    const config = { ...BYTES, 'format.bytearray.separator': '||', 's3.compression.type': compression }
    const { body } = await writtenFile(
      config,
      values.map((value, offset) => record(offset, { value })),
    )
    const { bytes } = await readers.read('bytes', body, compression)
    const expected = Buffer.concat(values.flatMap((value) => [value, Buffer.from('||')]))
    assert.ok(Buffer.from(bytes ?? '', 'base64').equals(expected))
  })
}
