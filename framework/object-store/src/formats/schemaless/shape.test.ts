import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'

import { avroEncoder } from '../../../../converters/src/avro/index.ts'
import { validateValue } from '../../../../api/src/data/validate-value.ts'
import { parquetSchema } from '../parquet/parquet-schema.ts'
import { rowEncoder } from '../parquet/row-writer.ts'
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

test('objects in objects do not become a million columns, nor a stack without end', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [
      `a${i}`,
      Object.fromEntries(Array.from({ length: 900 }, (_item, j) => [`b${j}`, j])),
    ]),
  )
  const shape = shapeOf(wide)
  assert.ok(parquetSchema(shape.schema()).length < 10_000)
  let deep: unknown = 1
  for (let i = 0; i < 900; i++) deep = i % 2 === 0 ? [deep] : { a: deep }
  const nested = shapeOf(deep)
  const schema = nested.schema()
  assert.ok(parquetSchema(schema).length < 200)
  avroEncoder(schema, { scrubNames: true }).encode(nested.convert(deep, schema))
})

test('names that Avro or Parquet could not tell apart, or hold, stay together as JSON', () => {
  for (const value of [{ '@a': 1, x_40a: 2 }, { 'a\0': 1 }, { '\ud800': 1 }]) {
    const shape = shapeOf(value)
    assert.equal(shape.schema().type, 'STRING')
    assert.deepEqual(JSON.parse(shape.convert(value, shape.schema()) as string), value)
  }
})

test('fields that only a format with free names could tell apart stay together as JSON', () => {
  assert.equal(shapeOf({ 'a-b': 1, a_b: 2 }).schema().type, 'STRING')
  assert.equal(shapeOf({ '': 1 }).schema().type, 'STRING')
})

/** With names that come close to each other once they are written as others can have them. */
const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', '_', '.', '@', '-', '1', ' ', 'ä', '%', '4', '0', 'x'),
    maxLength: 4,
  }),
)
const { values } = fc.letrec((tie) => ({
  values: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 0 }),
    fc.dictionary(names, tie('values'), { maxKeys: 5 }),
    fc.array(tie('values'), { maxLength: 3 }),
  ),
}))

test('any values of JSON fit the schema they have in common, in Avro and Parquet too', () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1 }), (drawn) => {
      const shape = shapeOf(...drawn)
      const schema = shape.schema()
      const avro = avroEncoder(schema, { scrubNames: true })
      assert.ok(parquetSchema(schema).length > 1)
      const parquet = rowEncoder(schema, 'value')
      for (const value of drawn) {
        const converted = shape.convert(value, schema)
        validateValue(schema, converted)
        avro.encode(converted)
        parquet.encodeInPlace(converted)
      }
    }),
  )
})
