import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { check, schemas, valueOf } from '@spillway/converters/testing'
import { snappyCompress } from '../snappy.ts'
import { Decimal } from '../../../../api/src/data/decimal.ts'
import { decimalSchema, timestampSchema } from '../../../../api/src/data/logical-types.ts'
import {
  BOOLEAN,
  FLOAT64,
  OPTIONAL_FLOAT64,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../../../api/src/data/schema-builder.ts'
import type { Schema } from '../../../../api/src/data/schema.ts'
import { Struct } from '../../../../api/src/data/struct.ts'
import { LibraryFile } from './conformance/library-file.ts'
import { ParquetFile } from './parquet-file.ts'
import { parquetSchema } from './parquet-schema.ts'
import { RowShredder } from './row-shredder.ts'
import { rowEncoder } from './row-writer.ts'

/** A file of row groups by way of rows, as the format writes it. */
function written(schema: Schema, groups: readonly (readonly unknown[])[], pageBytes: number): Buffer {
  const elements = parquetSchema(schema)
  const encoder = rowEncoder(schema, 'value')
  const shredder = new RowShredder(elements, schema)
  const file = new ParquetFile(elements, { codec: 'SNAPPY', compress: snappyCompress, pageBytes })
  const pieces: Uint8Array[] = []
  for (const values of groups) {
    for (const value of values) {
      const row = encoder.encodeInPlace(value)
      shredder.add(Buffer.concat([Buffer.from('before'), row, Buffer.from('after')]), 6, 6 + row.length)
    }
    pieces.push(file.rowGroup(shredder.columns, values.length))
  }
  return Buffer.concat([...pieces, file.end()])
}

function byLibrary(schema: Schema, groups: readonly (readonly unknown[])[], pageBytes: number): Buffer {
  const file = new LibraryFile(schema, pageBytes)
  for (const values of groups) file.rowGroup(values)
  return file.end()
}

async function read(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const { buffer } = new Uint8Array(bytes)
  const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) }
  return await parquetReadObjects({ file, utf8: false })
}

/** The library takes the two zeros for one, and writes either. */
function withOneZero(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(withOneZero)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, withOneZero(item)]))
  if (!(value instanceof Struct)) return value
  return new Struct(
    value.schema,
    value.schema.fields.map((field) => withOneZero(value.at(field.index))),
  )
}

/** Values of one schema, some of them often. */
const files = schemas().chain((schema) =>
  fc.record({
    schema: fc.constant(schema),
    groups: fc
      .array(valueOf(schema), { minLength: 1, maxLength: 12 })
      .map((pool) => pool.map(withOneZero))
      // A row is never null as a whole.
      .filter((pool) => schema.type !== 'STRUCT' || !pool.includes(null))
      .chain((pool) =>
        fc.array(fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 90 }), {
          minLength: 1,
          maxLength: 3,
        }),
      ),
    pageBytes: fc.constantFrom(16, 100, 1_048_576),
  }),
)

test('a file has the bytes that hyparquet-writer gives it', async () => {
  await check(files, 400, ({ schema, groups, pageBytes }) => {
    assert.ok(written(schema, groups, pageBytes).equals(byLibrary(schema, groups, pageBytes)))
  })
})

test('columns long enough for a sample have the bytes that hyparquet-writer gives them', () => {
  const schema = SchemaBuilder.struct()
    .name('long')
    .field('few', STRING)
    .field('many', STRING)
    .field('half', OPTIONAL_STRING)
    .field('flag', BOOLEAN)
    .field('at', timestampSchema({ optional: true }))
    .field('items', SchemaBuilder.array(OPTIONAL_FLOAT64).build())
    .build()
  const rows = Array.from({ length: 5000 }, (_, i) =>
    new Struct(schema)
      .put('few', ['Köln', 'Łódź', 'Zürich 🏔'][i % 3])
      .put('many', `customer ${i}`)
      .put('half', i % 5 === 0 ? null : `ü${(i * 7919) % 1900}`)
      .put('flag', i % 7 < 3)
      .put('at', i % 2 === 0 ? null : new Date(1_700_000_000_000 - i * 1e9))
      .put('items', i % 4 === 0 ? [] : [i % 10, null, -i / 2]),
  )
  for (const pageBytes of [1000, 1_048_576]) {
    assert.ok(
      written(schema, [rows, rows.slice(7)], pageBytes).equals(
        byLibrary(schema, [rows, rows.slice(7)], pageBytes),
      ),
    )
  }
})

