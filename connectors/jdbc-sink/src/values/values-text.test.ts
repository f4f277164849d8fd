import assert from 'node:assert/strict'
import test from 'node:test'
import {
  BOOLEAN,
  BYTES,
  dateSchema,
  Decimal,
  decimalSchema,
  INT32,
  INT64,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/api'
import fc from 'fast-check'
import { arrayLiteral, copyText } from '../dialects/postgresql/literals.ts'
import { jsonValueText } from './json-value-text.ts'
import { float32Text, numberText } from './number-text.ts'

test('a 32-bit float is written with the fewest digits that read back as it', () => {
  assert.equal(float32Text(Math.fround(2356.3)), '2356.3')
  assert.equal(float32Text(Math.fround(0.1)), '0.1')
  assert.equal(float32Text(Number.NaN), 'NaN')
  assert.equal(float32Text(-0), '-0')
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => {
      assert.equal(Math.fround(Number(float32Text(value))), value)
    }),
  )
})

test('decimals are plain and exact', () => {
  assert.equal(numberText(Decimal.parse('1E+3')), '1000')
  assert.equal(numberText(Decimal.parse('-0.000000000000000000001')), '-0.000000000000000000001')
})

test('JSON of a nested value keeps integers, decimals, bytes and times', () => {
  const schema = SchemaBuilder.struct().field('n', INT64).field('at', timestampSchema()).build()
  const value = new Struct(schema).put('n', 9007199254740993n).put('at', new Date(0))
  const nested = new Map<string, unknown>([
    ['a"b', [value, null]],
    ['d', Decimal.parse('1.10')],
    ['raw', Buffer.from('ab')],
    ['nan', Number.NaN],
  ])
  assert.equal(
    jsonValueText(nested, SchemaBuilder.map(STRING, STRING).build()),
    '{"a\\"b":[{"n":9007199254740993,"at":"1970-01-01T00:00:00.000Z"},null],"d":1.10,"raw":"YWI=","nan":"NaN"}',
  )
})

test('JSON of a map names its members as JSON has the keys; a key that is null has no name', () => {
  const text = (keySchema: Schema, key: unknown): string =>
    jsonValueText(new Map([[key, 1]]), SchemaBuilder.map(keySchema, INT32).build())
  for (const [keySchema, key, name] of [
    [STRING, 'a"b', 'a\\"b'],
    [OPTIONAL_STRING, 'null', 'null'],
    [INT64, 9007199254740993n, '9007199254740993'],
    [BOOLEAN, true, 'true'],
    [BYTES, Buffer.from('ab'), 'YWI='],
    [decimalSchema(1), Decimal.parse('1.0'), '1.0'],
    [dateSchema(), new Date(0), '1970-01-01'],
    [timestampSchema(), new Date(0), '1970-01-01T00:00:00.000Z'],
  ] as const) {
    assert.equal(text(keySchema, key), `{"${name}":1}`)
  }
  assert.throws(() => text(OPTIONAL_STRING, null), { name: 'DataError', message: /key that is null/ })
})

test('COPY text escapes what would end a value, a row or the data', () => {
  assert.equal(copyText('a\tb\nc\rd\\N\\.'), 'a\\tb\\nc\\rd\\\\N\\\\.')
})

test('elements of arrays are quoted, nulls are not', () => {
  assert.equal(arrayLiteral(['a"b\\', null, 'NULL', '']), '{"a\\"b\\\\",NULL,"NULL",""}')
  assert.equal(arrayLiteral(['{"1"}', '{"2"}'], true), '{{"1"},{"2"}}')
})
