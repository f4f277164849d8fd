import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  DataError,
  INT32,
  OPTIONAL_INT32,
  type RawConfig,
  SchemaBuilder,
  SinkRecord,
  STRING,
  Struct,
} from '@spillway/api'
import fc from 'fast-check'
import { explodeArrayPlugin } from './explode-array.ts'
import { configured, plainRecord, schemaRecord } from './conformance/sample-record.ts'

function explode(config: RawConfig, record: SinkRecord): readonly SinkRecord[] {
  const result = configured(explodeArrayPlugin, config).apply(record)
  if (result === null) return []
  return result instanceof SinkRecord ? [result] : (result as readonly SinkRecord[])
}

const valuesOf = (records: readonly SinkRecord[]): unknown[] => records.map(({ value }) => value)

test('makes one record of each element, with everything else of the record', () => {
  const record = plainRecord({ id: 7, items: [{ sku: 'a' }, { sku: 'b' }] }, { key: 'k' })
  const records = explode({ field: 'items', 'index.field': 'n' }, record)
  assert.deepEqual(valuesOf(records), [
    { id: 7, items: { sku: 'a' }, n: 0 },
    { id: 7, items: { sku: 'b' }, n: 1 },
  ])
  for (const one of records) {
    assert.equal(one.key, 'k')
    assert.equal(one.coordinates, record.coordinates)
    assert.equal(one.kafkaOffset, record.kafkaOffset)
    assert.notEqual(one.headers, record.headers)
  }
})

test("gives a struct's field the schema of the elements, the same for all records", () => {
  const schema = SchemaBuilder.struct()
    .field('id', INT32)
    .field('tags', SchemaBuilder.array(STRING).build())
    .build()
  const transformation = configured(explodeArrayPlugin, { field: 'tags', 'index.field': 'n', empty: 'drop' })
  const record = schemaRecord(schema, new Struct(schema, [1, ['x', 'y']]))
  const records = transformation.apply(record) as SinkRecord[]
  const expected = SchemaBuilder.struct().field('id', INT32).field('tags', STRING).field('n', INT32).build()
  assert.equal(records.length, 2)
  for (const one of records) assert.ok(one.valueSchema?.equals(expected))
  assert.equal(records[0]?.valueSchema, records[1]?.valueSchema)
  const [, second] = records
  assert.ok(second !== undefined && (second.value as Struct).equals(new Struct(expected, [1, 'y', 1])))
})

test('explodes a whole value', () => {
  assert.deepEqual(valuesOf(explode({}, plainRecord([1, { a: 2 }]))), [1, { a: 2 }])
  const records = explode({}, schemaRecord(SchemaBuilder.array(INT32).build(), [1, 2]))
  assert.deepEqual(valuesOf(records), [1, 2])
  assert.ok(records[0]?.valueSchema?.equals(OPTIONAL_INT32))
})

test('an empty or missing array keeps the record with null, or drops it', () => {
  for (const value of [{ a: [] }, { a: null }, {}]) {
    assert.deepEqual(valuesOf(explode({ field: 'a' }, plainRecord(value))), [{ a: null }])
    assert.deepEqual(explode({ field: 'a', empty: 'drop' }, plainRecord(value)), [])
  }
  const tombstone = plainRecord(null)
  assert.deepEqual(explode({ field: 'a', empty: 'drop' }, tombstone), [tombstone])
})

test('what is no array fails, saying what it is', () => {
  assert.throws(() => explode({ field: 'a' }, plainRecord({ a: 'x' })), {
    name: 'DataError',
    message: 'Field a is no array but a java.lang.String',
  })
  assert.throws(() => explode({}, plainRecord({})), {
    message: 'The value is no array but a java.util.HashMap',
  })
  const schema = SchemaBuilder.struct().field('a', STRING).build()
  const struct = new Struct(schema, ['x'])
  assert.throws(() => explode({ field: 'a' }, schemaRecord(schema, struct)), DataError)
  assert.throws(() => explode({ field: 'b' }, schemaRecord(schema, struct)), {
    message: 'Field does not exist: b',
  })
})

test('the elements of all records are those of the array, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (array) => {
      const records = explode({ field: 'a', 'index.field': 'i' }, plainRecord({ a: array }))
      assert.deepEqual(
        valuesOf(records),
        array.map((a, i) => ({ a, i })),
      )
    }),
  )
})