test('decimals of each width have the bytes that hyparquet-writer gives them', async () => {
  const precisions = [9, 18, 38]
  const column = (precision: number): Schema =>
    SchemaBuilder.from(decimalSchema(2, { optional: true }))
      .parameter('connect.decimal.precision', String(precision))
      .build()
  const schema = precisions
    .reduce(
      (builder, precision) => builder.field(`d${precision}`, column(precision)),
      SchemaBuilder.struct().name('prices'),
    )
    .build()
  const value = fc
    .tuple(
      ...precisions.map((p) =>
        fc.option(fc.bigInt({ min: 1n - 10n ** BigInt(p), max: 10n ** BigInt(p) - 1n })),
      ),
    )
    .map(
      (unscaled) =>
        new Struct(
          schema,
          unscaled.map((n) => (n === null ? null : new Decimal(n, 2))),
        ),
    )
  await check(fc.array(value, { minLength: 1, maxLength: 40 }), 100, (rows) => {
    assert.ok(written(schema, [rows, rows], 1_048_576).equals(byLibrary(schema, [rows, rows], 1_048_576)))
  })
})

test('a null where its schema has a default becomes the default, also in lists and structs', () => {
  const text = SchemaBuilder.from(OPTIONAL_STRING).defaultValue('none').build()
  const point = SchemaBuilder.struct()
    .name('point')
    .field('x', OPTIONAL_FLOAT64)
    .field('label', text)
    .optional()
    .build()
  const list = (defaultValue: number[]): Schema =>
    SchemaBuilder.array(FLOAT64).optional().defaultValue(defaultValue).build()
  const schema = SchemaBuilder.struct()
    .name('defaults')
    .field('text', text)
    .field('list', list([1, 2]))
    .field('empty', list([]))
    .field('texts', SchemaBuilder.array(text).build())
    .field('point', point)
    .build()
  const rows = [
    new Struct(schema, [null, null, null, [null, 'a'], null]),
    new Struct(schema, ['set', [3], [4, 5], [], new Struct(point, [1, null])]),
    new Struct(schema, [null, [], null, ['b'], new Struct(point, [null, 'there'])]),
  ]
  assert.ok(written(schema, [rows], 1_048_576).equals(byLibrary(schema, [rows], 1_048_576)))
})

test('a union of Avro is a struct with the branch that is set', () => {
  const choice = SchemaBuilder.struct()
    .name('io.confluent.connect.avro.Union')
    .field('string', OPTIONAL_STRING)
    .field('double', OPTIONAL_FLOAT64)
    .optional()
    .build()
  const schema = SchemaBuilder.struct()
    .name('choices')
    .field('one', choice)
    .field('some', SchemaBuilder.array(choice).build())
    .build()
  const text = new Struct(choice, ['a', null])
  const number = new Struct(choice, [null, 1.5])
  const rows = [
    new Struct(schema, [text, [number, null, text]]),
    new Struct(schema, [null, []]),
    new Struct(schema, [number, [text]]),
  ]
  assert.ok(written(schema, [rows], 1_048_576).equals(byLibrary(schema, [rows], 1_048_576)))
})

test('a row group keeps nothing of the one before it', async () => {
  const schema = SchemaBuilder.struct().name('rows').field('text', OPTIONAL_STRING).build()
  const rows = ['a', null, 'b', 'c'].map((text) => new Struct(schema, [text]))
  const read4 = await read(written(schema, [rows.slice(0, 3), rows.slice(3)], 1_048_576))
  assert.deepEqual(
    read4.map(({ text }) => text),
    ['a', null, 'b', 'c'],
  )
})

test('both zeros and what is no number are read back as they were', async () => {
  const schema = SchemaBuilder.struct().name('floats').field('x', FLOAT64).build()
  const rows = Array.from({ length: 40 }, (_, i) => [0, -0, Number.NaN, 1.5][i % 4])
  const found = await read(written(schema, [rows.map((x) => new Struct(schema, [x]))], 1_048_576))
  assert.ok(found.every(({ x }, i) => Object.is(x, rows[i])))
})
