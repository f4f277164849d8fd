import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ConfigError,
  dateSchema,
  Decimal,
  decimalSchema,
  FLOAT64,
  INT64,
  type RawConfig,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
} from '@spillway/api'
import { plainRecord, schemaRecord } from '../transformations/conformance/sample-record.ts'
import { fieldValueMatchesPredicates } from './field-value-matches.ts'
import { topicNameMatchesPredicate } from './topic-name-matches.ts'

const [onKey, onValue] = fieldValueMatchesPredicates

function matches(config: RawConfig, record: SinkRecord, plugin = onValue): boolean {
  const predicate = plugin.create()
  void predicate.configure(config)
  return predicate.test(record)
}

test('matches a nested field of a map, as text', () => {
  const record = plainRecord({ order: { status: 'ACTIVE', total: 12, open: true }, 'a.b': 'x', list: [1] })
  assert.equal(matches({ field: 'order.status', pattern: 'ACTIVE|NEW' }, record), true)
  assert.equal(matches({ field: 'order.status', pattern: 'ACT' }, record), false)
  assert.equal(matches({ field: 'order.total', pattern: '\\d+' }, record), true)
  assert.equal(matches({ field: 'order.open', pattern: 'true' }, record), true)
  assert.equal(matches({ field: '`a.b`', pattern: 'x' }, record), true)
  assert.equal(matches({ field: 'a.b', pattern: 'x', 'field.syntax.version': 'V1' }, record), true)
})

test('a missing field, a null, a list, a map and a tombstone match nothing', () => {
  for (const value of [{}, { a: null }, { a: [1] }, { a: {} }, { a: 'x' }, null, 'text', 7]) {
    assert.equal(matches({ field: 'a.b', pattern: '.*' }, plainRecord(value)), false)
  }
  assert.equal(matches({ field: 'a', pattern: '.*' }, plainRecord({ a: [1] })), false)
  assert.equal(matches({ field: 'toString', pattern: '.*' }, plainRecord({})), false)
})

test("matches fields of a struct as Java would print them, a null by its field's default", () => {
  const inner = SchemaBuilder.struct()
    .field('id', INT64)
    .field('ratio', FLOAT64)
    .field('price', decimalSchema(2))
    .field('day', dateSchema())
    .field('state', new SchemaBuilder('STRING').optional().defaultValue('new').build())
    .build()
  const schema = SchemaBuilder.struct()
    .field('o', inner)
    .field('m', SchemaBuilder.map(STRING, STRING).build())
    .build()
  const values = [2n ** 60n, 1e7, new Decimal(1250n, 2), new Date(86_400_000), null]
  const record = schemaRecord(schema, new Struct(schema, [new Struct(inner, values), new Map([['k', 'v']])]))
  for (const [field, text] of [
    ['o.id', '1152921504606846976'],
    ['o.ratio', '1\\.0E7'],
    ['o.price', '12\\.50'],
    ['o.day', '1970-01-02'],
    ['o.state', 'new'],
    ['m.k', 'v'],
  ] as const) {
    assert.equal(matches({ field, pattern: text }, record), true, field)
  }
})

test('dates and decimals without a schema are written the same', () => {
  const record = plainRecord({ at: new Date(86_400_000), price: new Decimal(1250n, 2) })
  assert.equal(matches({ field: 'at', pattern: '1970-01-02' }, record), true)
  assert.equal(matches({ field: 'price', pattern: '12\\.50' }, record), true)
})

test('looks at the key where it is asked to', () => {
  const record = plainRecord({ a: 'value' }, { key: { a: 'key' } })
  assert.equal(matches({ field: 'a', pattern: 'key' }, record, onKey), true)
})

test('remembers results without mixing them up', () => {
  const predicate = onValue.create()
  void predicate.configure({ field: 'n', pattern: '\\d*[02468]' })
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 2500; n++) assert.equal(predicate.test(plainRecord({ n })), n % 2 === 0)
  }
})

test('TopicNameMatches remembers topics without mixing them up', () => {
  const predicate = topicNameMatchesPredicate.create()
  void predicate.configure({ pattern: 't-\\d*5' })
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 1200; n++) {
      assert.equal(predicate.test(plainRecord(null, { topic: `t-${n}` })), n % 10 === 5)
    }
  }
})

test('a field or pattern that cannot be is refused', () => {
  for (const config of [
    { field: 'a' },
    { field: '', pattern: 'x' },
    { field: '`a', pattern: 'x' },
    { field: 'a', pattern: '(' },
  ]) {
    assert.throws(() => void onValue.create().configure(config), ConfigError)
  }
})
