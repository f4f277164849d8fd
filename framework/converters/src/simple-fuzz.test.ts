import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Schema, type SchemaType } from '../../api/src/data/schema.ts'
import { DataError } from '../../api/src/errors/connect-errors.ts'
import { builtInConverters } from './built-in-converters.ts'
import { valueOf } from './testing/connect-arbitraries.ts'
import { converterConformance } from './testing/converter-suite.ts'
import { fuzzRuns, seed } from './testing/property-runs.ts'

const SIMPLE = /\.(String|ByteArray|Boolean|Short|Integer|Long|Float|Double)Converter$/

suite('any bytes at all are an error or a value that is written as the same bytes', () => {
  for (const plugin of builtInConverters) {
    if (plugin.kind !== 'converter' || !SIMPLE.test(plugin.className)) continue
    test(plugin.className, async () => {
      const converter = plugin.create()
      await converter.configure({}, false)
      let values = 0
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 12 }), async (bytes) => {
          let read
          try {
            read = await converter.toConnectData('t', Buffer.from(bytes), [])
          } catch (error) {
            assert.ok(error instanceof DataError, String(error))
            return
          }
          values++
          // A NaN keeps no payload, a boolean no other bit than one, and bad UTF-8 becomes the replacement character.
          if (
            Number.isNaN(read.value) ||
            typeof read.value === 'boolean' ||
            String(read.value).includes('\ufffd')
          )
            return
          assert.deepEqual(await converter.fromConnectData('t', read.schema, read.value), Buffer.from(bytes))
        }),
        { numRuns: fuzzRuns(1_000), seed: seed() },
      )
      assert.ok(values > 0, 'some of them were values')
    })
  }
})

const TYPES: Readonly<Record<string, SchemaType>> = {
  String: 'STRING',
  ByteArray: 'BYTES',
  Boolean: 'BOOLEAN',
  Short: 'INT16',
  Integer: 'INT32',
  Long: 'INT64',
  Float: 'FLOAT32',
  Double: 'FLOAT64',
}

for (const plugin of builtInConverters) {
  const [, name = ''] = SIMPLE.exec(plugin.className) ?? []
  const type = TYPES[name]
  if (plugin.kind !== 'converter' || type === undefined) continue
  const schema = new Schema({ type, optional: true })
  converterConformance({
    name: `${name}Converter`,
    create: async () => {
      const converter = plugin.create()
      await converter.configure({}, false)
      return converter
    },
    samples: valueOf(schema).map((value) => ({ schema, value })),
    keepsSchemas: true,
    readsAnyBytes: type === 'STRING' || type === 'BYTES',
  })
}
