import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BYTES, DataError, INT32, SchemaBuilder, STRING, Struct } from '@spillway/api'
import fc from 'fast-check'
import { parseJsonPlugins } from './parse-json.ts'
import { jsonText } from './shared/json-text.ts'
import { applyToOne, plainRecord, schemaRecord } from './conformance/sample-record.ts'

const [keyPlugin, valuePlugin] = parseJsonPlugins

test('parses fields of a map and leaves the others and the original alone', () => {
  const value = { payload: '{"a":[1,2.5,null]}', other: '{"b":1}', none: null, number: 7 }
  const result = applyToOne(valuePlugin, { fields: 'payload,none,number,missing' }, plainRecord(value))
  assert.deepEqual(result.value, { payload: { a: [1, 2.5, null] }, other: '{"b":1}', none: null, number: 7 })
  assert.equal(value.payload, '{"a":[1,2.5,null]}')
})

test('parses a whole value, with a string or bytes schema or none, and drops the schema', () => {
  const records = [
    plainRecord('{"a":1}'),
    schemaRecord(STRING, '{"a":1}'),
    schemaRecord(BYTES, Buffer.from('{"a":1}')),
  ]
  for (const record of records) {
    const result = applyToOne(valuePlugin, {}, record)
    assert.deepEqual(result.value, { a: 1 })
    assert.equal(result.valueSchema, null)
  }
})

test('parses a key', () => {
  const result = applyToOne(keyPlugin, {}, plainRecord('text', { key: '[1]' }))
  assert.deepEqual(result.key, [1])
  assert.equal(result.value, 'text')
})

test('keeps every digit of large integers, and fractions as numbers', () => {
  const text =
    '{"id":9223372036854775807,"n":-12345678901234567890,"s":"12345678901234567890","f":1234567890123456.5,"e":1e20}'
  const result = applyToOne(valuePlugin, {}, plainRecord(text))
  assert.deepEqual(result.value, {
    id: 9223372036854775807n,
    n: -12345678901234567890n,
    s: '12345678901234567890',
    f: 1234567890123456.5,
    e: 1e20,
  })
})

test('an integer of more digits than anybody needs is refused: reading a million of them takes a thread for long', () => {
  const read = (digits: number): unknown =>
    applyToOne(valuePlugin, {}, plainRecord(`[${'9'.repeat(digits)}]`)).value
  assert.deepEqual(read(1000), [10n ** 1000n - 1n])
  assert.throws(() => read(1001), { name: 'DataError', message: /more than 1000 digits/ })
})

test('a member named __proto__ is only a member', () => {
  const result = applyToOne(
    valuePlugin,
    { fields: '__proto__' },
    plainRecord(JSON.parse('{"__proto__":"{\\"a\\":1}"}')),
  )
  assert.deepEqual(Object.entries(result.value as object), [['__proto__', { a: 1 }]])
  assert.equal((result.value as { a?: number }).a, undefined)
})

test('a text that is no JSON fails with the name of the field, or stays', () => {
  const record = plainRecord({ payload: 'not json' })
  assert.throws(
    () => applyToOne(valuePlugin, { fields: 'payload' }, record),
    (error: unknown) => error instanceof DataError && error.message.startsWith('Field payload is no JSON: '),
  )
  const kept = applyToOne(valuePlugin, { fields: 'payload', 'on.error': 'keep' }, record)
  assert.deepEqual(kept.value, { payload: 'not json' })
})

test('a tombstone passes, and a value that is no text stays', () => {
  for (const record of [plainRecord(null), plainRecord({ a: 1 }), schemaRecord(INT32, 1)]) {
    assert.equal(applyToOne(valuePlugin, {}, record), record)
  }
})

test('a field of a struct is refused with what to do instead', () => {
  const schema = SchemaBuilder.struct().field('payload', STRING).build()
  const record = schemaRecord(schema, new Struct(schema).put('payload', '{}'))
  assert.throws(() => applyToOne(valuePlugin, { fields: 'payload' }, record), {
    name: 'DataError',
    message: /read the data without a schema, or parse the whole value/,
  })
})

test('any JSON value reads back as it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      const result = applyToOne(valuePlugin, {}, plainRecord(text))
      assert.deepEqual(JSON.parse(jsonText(result.value)), JSON.parse(text))
    }),
  )
})
