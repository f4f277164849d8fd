import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { MILLIS_PER_DAY, dateSchema } from '../../api/src/data/logical-types.ts'
import {
  INT32,
  OPTIONAL_INT32,
  OPTIONAL_STRING,
  SchemaBuilder,
  STRING,
} from '../../api/src/data/schema-builder.ts'
import type { Schema } from '../../api/src/data/schema.ts'
import { Struct } from '../../api/src/data/struct.ts'
import { valuesEqual } from '../../api/src/data/values-equal.ts'
import { avroConverterPlugin } from './avro/avro-converter.ts'
import { FakeRegistry } from './conformance/fake-registry.ts'
import { JsonConverter } from './json/json-converter.ts'
import { jsonSchemaConverterPlugin } from './json-schema/json-schema-converter.ts'
import { protobufConverterPlugin } from './protobuf/protobuf-converter.ts'

const symbols = (): SchemaBuilder => new SchemaBuilder('STRING').name('Symbols').parameter('x', 'y')

/** Key schemas, and what Connect's JsonConverter makes of a map with such keys: an object, or pairs. */
const KEYS: readonly { what: string; schema: Schema; key: unknown; form: 'object' | 'pairs' }[] = [
  { what: 'texts', schema: STRING, key: 'a', form: 'object' },
  { what: 'texts that may be null', schema: OPTIONAL_STRING, key: 'a', form: 'object' },
  { what: 'named texts', schema: symbols().build(), key: 'a', form: 'object' },
  { what: 'named texts that may be null', schema: symbols().optional().build(), key: 'a', form: 'object' },
  { what: 'integers', schema: INT32, key: 7, form: 'pairs' },
  { what: 'integers that may be null', schema: OPTIONAL_INT32, key: 7, form: 'pairs' },
  { what: 'dates', schema: dateSchema(), key: new Date(MILLIS_PER_DAY), form: 'pairs' },
]

function mapOf(keySchema: Schema): Schema {
  return SchemaBuilder.map(keySchema, OPTIONAL_INT32).name('entries').build()
}

function json(settings: Record<string, string> = {}): JsonConverter {
  const made = new JsonConverter()
  made.configure(settings, false)
  return made
}

suite('maps by the schema of their keys', () => {
  for (const { what, schema: keySchema, key, form } of KEYS) {
    const map = mapOf(keySchema)
    const inner = SchemaBuilder.struct().field('map', map).build()
    const value = new Map([[key, 1]])

    test(`JsonConverter writes ${what} as ${form}, wherever the map stands, and reads that back`, () => {
      const wanted =
        form === 'object' ? `{"${String(key)}":1}` : `[[${key instanceof Date ? 1 : String(key)},1]]`
      for (const [schema, place] of [
        [map, (part: string) => part],
        [inner, (part: string) => `{"map":${part}}`],
        [SchemaBuilder.array(map).build(), (part: string) => `[${part}]`],
        [SchemaBuilder.map(OPTIONAL_STRING, map).build(), (part: string) => `{"k":${part}}`],
      ] as const) {
        const whole =
          schema === map
            ? value
            : schema.type === 'STRUCT'
              ? new Struct(schema, [value])
              : schema.type === 'ARRAY'
                ? [value]
                : new Map([['k', value]])
        const plain = json({ 'schemas.enable': 'false' }).fromConnectData('t', schema, whole)
        assert.equal(plain?.toString(), place(wanted))
        const read = json().toConnectData('t', json().fromConnectData('t', schema, whole))
        assert.ok(read.schema?.equals(schema), what)
        assert.ok(valuesEqual(read.value, whole), what)
      }
    })

    test(`a default of a map with ${what} goes through a schema of JSON`, () => {
      const schema = SchemaBuilder.map(keySchema, INT32).optional().defaultValue(value).build()
      const read = json().toConnectData('t', json().fromConnectData('t', schema, null))
      assert.ok(read.schema?.equals(schema))
      assert.ok(valuesEqual(read.value, value))
    })
  }

  test('pairs are read too where keys are texts that may be null: they were written so before', () => {
    const schema = '{"type":"map","keys":{"type":"string","optional":true},"values":{"type":"int32"}}'
    const read = (payload: string): unknown =>
      json().toConnectData('t', Buffer.from(`{"schema":${schema},"payload":${payload}}`)).value
    assert.deepEqual(
      read('[["a",1],[null,2]]'),
      new Map<unknown, unknown>([
        ['a', 1],
        [null, 2],
      ]),
    )
    assert.deepEqual(read('{"a":1}'), new Map([['a', 1]]))
    assert.throws(() => read('[["a"]]'), { name: 'DataError' })
    assert.throws(() => read('"a"'), { name: 'DataError' })
  })

  test('a key that is null has no name in an object: refused, where Java writes "null" over another', () => {
    const value = new Map([[null, 1]])
    assert.throws(() => json().fromConnectData('t', mapOf(OPTIONAL_STRING), value), {
      name: 'DataError',
      message: /no name for a key that is null \(at value\)/,
    })
    assert.equal(
      json({ 'schemas.enable': 'false' }).fromConnectData('t', mapOf(OPTIONAL_INT32), value)?.toString(),
      '[[null,1]]',
    )
  })
})

suite('maps by the schema of their keys, with a registry', () => {
  let registry: FakeRegistry
  before(async () => {
    registry = await FakeRegistry.start()
  })
  after(() => registry.stop())

  const formats = [
    { plugin: avroConverterPlugin, settings: {} },
    { plugin: avroConverterPlugin, settings: { 'allow.optional.map.keys': 'true' } },
    { plugin: jsonSchemaConverterPlugin, settings: {} },
    { plugin: protobufConverterPlugin, settings: {} },
    { plugin: protobufConverterPlugin, settings: { 'wrapper.for.nullables': 'true' } },
    { plugin: protobufConverterPlugin, settings: { 'optional.for.nullables': 'true' } },
  ]
  for (const [i, { plugin, settings }] of formats.entries()) {
    const isProtobuf = plugin === protobufConverterPlugin
    const create = async () => {
      const made = plugin.create()
      await made.configure({ 'schema.registry.url': registry.url, ...settings }, false)
      return made
    }
    const title = `${plugin.className.replace(/.*\./, '')} ${JSON.stringify(settings)}`
    for (const [k, { what, schema: keySchema, key }] of KEYS.entries()) {
      if (isProtobuf && key instanceof Date) continue
      test(`${title} reads back a map of ${what}`, async () => {
        const schema = SchemaBuilder.struct().name('Row').field('map', mapOf(keySchema)).build()
        const value = new Map([[key, 1]])
        const bytes = await (
          await create()
        ).fromConnectData(`t${i}-${k}`, schema, new Struct(schema, [value]))
        const read = await (await create()).toConnectData(`t${i}-${k}`, bytes, [])
        assert.deepEqual((read.value as Struct).get('map'), value)
      })
    }

    test(`${title} keeps a key that is null, or refuses it`, async () => {
      const schema = SchemaBuilder.struct().name('Row').field('map', mapOf(OPTIONAL_STRING)).build()
      const value = new Struct(schema, [new Map([[null, 1]])])
      const written = (await create()).fromConnectData(`null${i}`, schema, value)
      if (isProtobuf || 'allow.optional.map.keys' in settings) {
        await assert.rejects(async () => written, { name: 'DataError' })
        return
      }
      const read = await (await create()).toConnectData(`null${i}`, await written, [])
      assert.deepEqual((read.value as Struct).get('map'), new Map([[null, 1]]))
    })
  }
})
