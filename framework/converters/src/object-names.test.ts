import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { ConverterPlugin } from '../../api/src/connector/converter.ts'
import { SchemaBuilder, STRING } from '../../api/src/data/schema-builder.ts'
import { Struct } from '../../api/src/data/struct.ts'
import { avroConverterPlugin } from './avro/avro-converter.ts'
import { FakeRegistry } from './conformance/fake-registry.ts'
import { plainValue } from './testing/plain-value.ts'
import { jsonSchemaConverterPlugin } from './json-schema/json-schema-converter.ts'
import { jsonConverterPlugins } from './json/json-converter.ts'
import { protobufConverterPlugin } from './protobuf/protobuf-converter.ts'

/** Names that plain assignment to an object, or looking up in one, takes for something else. */
const NAMES = Object.getOwnPropertyNames(Object.prototype)
const [jsonConverterPlugin] = jsonConverterPlugins
const CONVERTERS: readonly ConverterPlugin[] = [
  jsonConverterPlugin,
  avroConverterPlugin,
  jsonSchemaConverterPlugin,
  protobufConverterPlugin,
]

let registry: FakeRegistry
before(async () => {
  registry = await FakeRegistry.start()
})
after(() => registry.stop())

const textMap = SchemaBuilder.map(STRING, STRING)

/** A struct that has all of the names as fields, in a struct within it, and as keys of a map. */
function sample(): Struct {
  const inner = SchemaBuilder.struct().name('Inner')
  for (const name of NAMES) inner.field(name, STRING)
  const outer = SchemaBuilder.struct().name('space.toString')
  const innerSchema = inner.build()
  for (const name of NAMES) outer.field(name, innerSchema)
  const schema = outer.field('map', textMap.build()).build()
  const value = new Struct(schema)
  for (const name of NAMES) {
    const part = new Struct(innerSchema)
    for (const field of NAMES) part.put(field, `${name}.${field}`)
    value.put(name, part)
  }
  return value.put('map', new Map(NAMES.map((name) => [name, name])))
}

for (const plugin of CONVERTERS) {
  it(`${plugin.className} keeps fields and keys that are named as members of every object`, async () => {
    const writer = plugin.create()
    const reader = plugin.create()
    const config = { 'schema.registry.url': registry.url }
    await writer.configure(config, false)
    await reader.configure(config, false)
    const value = sample()
    const bytes = await writer.fromConnectData('names', value.schema, value)
    const read = await reader.toConnectData('names', bytes, [])
    assert.deepEqual(plainValue(read.value), plainValue(value))
    assert.deepEqual(
      (read.value as Struct).schema.fields.map(({ name }) => name),
      [...NAMES, 'map'],
    )
  })

  it(`${plugin.className} keeps parameters of that name`, async () => {
    if (plugin === protobufConverterPlugin) return
    const writer = plugin.create()
    const reader = plugin.create()
    const config = { 'schema.registry.url': registry.url }
    await writer.configure(config, false)
    await reader.configure(config, false)
    const builder = SchemaBuilder.struct().name('Named').field('a', STRING)
    for (const name of NAMES) builder.parameter(name, `of ${name}`)
    const schema = builder.build()
    const bytes = await writer.fromConnectData('parameters', schema, new Struct(schema).put('a', 'x'))
    const { schema: read } = await reader.toConnectData('parameters', bytes, [])
    assert.deepEqual(Object.entries(read?.parameters ?? {}), Object.entries(schema.parameters ?? {}))
  })
}

it('JSON without a schema keeps them, written and read', async () => {
  const converter = jsonConverterPlugin.create()
  await converter.configure({ 'schemas.enable': 'false' }, false)
  const text = `{${NAMES.map((name) => `"${name}":{"${name}":1}`).join(',')}}`
  const { value } = await converter.toConnectData('t', Buffer.from(text), [])
  assert.deepEqual(Object.keys(value as object), NAMES)
  assert.equal(String(await converter.fromConnectData('t', null, value)), text)
})
