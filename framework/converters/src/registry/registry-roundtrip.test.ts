import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { ConverterPlugin } from '../../../api/src/connector/converter.ts'
import { DataError } from '../../../api/src/errors/connect-errors.ts'
import { avroConverterPlugin } from '../avro/avro-converter.ts'
import { type SampleLimits, samples } from '../conformance/connect-arbitraries.ts'
import { FakeRegistry } from '../conformance/fake-registry.ts'
import { mutate, randomOf } from '../conformance/mutate.ts'
import { plainValue } from '../conformance/plain-value.ts'
import { check, fuzzRuns, seed } from '../conformance/property-runs.ts'
import { jsonSchemaConverterPlugin } from '../json-schema/json-schema-converter.ts'
import { protobufConverterPlugin } from '../protobuf/protobuf-converter.ts'

interface Case {
  readonly plugin: ConverterPlugin
  readonly settings: Record<string, string>
  readonly limits: SampleLimits
}

const CASES: readonly Case[] = [
  { plugin: avroConverterPlugin, settings: {}, limits: {} },
  { plugin: jsonSchemaConverterPlugin, settings: {}, limits: {} },
  { plugin: jsonSchemaConverterPlugin, settings: { 'decimal.format': 'NUMERIC' }, limits: {} },
  {
    plugin: protobufConverterPlugin,
    settings: { 'optional.for.nullables': 'true' },
    limits: { anyTop: false, defaults: false, nullItems: false, plainCollections: true },
  },
  {
    plugin: protobufConverterPlugin,
    settings: { 'wrapper.for.nullables': 'true' },
    limits: { anyTop: false, defaults: false, nullItems: false, plainCollections: true },
  },
]

let registry: FakeRegistry
before(async () => {
  registry = await FakeRegistry.start()
})
after(() => registry.stop())

async function create({ plugin, settings }: Case) {
  const converter = plugin.create()
  await converter.configure({ 'schema.registry.url': registry.url, ...settings }, false)
  return converter
}

let topics = 0
for (const tested of CASES) {
  const name = tested.plugin.className.replace(/.*\./, '')
  const settings = JSON.stringify(tested.settings)

  it(`${name} ${settings} reads back every value it writes`, async () => {
    const writer = await create(tested)
    const reader = await create(tested)
    await check(samples(tested.limits), 100, async ({ schema, value }) => {
      if (value === null) return
      const topic = `t${topics++}`
      const bytes = await writer.fromConnectData(topic, schema, value)
      const read = await reader.toConnectData(topic, bytes, [])
      assert.deepEqual(plainValue(read.value), plainValue(value))
      assert.equal(read.schema?.type, schema.type)
    })
  })

  it(`${name} ${settings} takes mutated payloads for an error or a value`, async () => {
    const converter = await create(tested)
    const random = randomOf(seed())
    const runs = fuzzRuns(1000)
    let errors = 0
    let done = 0
    await check(samples(tested.limits), 10, async ({ schema, value }) => {
      if (value === null || done >= runs) return
      const bytes = await converter.fromConnectData('fuzz', schema, value)
      if (bytes === null) return
      for (let i = Math.ceil(runs / 10); i > 0; i--, done++) {
        // The id stays: another one would only ask the registry.
        const mutated = Buffer.concat([bytes.subarray(0, 5), mutate(bytes.subarray(5), random)])
        try {
          await converter.toConnectData('fuzz', mutated, [])
        } catch (error) {
          errors++
          assert.ok(error instanceof DataError, String(error))
        }
      }
    })
    assert.ok(errors > 0)
  })
}
