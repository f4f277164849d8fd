import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, INT64, OPTIONAL_STRING, SchemaBuilder, STRING, Struct } from '@spillway/api'
import fc from 'fast-check'
import { flattenPlugins } from './flatten.ts'
import { applyToOne, plainRecord, schemaRecord } from './conformance/sample-record.ts'

const [, plugin] = flattenPlugins

test('gives elements of arrays fields of their own, maps in them flattened too', () => {
  const value = { a: [1, { b: [2, 3] }, []], c: { d: [null] } }
  const result = applyToOne(plugin, { arrays: 'index', delimiter: '_' }, plainRecord(value))
  assert.deepEqual(result.value, { a_0: 1, a_1_b_0: 2, a_1_b_1: 3, c_d_0: null })
})

test('writes arrays as JSON, with and without a schema', () => {
  const plain = applyToOne(
    plugin,
    { arrays: 'json' },
    plainRecord({ a: { b: [1, { c: 12345678901234567890n }] } }),
  )
  assert.deepEqual(plain.value, { 'a.b': '[1,{"c":12345678901234567890}]' })
  const element = SchemaBuilder.struct().field('n', INT64).build()
  const inner = SchemaBuilder.struct().optional().field('list', SchemaBuilder.array(element).build()).build()
  const schema = SchemaBuilder.struct().field('a', inner).build()
  const value = new Struct(schema, [new Struct(inner, [[new Struct(element, [2n ** 60n])]])])
  const result = applyToOne(plugin, { arrays: 'json' }, schemaRecord(schema, value))
  assert.ok(result.valueSchema?.equals(SchemaBuilder.struct().field('a.list', OPTIONAL_STRING).build()))
  assert.equal((result.value as Struct).get('a.list'), '[{"n":1152921504606846976}]')
})

test('maps in an array that is written as JSON are objects; a key that is null has no name there', () => {
  const map = SchemaBuilder.map(OPTIONAL_STRING, INT64).build()
  const schema = SchemaBuilder.struct().field('list', SchemaBuilder.array(map).build()).build()
  const flat = (key: unknown): unknown => {
    const record = schemaRecord(schema, new Struct(schema, [[new Map([[key, 1n]])]]))
    return (applyToOne(plugin, { arrays: 'json' }, record).value as Struct).get('list')
  }
  assert.equal(flat('a"b'), '[{"a\\"b":1}]')
  assert.equal(flat(Buffer.from('ab')), '[{"YWI=":1}]')
  assert.throws(() => flat(null), { name: 'DataError', message: /key that is null/ })
})

test('an index for every element is refused with a schema, which would differ by record', () => {
  const schema = SchemaBuilder.struct().field('list', SchemaBuilder.array(STRING).build()).build()
  assert.throws(
    () => applyToOne(plugin, { arrays: 'index' }, schemaRecord(schema, new Struct(schema, [['x']]))),
    { name: 'DataError', message: /array list .* set arrays to keep or json/ },
  )
  assert.throws(() => void plugin.create().configure({ arrays: 'all' }), ConfigError)
})

test('a key named __proto__ does not touch the prototype', () => {
  const result = applyToOne(plugin, {}, plainRecord(JSON.parse('{"__proto__":[1],"a":{"__proto__":2}}')))
  assert.deepEqual(Object.entries(result.value as object), [
    ['__proto__', [1]],
    ['a.__proto__', 2],
  ])
  assert.equal(Object.getPrototypeOf(result.value), Object.prototype)
})

test('no map is left, and every leaf is kept where names do not collide', () => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/)
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constant(null), tie('tree')), {
      maxKeys: 4,
    }),
  }))
  const leaves = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce<number>((sum, item) => sum + leaves(item), 0)
      : 1
  fc.assert(
    fc.property(tree, (value) => {
      const flat = applyToOne(plugin, {}, plainRecord(value)).value as Record<string, unknown>
      assert.ok(Object.values(flat).every((item) => typeof item !== 'object' || item === null))
      assert.equal(Object.keys(flat).length, leaves(value))
    }),
  )
})
