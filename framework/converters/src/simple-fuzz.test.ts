import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { DataError } from '../../api/src/errors/connect-errors.ts'
import { fuzzRuns, seed } from './conformance/property-runs.ts'
import { builtInConverters } from './built-in-converters.ts'

const SIMPLE = /\.(?:String|ByteArray|Boolean|Short|Integer|Long|Float|Double)Converter$/

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
