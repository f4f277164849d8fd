import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ConfigError,
  Headers,
  INT64,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
} from '@spillway/api'
import { headerToValuePlugin } from './header-to-value.ts'
import { applyToOne, plainRecord, schemaRecord } from './conformance/sample-record.ts'

const headers = (): Headers =>
  new Headers()
    .add('tenant', 'first', STRING)
    .add('trace', 77n, INT64)
    .add('tenant', 'acme', STRING)
    .add('raw', Buffer.from('bytes as text'))
    .add('list', [1, 'a'])

const config = { headers: 'tenant,trace', fields: 'tenant,trace_id', types: 'string,int64' }
const keysOf = (record: SinkRecord): string[] => [...record.headers].map(({ key }) => key)

test('copies headers into a map, the last of a name, numbers as plain numbers', () => {
  const result = applyToOne(headerToValuePlugin, config, plainRecord({ a: 1 }, { headers: headers() }))
  assert.deepEqual(result.value, { a: 1, tenant: 'acme', trace_id: 77 })
  assert.deepEqual(keysOf(result), ['tenant', 'trace', 'tenant', 'raw', 'list'])
})

test('copies headers into a struct with the same schema for every record', () => {
  const schema = SchemaBuilder.struct().name('n').field('a', STRING).build()
  const value = new Struct(schema).put('a', 'x')
  const transformation = headerToValuePlugin.create()
  void transformation.configure(config)
  const full = transformation.apply(schemaRecord(schema, value, { headers: headers() })) as SinkRecord
  const empty = transformation.apply(schemaRecord(schema, value)) as SinkRecord
  const expected = SchemaBuilder.struct()
    .name('n')
    .field('a', STRING)
    .field('tenant', OPTIONAL_STRING)
    .field('trace_id', OPTIONAL_INT64)
    .build()
  assert.ok(full.valueSchema?.equals(expected))
  assert.equal(empty.valueSchema, full.valueSchema)
  assert.ok((full.value as Struct).equals(new Struct(expected, ['x', 'acme', 77n])))
  assert.ok((empty.value as Struct).equals(new Struct(expected, ['x', null, null])))
})

test('move takes every header of the names away', () => {
  const result = applyToOne(
    headerToValuePlugin,
    { ...config, operation: 'move' },
    plainRecord({}, { headers: headers() }),
  )
  assert.deepEqual(keysOf(result), ['raw', 'list'])
})

test('reads bytes as text and writes lists as JSON', () => {
  const result = applyToOne(
    headerToValuePlugin,
    { headers: 'raw,list,missing', fields: 'r,l,m' },
    plainRecord({}, { headers: headers() }),
  )
  assert.deepEqual(result.value, { r: 'bytes as text', l: '[1,"a"]', m: null })
})

test('a text that does not fit its type fails', () => {
  assert.throws(
    () =>
      applyToOne(
        headerToValuePlugin,
        { headers: 'tenant', fields: 't', types: 'int64' },
        plainRecord({}, { headers: headers() }),
      ),
    { name: 'DataError', message: 'Value (acme) was out of range for requested data type' },
  )
})

test('a tombstone passes unchanged', () => {
  const record = plainRecord(null, { headers: headers() })
  assert.equal(applyToOne(headerToValuePlugin, config, record), record)
})

test('lists of different length and unknown types are refused', () => {
  const transformation = headerToValuePlugin.create()
  for (const wrong of [
    { headers: 'a,b', fields: 'a' },
    { headers: 'a', fields: 'a', types: 'int8,int8' },
    { headers: 'a', fields: 'a', types: 'bytes' },
  ]) {
    assert.throws(() => void transformation.configure(wrong), ConfigError)
  }
})
