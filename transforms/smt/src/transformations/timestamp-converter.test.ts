import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DataError } from '@spillway/api'
import fc from 'fast-check'
import { applyToOne, plainRecord } from './conformance/sample-record.ts'
import { timestampConverterPlugins } from './timestamp-converter.ts'

const [, plugin] = timestampConverterPlugins

test('a moment that JavaScript has no date for fails instead of becoming another', () => {
  for (const [precision, value] of [
    ['seconds', 9_000_000_000_000],
    ['milliseconds', 2n ** 63n - 1n],
  ] as const) {
    assert.throws(
      () =>
        applyToOne(plugin, { 'target.type': 'Timestamp', 'unix.precision': precision }, plainRecord(value)),
      DataError,
    )
  }
})

test('a text without a format fails, saying what to configure', () => {
  assert.throws(() => applyToOne(plugin, { 'target.type': 'unix' }, plainRecord('2024')), {
    name: 'DataError',
    message: 'TimestampConverter requires format option to be specified when using string timestamps',
  })
})

test('unix times of every precision come back by way of a Timestamp, milliseconds exact', () => {
  const precisions = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const
  fc.assert(
    fc.property(fc.integer({ min: -4e12, max: 4e12 }), fc.constantFrom(...precisions), (value, precision) => {
      const unit = { seconds: 1000, milliseconds: 1, microseconds: 1, nanoseconds: 1 }[precision]
      const millis = value - (value % unit)
      const config = { 'unix.precision': precision }
      const unix = applyToOne(plugin, { ...config, 'target.type': 'unix' }, plainRecord(new Date(millis)))
      const back = applyToOne(plugin, { ...config, 'target.type': 'Timestamp' }, unix)
      assert.equal((back.value as Date).getTime(), millis)
    }),
  )
})
