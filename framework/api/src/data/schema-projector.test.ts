import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Decimal } from './decimal.ts'
import { dateSchema, decimalSchema, timestampSchema } from './logical-types.ts'
import {
  BOOLEAN,
  FLOAT32,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  OPTIONAL_INT32,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from './schema-builder.ts'
import { projectValue } from './schema-projector.ts'
import { Struct } from './struct.ts'

describe('projectValue', () => {
  it('widens numbers and nothing else', () => {
    assert.equal(projectValue(INT8, 5, INT16), 5)
    assert.equal(projectValue(INT32, 5, INT64), 5n)
    assert.equal(projectValue(INT64, 5n, FLOAT64), 5)
    assert.equal(projectValue(INT32, 16777217, FLOAT32), 16777216)
    const message = /^SchemaProjectorError: Schema type mismatch\. source type: INT64 and target type: INT32/
    assert.throws(() => projectValue(INT64, 5n, INT32), message)
    assert.throws(() => projectValue(BOOLEAN, true, INT8), /Schema type mismatch/)
  })

  it('lets null through where the target may be null, and takes its default where not', () => {
    const withDefault = new SchemaBuilder('INT32').defaultValue(12).build()
    assert.equal(projectValue(OPTIONAL_INT32, null, OPTIONAL_INT32), null)
    assert.equal(projectValue(OPTIONAL_INT32, null, withDefault), 12)
    assert.equal(projectValue(OPTIONAL_INT32, 5, withDefault), 5)
    assert.throws(
      () => projectValue(OPTIONAL_INT32, 5, INT32),
      /target schema does not provide a default value/,
    )
  })

  it('gives structs the fields of the target: left out, added with default or null', () => {
    const source = SchemaBuilder.struct().name('R').field('a', INT32).field('gone', STRING).build()
    const target = SchemaBuilder.struct()
      .name('R')
      .field('note', OPTIONAL_STRING)
      .field('a', INT64)
      .field('b', new SchemaBuilder('INT32').defaultValue(123).build())
      .build()
    const projected = projectValue(source, new Struct(source).put('a', 1).put('gone', 'x'), target) as Struct
    assert.equal(projected.schema, target)
    assert.deepEqual(
      [0, 1, 2].map((i) => projected.at(i)),
      [null, 1n, 123],
    )
    const strict = SchemaBuilder.struct().name('R').field('must', INT32).build()
    assert.throws(
      () => projectValue(source, new Struct(source), strict),
      /Required field `must` is missing from source schema/,
    )
    const narrow = SchemaBuilder.struct().name('R').field('a', INT8).build()
    assert.throws(
      () => projectValue(source, new Struct(source).put('a', 1), narrow),
      /Error projecting a: Schema type mismatch/,
    )
  })

  it('projects within arrays and maps', () => {
    const array = (items: typeof INT32) => SchemaBuilder.array(items).build()
    assert.deepEqual(projectValue(array(INT32), [1, 2], array(INT64)), [1n, 2n])
    const map = (values: typeof INT32) => SchemaBuilder.map(STRING, values).build()
    assert.deepEqual(projectValue(map(INT32), new Map([['k', 1]]), map(INT64)), new Map([['k', 1n]]))
  })

  it('keeps logical values, and refuses other names and parameters', () => {
    const decimal = new Decimal(156n, 2)
    assert.equal(projectValue(decimalSchema(2), decimal, decimalSchema(2)), decimal)
    assert.throws(
      () => projectValue(decimalSchema(2), decimal, decimalSchema(4)),
      /Schema parameters not equal\. source parameters: \{scale=2\} and target parameters: \{scale=4\}/,
    )
    assert.throws(() => projectValue(dateSchema(), new Date(0), INT32), /Schema name mismatch/)
    assert.throws(() => projectValue(dateSchema(), new Date(0), timestampSchema()), /Schema name mismatch/)
  })
})
