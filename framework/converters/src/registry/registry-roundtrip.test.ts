import { after, before } from 'node:test'
import type { ConverterPlugin } from '../../../api/src/connector/converter.ts'
import { avroConverterPlugin } from '../avro/avro-converter.ts'
import { FakeRegistry } from '../conformance/fake-registry.ts'
import { jsonSchemaConverterPlugin } from '../json-schema/json-schema-converter.ts'
import { protobufConverterPlugin } from '../protobuf/protobuf-converter.ts'
import { type SampleLimits, samples } from '../testing/connect-arbitraries.ts'
import { converterConformance } from '../testing/converter-suite.ts'

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

for (const { plugin, settings, limits } of CASES) {
  converterConformance({
    name: `${plugin.className.replace(/.*\./, '')} ${JSON.stringify(settings)}`,
    create: async () => {
      const converter = plugin.create()
      await converter.configure({ 'schema.registry.url': registry.url, ...settings }, false)
      return converter
    },
    samples: samples(limits),
    // Another id of a schema would only ask the registry.
    headBytes: 5,
  })
}
