import {
  BOOLEAN,
  BYTES,
  dateSchema,
  Decimal,
  decimalSchema,
  FLOAT32,
  FLOAT64,
  INT16,
  INT32,
  INT64,
  INT8,
  OPTIONAL_INT32,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  STRING,
  Struct,
  timeSchema,
  timestampSchema,
} from '@spillway/framework'

const ITEM: Schema = SchemaBuilder.struct()
  .name('item')
  .field('sku', STRING)
  .field('count', OPTIONAL_INT32)
  .build()

/** A schema with every type, nested and optional. */
export const RICH: Schema = SchemaBuilder.struct()
  .name('com.example.Order')
  .field('bool', BOOLEAN)
  .field('i8', INT8)
  .field('i16', INT16)
  .field('i32', INT32)
  .field('i64', INT64)
  .field('f32', FLOAT32)
  .field('f64', FLOAT64)
  .field('text', STRING)
  .field('bytes', BYTES)
  .field('note', OPTIONAL_STRING)
  .field('price', SchemaBuilder.from(decimalSchema(2)).parameter('connect.decimal.precision', '18').build())
  .field('large', SchemaBuilder.from(decimalSchema(3)).parameter('connect.decimal.precision', '38').build())
  .field('day', dateSchema())
  .field('time', timeSchema())
  .field('at', timestampSchema())
  .field('maybeAt', timestampSchema({ optional: true }))
  .field('tags', SchemaBuilder.array(OPTIONAL_STRING).build())
  .field('attributes', SchemaBuilder.map(STRING, INT64).build())
  .field('item', ITEM)
  .field('items', SchemaBuilder.array(ITEM).optional().build())
  .build()

/** The value of record number `i`; odd ones leave out what is optional. */
export function richValue(i: number): Struct {
  const isOdd = i % 2 === 1
  return new Struct(RICH)
    .put('bool', isOdd)
    .put('i8', -i % 128)
    .put('i16', -i)
    .put('i32', i)
    .put('i64', 9_007_199_254_740_993n + BigInt(i))
    .put('f32', i + 0.5)
    .put('f64', i / 3)
    .put('text', `text ${i} ü€`)
    .put('bytes', Buffer.from([i & 0xff, 0, 255]))
    .put('note', isOdd ? null : 'note')
    .put('price', new Decimal(BigInt(-i), 2))
    .put('large', new Decimal(12_345_678_901_234_567_890_123n + BigInt(i), 3))
    .put('day', new Date(Date.UTC(2024, 1, 29)))
    .put('time', new Date(3_723_004))
    .put('at', new Date(1_700_000_000_123 + i))
    .put('maybeAt', isOdd ? null : new Date(0))
    .put('tags', isOdd ? [] : ['a', null, 'b'])
    .put(
      'attributes',
      new Map(
        isOdd
          ? []
          : [
              ['one', 1n],
              ['two', -2n],
            ],
      ),
    )
    .put('item', new Struct(ITEM, [`sku-${i}`, isOdd ? null : i]))
    .put('items', isOdd ? null : [new Struct(ITEM, ['x', 1]), new Struct(ITEM, ['y', null])])
}
