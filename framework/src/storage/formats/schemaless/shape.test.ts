import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'

import { avroEncoder } from '../../../converters/avro/index.ts'
import { validateValue } from '../../../data/validate-value.ts'
import { parquetSchema } from '../parquet/parquet-schema.ts'
import { Shape } from './shape.ts'

function shapeOf(...values: unknown[]): Shape {
  const shape = new Shape()
  for (const value of values) shape.observe(value)
  return shape
}

test('the type is the narrowest that holds all values', () => {
  const typeOf = (...values: unknown[]): string => shapeOf(...values).schema().type
  assert.equal(typeOf(1, 2n), 'INT64')
  assert.equal(typeOf(1, 2.5), 'FLOAT64')
  assert.equal(typeOf(null, true), 'BOOLEAN')
  assert.equal(typeOf(1, 'a'), 'STRING')
  assert.equal(typeOf(null), 'STRING')
  assert.equal(typeOf([1], { a: 1 }), 'STRING')
  assert.equal(typeOf(2n ** 64n), 'STRING')
  assert.equal(typeOf({}), 'STRING')
})

test('what has no type in common is kept as JSON, integers exactly', () => {
  const shape = shapeOf([1n], { a: 12_345_678_901_234_567_890n })
  const schema = shape.schema()
  assert.equal(shape.convert({ a: 12_345_678_901_234_567_890n }, schema), '{"a":12345678901234567890}')
})

test('an object whose keys are data does not become a thousand columns', () => {
  const values = Array.from({ length: 1200 }, (_, i) => ({ [`key-${i}`]: i }))
  const shape = shapeOf(...values)
  assert.equal(shape.schema().type, 'STRING')
  assert.equal(shape.convert(values[7], shape.schema()), '{"key-7":7}')
})

test('fields that only a format with free names could tell apart stay together as JSON', () => {
  assert.equal(shapeOf({ 'a-b': 1, a_b: 2 }).schema().type, 'STRING')
  assert.equal(shapeOf({ '': 1 }).schema().type, 'STRING')
})

test('any values of JSON fit the schema they have in common, in Avro and Parquet too', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
      const shape = shapeOf(...values)
      const schema = shape.schema()
      const avro = avroEncoder(schema, { scrubNames: true })
      for (const value of values) {
        const converted = shape.convert(value, schema)
        validateValue(schema, converted)
        avro.encode(converted)
      }
      assert.ok(parquetSchema(schema).length > 1)
    }),
  )
})
