import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Decimal } from './decimal.ts'
import { Headers } from './headers.ts'
import { decimalSchema, timestampSchema } from './logical-types.ts'
import { INT32, INT64, OPTIONAL_STRING, SchemaBuilder, STRING } from './schema-builder.ts'
import { SinkRecord } from './sink-record.ts'
import { Struct } from './struct.ts'
import { validateValue } from './validate-value.ts'

const order = SchemaBuilder.struct()
  .name('order')
  .field('id', INT64)
  .field('note', OPTIONAL_STRING)
  .field('count', SchemaBuilder.from(INT32).defaultValue(7).build())
  .build()

suite('Schema', () => {
  test('equals by everything it holds, fields and defaults included', () => {
    const same = SchemaBuilder.from(order).build()
    assert.ok(order.equals(same))
    assert.ok(!order.equals(SchemaBuilder.from(order).version(2).build()))
    assert.ok(!order.equals(SchemaBuilder.from(order).field('more', STRING).build()))
    assert.ok(!INT32.equals(SchemaBuilder.from(INT32).parameter('a', 'b').build()))
    assert.ok(decimalSchema(2).equals(decimalSchema(2)))
    assert.ok(!decimalSchema(2).equals(decimalSchema(3)))
  })

  test('the builder refuses a field twice, fields on a number, and a default that does not fit', () => {
    assert.throws(
      () => SchemaBuilder.struct().field('a', INT32).field('a', INT32),
      /field name duplication a/,
    )
    assert.throws(() => new SchemaBuilder('INT32').field('a', INT32), /Cannot create fields on type INT32/)
    assert.throws(() => new SchemaBuilder('INT32').defaultValue('x').build(), /Invalid default value/)
  })
})

suite('Struct', () => {
  test('keeps int64 exact beyond 2^53 and answers defaults for nulls', () => {
    const struct = new Struct(order).put('id', 9_007_199_254_740_993n)
    assert.equal(struct.get('id'), 9_007_199_254_740_993n)
    assert.equal(struct.get('count'), 7)
    assert.equal(struct.getWithoutDefault('count'), null)
    struct.validate()
  })

  test('refuses a value of another type, an unknown field, and a missing required field', () => {
    assert.throws(() => new Struct(order).put('id', 1), /field: "id".*expected INT64, but found number 1/)
    assert.throws(() => new Struct(order).put('nope', 1), /nope is not a valid field name/)
    assert.throws(() => new Struct(order).validate(), /required field: "id"/)
  })
})

suite('validateValue', () => {
  test('checks integer ranges, logical types and nested collections', () => {
    assert.throws(() => validateValue(new SchemaBuilder('INT8').build(), 128), /expected INT8/)
    assert.throws(() => validateValue(INT64, 2n ** 63n), /expected INT64/)
    validateValue(timestampSchema(), new Date(0))
    assert.throws(() => validateValue(timestampSchema(), 0n), /Timestamp/)
    validateValue(decimalSchema(2), Decimal.parse('1.50'))
    const map = SchemaBuilder.map(STRING, SchemaBuilder.array(INT32).build()).build()
    validateValue(map, new Map([['a', [1, 2]]]))
    assert.throws(() => validateValue(map, new Map([['a', [1, 'x']]])), /expected INT32, but found string x/)
  })
})

suite('SinkRecord', () => {
  const record = new SinkRecord({
    topic: 't',
    kafkaPartition: 3,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: { a: 1 },
    kafkaOffset: 5n,
    timestamp: 10,
    timestampType: 'CreateTime',
    headers: new Headers(),
    valueText: Buffer.from('{"a":1}'),
  })

  test('keeps its origin whatever a transformation does to topic and partition (KIP-793)', () => {
    const renamed = record.with({ topic: 'other', kafkaPartition: 0 })
    assert.equal(renamed.topic, 'other')
    assert.equal(renamed.coordinates, 't-3@5')
    assert.equal(renamed.originalTopic, 't')
  })

  test('keeps the JSON text of its value only as long as the value is the same', () => {
    assert.equal(record.with({ topic: 'x' }).valueText, record.valueText)
    assert.equal(record.with({ value: { a: 2 } }).valueText, null)
  })

  test('a new record has headers of its own', () => {
    const copy = record.with({ topic: 'x' })
    copy.headers.add('h', 1)
    assert.equal(record.headers.size, 0)
    assert.equal(copy.headers.lastWithName('h')?.value, 1)
  })
})
