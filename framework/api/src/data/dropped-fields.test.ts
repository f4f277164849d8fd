import assert from 'node:assert/strict'
import test from 'node:test'

import { droppedFields } from './dropped-fields.ts'
import type { Schema } from './schema.ts'
import { INT32, INT64, OPTIONAL_STRING, SchemaBuilder, STRING } from './schema-builder.ts'

const line = (...names: readonly string[]): Schema =>
  names.reduce((builder, name) => builder.field(name, OPTIONAL_STRING), SchemaBuilder.struct()).build()

const order = (inner: Schema, ...more: readonly string[]): Schema => {
  const builder = SchemaBuilder.struct()
    .field('id', INT32)
    .field('customer', inner)
    .field('lines', SchemaBuilder.array(inner).build())
    .field('byCode', SchemaBuilder.map(STRING, inner).build())
  return more.reduce((whole, name) => whole.field(name, STRING), builder).build()
}

test('fields that the target lacks are told, wherever they are', () => {
  assert.deepEqual(droppedFields(order(line('sku', 'note'), 'region'), order(line('sku'))), [
    'customer.note',
    'lines[].note',
    'byCode{}.note',
    'region',
  ])
})

test('nothing is told of fields that the target adds, of wider numbers, and of the same schema', () => {
  const source = order(line('sku'))
  assert.deepEqual(droppedFields(source, source), [])
  assert.deepEqual(droppedFields(source, order(line('sku', 'note'), 'region')), [])
  assert.deepEqual(droppedFields(INT32, INT64), [])
})
