/** Formats and envelopes of our own, read by libraries of others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  Decimal,
  decimalSchema,
  Headers,
  INT64,
  OPTIONAL_STRING,
  type RawConfig,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/framework'

import { range, record } from '../support/records.ts'
import { Readers } from './readers.ts'
import { writtenFile } from './written-file.ts'

const FORMAT = 'io.confluent.connect.s3.format'
const CSV = { 'format.class': 'io.spillway.storage.format.CsvFormat' }
const JSON_LINES = { 'format.class': `${FORMAT}.json.JsonFormat` }
const ENVELOPE = { 'format.envelope': 'true' }

let readers: Readers
before(async () => {
  readers = await Readers.start()
})
after(() => readers.close())

async function text(
  config: RawConfig,
  records: readonly SinkRecord[],
  compression = 'none',
): Promise<string> {
  const { body } = await writtenFile(config, records)
  const { bytes } = await readers.read('bytes', body, compression)
  return Buffer.from(bytes ?? '', 'base64').toString()
}

const ROW = SchemaBuilder.struct()
  .field('id', INT64)
  .field('name', OPTIONAL_STRING)
  .field('price', decimalSchema(2))
  .field('at', timestampSchema())
  .field('tags', SchemaBuilder.array(STRING).build())
  .build()

const rows = (): SinkRecord[] =>
  [
    [1n, 'plain', new Decimal(150n, 2), new Date(0), []],
    [2n ** 60n, null, new Decimal(-1n, 2), new Date(1), ['a', 'b']],
    [3n, '', new Decimal(0n, 2), new Date(1000), ['x,"y"']],
    [4n, 'say "hi",\nthere', new Decimal(5n, 2), new Date(0), []],
  ].map((values, offset) => record(offset, { valueSchema: ROW, value: new Struct(ROW, values) }))

test('CSV has a line of names, quotes what needs it, and tells null from an empty text', async () => {
  assert.equal(
    await text(CSV, rows()),
    [
      'id,name,price,at,tags',
      '1,plain,1.50,1970-01-01T00:00:00.000Z,[]',
      '1152921504606846976,,-0.01,1970-01-01T00:00:00.001Z,"[""a"",""b""]"',
      '3,"",0.00,1970-01-01T00:00:01.000Z,"[""x,\\""y\\""""]"',
      '4,"say ""hi"",\nthere",0.05,1970-01-01T00:00:00.000Z,[]',
      '',
    ].join('\n'),
  )
})

test('CSV has the columns, delimiter and null that are set, and no header where none is wanted', async () => {
  const config = {
    ...CSV,
    'format.csv.header': 'false',
    'format.csv.delimiter': String.raw`\t`,
    'format.csv.null': 'NULL',
    'format.csv.fields': 'name,id,missing',
  }
  assert.equal(await text(config, rows().slice(1, 3)), 'NULL\t1152921504606846976\tNULL\n\t3\tNULL\n')
})

test('CSV of records without schemas has the columns of all of them', async () => {
  const loose = [{ a: 1, b: 'x' }, { a: 2.5, c: { d: true } }, { b: null }]
  const records = loose.map((value, offset) => record(offset, { value }))
  assert.equal(await text(CSV, records), 'a,b,c\n1,x,\n2.5,,"{""d"":true}"\n,,\n')
})

for (const [compression, extension] of [
  ['snappy', '.snappy'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
] as const) {
  test(`format.compression.type=${compression} compresses lines of JSON and CSV`, async () => {
    const values = range(0, 5000).map((id) => ({ id, name: `some text ${id % 7}` }))
    const records = values.map((value, offset) => record(offset, { value }))
    const config = { ...JSON_LINES, 'format.compression.type': compression }
    const { key, body } = await writtenFile(config, records)
    assert.ok(key.endsWith(`.json${extension}`), key)
    assert.deepEqual((await readers.read('json', body, compression)).rows, values)
    const csv = await text({ ...CSV, 'format.compression.type': compression }, rows(), compression)
    assert.ok(csv.startsWith('id,name,price'))
  })
}

/** Two records with all that an envelope holds, and one with a null value. */
function wholeRecords(): SinkRecord[] {
  const headers = new Headers().add('h', 'x', STRING).add('h', 8n, INT64)
  const value = SchemaBuilder.struct().name('V').field('n', STRING).build()
  return [
    record(0, {
      keySchema: STRING,
      key: 'k0',
      valueSchema: value,
      value: new Struct(value, ['a']),
      timestamp: 5,
      headers,
    }),
    record(1, { keySchema: STRING, key: 'k1', valueSchema: null, value: null, timestamp: 6 }),
    record(2, {
      keySchema: STRING,
      key: 'k2',
      valueSchema: value,
      value: new Struct(value, ['c']),
      timestamp: null,
    }),
  ]
}

test('an envelope of JSON has the whole record, tombstones too', async () => {
  const lines = (await text({ ...JSON_LINES, ...ENVELOPE }, wholeRecords())).split('\n')
  const place = '"topic":"test-topic","partition":12'
  assert.deepEqual(lines, [
    `{"key":"k0","value":{"n":"a"},"headers":[{"key":"h","value":"x"},{"key":"h","value":"8"}],${place},"offset":0,"timestamp":5}`,
    `{"key":"k1","value":null,"headers":[],${place},"offset":1,"timestamp":6}`,
    `{"key":"k2","value":{"n":"c"},"headers":[],${place},"offset":2,"timestamp":null}`,
    '',
  ])
})

test('an envelope of JSON keeps the digits of schemaless values', async () => {
  const value = { valueText: Buffer.from('{"n": 1.00, "big": 12345678901234567890}'), value: {} }
  const fields = { 'format.envelope.fields': 'offset,value' }
  const lines = await text({ ...JSON_LINES, ...ENVELOPE, ...fields }, [record(7, value)])
  assert.equal(lines, '{"offset":7,"value":{"n":1.00,"big":12345678901234567890}}\n')
})

for (const format of ['avro', 'parquet'] as const) {
  test(`an envelope of ${format} has the whole record in one file, tombstones too`, async () => {
    const name = format === 'avro' ? 'AvroFormat' : 'ParquetFormat'
    const { body } = await writtenFile(
      { 'format.class': `${FORMAT}.${format}.${name}`, ...ENVELOPE },
      wholeRecords(),
    )
    const { rows: read } = await readers.read(format, body)
    const header = (value: string): unknown => ({
      fields: [
        ['key', { string: 'h' }],
        ['value', { string: value }],
      ],
    })
    assert.deepEqual(read?.[0], {
      fields: [
        ['headers', [header('x'), header('8')]],
        ['key', { string: 'k0' }],
        ['offset', { int: '0' }],
        ['partition', { int: '12' }],
        ['timestamp', { timestamp: 5 }],
        ['topic', { string: 'test-topic' }],
        ['value', { fields: [['n', { string: 'a' }]] }],
      ],
    })
    const values = read?.map((row) => (row as { fields: [string, unknown][] }).fields.at(-1)?.[1])
    assert.deepEqual(values?.slice(1), [null, { fields: [['n', { string: 'c' }]] }])
  })
}

test('an envelope of CSV has its fields as columns', async () => {
  const config = { ...CSV, ...ENVELOPE, 'format.csv.fields': 'key,value,offset' }
  assert.equal(
    await text(config, wholeRecords()),
    'key,value,offset\nk0,"{""n"":""a""}",0\nk1,,1\nk2,"{""n"":""c""}",2\n',
  )
})
