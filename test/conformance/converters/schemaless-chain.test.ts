/** Schemaless JSON from a converter through each transformation to each format: plain values at every step. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type RawConfig, SinkRecord } from '@spillway/framework'
import { transformations } from '@spillway/transforms'
import fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { check } from '@spillway/converters/testing'
import {
  assertPlain,
  jsonTexts,
  meaningOf,
  numberTexts,
  objectText,
} from '../../../framework/converters/src/conformance/schemaless.ts'
import { JsonConverter } from '../../../framework/converters/src/json/json-converter.ts'
import { fileOf, formatOf } from '../../../framework/object-store/src/formats/format.fixture.ts'
import { Shape } from '../../../framework/object-store/src/formats/schemaless/shape.ts'
import {
  configured,
  plainRecord,
} from '../../../transforms/smt/src/transformations/conformance/sample-record.ts'

/** Each transformation with a configuration under which it touches numbers, and where its result is looked for. */
const CONFIGS: Readonly<Record<string, RawConfig>> = {
  Cast: { spec: 'a:string,b:string,n:int64' },
  DropHeaders: { headers: 'h' },
  ExplodeArray: { field: 'list' },
  ExtractField: { field: 'inner' },
  Filter: {},
  Flatten: { arrays: 'index' },
  HeaderFrom: { fields: 'a,inner', headers: 'a,inner', operation: 'copy' },
  HeaderToValue: { headers: 'h', fields: 'from_header' },
  HoistField: { field: 'hoisted' },
  InsertField: { 'offset.field': 'o', 'timestamp.field': 'ts' },
  InsertHeader: { header: 'new', 'value.literal': '9007199254740993' },
  MaskField: { fields: 'n', replacement: '9007199254740993' },
  ParseJson: { fields: 'json', 'on.error': 'keep' },
  RegexRouter: { regex: '(.*)', replacement: 'x-$1' },
  ReplaceField: { exclude: 'b', renames: 'a:c' },
  SetSchemaMetadata: { 'schema.name': 'renamed' },
  TimestampConverter: { field: 'at', 'target.type': 'unix', 'unix.precision': 'nanoseconds' },
  TimestampRouter: {},
  ValueToKey: { fields: 'a,inner' },
}

const simpleName = (className: string): string => /([A-Za-z]+)(?:\$\w+)?$/.exec(className)?.[1] ?? className

/** A record's value as JSON: numbers of every form in fields, lists and objects, and JSON in a text. */
const messages = fc
  .record({
    a: numberTexts,
    b: numberTexts,
    n: fc.integer(),
    at: fc.integer({ min: 0 }),
    any: jsonTexts,
    more: numberTexts,
  })
  .map(({ a, b, n, at, any, more }) =>
    objectText([
      ['a', a],
      ['b', b],
      ['n', String(n)],
      ['at', String(at)],
      ['any', any],
      ['inner', `{"x":${more},"y":[${a},{"z":${b}}]}`],
      ['list', `[${a},${b}]`],
      ['json', JSON.stringify(`{"deep":[${more}]}`)],
    ]),
  )

const CONVERTERS = {
  plain: (value: string) => read({ 'schemas.enable': 'false' }, value),
  enveloped: (value: string) => read({}, `{"schema":null,"payload":${value}}`),
}

function read(settings: RawConfig, text: string): SinkRecord {
  const json = new JsonConverter()
  json.configure(settings, false)
  const { value, schema, text: valueText = null } = json.toConnectData('t', Buffer.from(text))
  assert.equal(schema, null)
  return plainRecord(value, { valueText, key: value })
}

/** Integers beyond 2^53 that JSON shows as a number are exact; doubles are as near as they were. */
function sameNumbers(value: unknown): unknown {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return String(value)
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value + 0
  }
  if (Array.isArray(value)) return value.map(sameNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, sameNumbers(item)]))
}

async function inEveryFormat(record: SinkRecord): Promise<void> {
  const line = (await fileOf(formatOf('json'), [record.with({ value: record.value })])).toString()
  assert.deepStrictEqual(sameNumbers(meaningOf(line)), sameNumbers(record.value), line)
  await fileOf(formatOf('avro'), [record])
  await fileOf(formatOf('csv'), [record])
  const parquet = await fileOf(formatOf('parquet'), [record])
  // The reader makes objects of columns, and loses one of that name.
  if (line.includes('__proto__')) return
  const { buffer } = new Uint8Array(parquet)
  const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) }
  const [row] = await parquetReadObjects({ file, utf8: true })
  for (const [name, item] of Object.entries(record.value as object)) {
    if (typeof item === 'bigint' && BigInt.asIntN(64, item) === item) assert.equal(row?.[name], item, name)
  }
}

suite('schemaless JSON through a transformation into files', () => {
  for (const plugin of transformations) {
    const name = simpleName(plugin.className)
    const config = CONFIGS[name]
    const title = plugin.className.slice(plugin.className.lastIndexOf('.') + 1)
    for (const [how, from] of Object.entries(CONVERTERS)) {
      test(`${title}, ${how}`, async () => {
        assert.ok(config, `${plugin.className} has no configuration here`)
        await check(messages, 10, async (message) => {
          const record = from(message)
          record.headers.add('h', record.value)
          if (name === 'SetSchemaMetadata') {
            assert.throws(() => configured(plugin, config).apply(record), { name: 'DataError' })
            return
          }
          for (const one of [configured(plugin, config).apply(record)].flat()) {
            if (!(one instanceof SinkRecord)) continue
            assert.equal(one.valueSchema, null)
            assertPlain(one.value)
            assertPlain(one.key, 'key')
            for (const header of one.headers)
              if (header.schema === null) assertPlain(header.value, header.key)
            const wrapped = isObject(one.value) ? one : one.with({ value: { value: one.value } })
            await inEveryFormat(wrapped)
          }
        })
      })
    }
  }

  test('the shape of a file holds the values it has seen', async () => {
    await check(jsonTexts, 200, (text) => {
      const { value } = read({}, `{"schema":null,"payload":${text}}`)
      const shape = new Shape()
      shape.observe(value)
      const kept = shape.convert(value, shape.schema())
      if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) assert.equal(kept, value)
    })
  })
})

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}
