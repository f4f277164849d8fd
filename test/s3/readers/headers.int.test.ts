/** Headers of every kind that Kafka has, beside values and in envelopes, read by libraries of others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  avroFormat,
  BYTES,
  FLOAT64,
  type FormatPlugin,
  builtInFormats,
  Headers,
  headersView,
  INT32,
  jsonEnvelope,
  keyView,
  OPTIONAL_STRING,
  parquetFormat,
  type SinkRecord,
  SchemaBuilder,
  STRING,
  Struct,
  StructEnvelope,
} from '@spillway/framework'

import { record } from '../support/records.ts'
import { FormatFiles } from './format-files.ts'
import { Readers } from './readers.ts'

const POINT = SchemaBuilder.struct().name('Point').field('x', INT32).build()

/** Headers, and what is written of them. */
const CASES: readonly (readonly [what: string, Headers, (readonly [string, string | null])[]])[] = [
  ['no value', new Headers().add('a', null), [['a', null]]],
  ['no value, with a schema', new Headers().add('a', null, OPTIONAL_STRING), [['a', null]]],
  ['an empty key and an empty value', new Headers().add('', '', STRING), [['', '']]],
  [
    'one key several times, of several types, one of them without value',
    new Headers().add('k', 'x', STRING).add('k', 8, INT32).add('k', null).add('k', 6.5, FLOAT64),
    [
      ['k', 'x'],
      ['k', '8'],
      ['k', null],
      ['k', '6.5'],
    ],
  ],
  ['bytes that are no text', new Headers().add('b', Buffer.from([0xff, 0xfe, 0]), BYTES), [['b', '//4A']]],
  ['names of any kind', new Headers().add('x-größe.1 "a"\n', '\0', STRING), [['x-größe.1 "a"\n', '\0']]],
  [
    'numbers that are none, and structures',
    new Headers()
      .add('nan', Number.NaN, FLOAT64)
      .add('point', new Struct(POINT, [1]), POINT)
      .add('list', [1, null]),
    [
      ['nan', 'NaN'],
      ['point', '{"x":1}'],
      ['list', '[1,null]'],
    ],
  ],
]

const records = (): SinkRecord[] => CASES.map(([, headers], offset) => record(offset, { headers }))
/** What is found of them, as JSON has it. */
const EXPECTED = CASES.map(([, , found]) => found.map(([key, value]) => ({ key, value })))

let readers: Readers
const files = new FormatFiles(0)
before(async () => {
  readers = await Readers.start()
})
after(async () => {
  files.close()
  await readers.close()
})

/** The rows of a file, without what `described` says of their types. */
async function rowsOf(plugin: FormatPlugin, body: Buffer): Promise<unknown[]> {
  if (plugin === avroFormat || plugin === parquetFormat) {
    const { rows } = await readers.read(plugin === avroFormat ? 'avro' : 'parquet', body)
    return (rows as readonly unknown[]).map(undescribed)
  }
  const text =
    plugin.aliases?.includes('csv') === true ? csvRows(body.toString()) : body.toString().trim().split('\n')
  return text.map((line) => JSON.parse(line) as unknown)
}

function undescribed(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(undescribed)
  if ('string' in value) return value.string
  if ('fields' in value) {
    const fields = value.fields as readonly (readonly [string, unknown])[]
    return Object.fromEntries(fields.map(([name, item]) => [name, undescribed(item)]))
  }
  return value
}

/** The only column of a table, its name left out. */
function csvRows(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell))
}

for (const plugin of builtInFormats.filter(({ aliases }) => aliases?.includes('bytearray') !== true)) {
  const name = plugin.aliases?.[0] ?? plugin.className
  const isWrapped = plugin.wraps?.includes('headers') === true

  test(`${name} has headers of every kind, and refuses a record without any`, async () => {
    const none = record(99, { headers: new Headers() })
    const { body, refused } = await files.file(plugin, [...records(), none], {}, headersView(isWrapped))
    assert.deepEqual(
      refused.map(({ message }) => message.split(':')[0]),
      ['Headers cannot be null for SinkRecord'],
    )
    const rows = await rowsOf(plugin, body)
    assert.deepEqual(rows, isWrapped ? EXPECTED.map((headers) => ({ headers })) : EXPECTED)
  })

  test(`${name} refuses a record without a key, and has the others`, async () => {
    const keys = ['a', null, '', undefined, 'b'].map((key, offset) =>
      record(offset, { keySchema: OPTIONAL_STRING, key }),
    )
    const wrapsKeys = plugin.wraps?.includes('key') === true
    const { written, refused } = await files.file(plugin, keys, {}, keyView(wrapsKeys))
    assert.deepEqual(
      written.map(({ key }) => key),
      ['a', '', 'b'],
    )
    assert.ok(refused.every(({ message }) => message.startsWith('Key cannot be null for SinkRecord')))
  })

  test(`${name} has headers of every kind in envelopes, none among them, and null keys and values`, async () => {
    const none = record(99, { headers: new Headers(), valueSchema: null, value: null })
    const envelope =
      plugin.envelopes === 'text'
        ? jsonEnvelope(['key', 'value', 'headers'], 'text', {
            numericDecimals: true,
            replaceNullWithDefault: true,
          })
        : new StructEnvelope({
            fields: ['key', 'value', 'headers'],
            name: 'Envelope',
            headerValues: 'text',
            headers: 'list',
            timestamp: 'logical',
          }).shape
    const shaped = [...records().map((one) => one.with({ valueSchema: null, value: null })), none].map(
      envelope,
    )
    const { body, refused } = await files.file(plugin, shaped, { 'format.csv.fields': 'headers' })
    assert.deepEqual(refused, [])
    const rows = await rowsOf(plugin, body)
    const headers = rows.map((row) => (Array.isArray(row) ? row : (row as { headers: unknown }).headers))
    assert.deepEqual(headers, [...EXPECTED, []])
  })
}
