import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import fc from 'fast-check'

import { compareBytes } from './byte-order.ts'
import { bytes, concat, hex, int64, propertyRuns, same } from '../testing/state-stores/harness.ts'
import {
  endOfSessionStoreKey,
  highestStoreKey,
  keyOfSessionStoreKey,
  keyOfWindowStoreKey,
  sequenceOfWindowStoreKey,
  sessionKeyOfTimeFirst,
  sessionStoreKey,
  startOfSessionStoreKey,
  startOfWindowStoreKey,
  timeFirstSessionKey,
  timeFirstWindowKey,
  timestampOfTimestamped,
  timestampedValue,
  valueOfTimestamped,
  windowKeyOfTimeFirst,
  windowStoreKey,
} from './java-keys.ts'

interface Format {
  readonly format: string
  readonly input: string
  readonly hex: string
}

// Written by Kafka Streams 4.3.1; the formats of topics, not of stores, are checked beside the serdes that write them.
const { formats } = JSON.parse(
  readFileSync(new URL('fixtures/java-formats.json', import.meta.url), 'utf8'),
) as { formats: Format[] }

function ofFormat(prefix: string): Format[] {
  const found = formats.filter(({ format }) => format.startsWith(prefix))
  assert.ok(found.length > 0, `no format begins with ${prefix}`)
  return found
}

for (const { format, input, hex: expected } of ofFormat('WindowKeySchema.toStoreKeyBinary')) {
  test(`window store key of ${input} is Java's (${format.slice(33, 60)})`, () => {
    const [, key, start, sequence] = /^(.+) start=(\d+) seq=(\d+)$/.exec(input) as unknown as [
      string,
      string,
      string,
      string,
    ]
    const storeKey = windowStoreKey(bytes(key), Number(start), Number(sequence))
    assert.equal(hex(storeKey), expected)
    same(keyOfWindowStoreKey(storeKey), bytes(key))
    assert.equal(startOfWindowStoreKey(storeKey), Number(start))
    assert.equal(sequenceOfWindowStoreKey(storeKey), Number(sequence))
  })
}

for (const { input, hex: expected } of ofFormat('SessionKeySchema.toBinary')) {
  test(`session store key of ${input} is Java's`, () => {
    const [, key, start, end] = /^(.+) start=(\d+) end=(\d+)$/.exec(input) as unknown as [
      string,
      string,
      string,
      string,
    ]
    const storeKey = sessionStoreKey(bytes(key), Number(start), Number(end))
    assert.equal(hex(storeKey), expected)
    same(keyOfSessionStoreKey(storeKey), bytes(key))
    assert.equal(startOfSessionStoreKey(storeKey), Number(start))
    assert.equal(endOfSessionStoreKey(storeKey), Number(end))
  })
}

for (const { input, hex: expected } of ofFormat('ValueAndTimestampSerializer')) {
  test(`timestamped value of ${input} is Java's`, () => {
    const [, value, timestamp] = /^(.+) @ (\d+)$/.exec(input) as unknown as [string, string, string]
    const stored = timestampedValue(bytes(value), Number(timestamp))
    assert.equal(hex(stored), expected)
    same(valueOfTimestamped(stored), bytes(value))
    assert.equal(timestampOfTimestamped(stored), Number(timestamp))
  })
}

const key = fc.uint8Array({ maxLength: 6 })
const time = fc.oneof(fc.nat(), fc.maxSafeNat())

test('time-first keys begin with the time and turn back into store keys', () => {
  fc.assert(
    fc.property(key, time, time, (each, start, end) => {
      const window = windowStoreKey(each, start, 7)
      same(timeFirstWindowKey(window).subarray(0, 8), int64(start))
      same(windowKeyOfTimeFirst(timeFirstWindowKey(window)), window)
      const session = sessionStoreKey(each, start, end)
      same(timeFirstSessionKey(session), concat(int64(end), int64(start), each))
      same(sessionKeyOfTimeFirst(timeFirstSessionKey(session)), session)
    }),
    { numRuns: propertyRuns },
  )
})

test('no store key of a key up to the bound is above highestStoreKey', () => {
  // A prefix of the bound, followed by a time that is above the rest of the bound: the case a plain suffix gets wrong.
  const tail = fc.array(fc.constantFrom(0, 0, 0, 1, 0x1f, 0x20, 0xff), { maxLength: 10 })
  fc.assert(
    fc.property(key, tail, key, time, (prefix, rest, other, start) => {
      const bound = concat(prefix, Uint8Array.from(rest))
      for (const low of [prefix, bound, other]) {
        if (compareBytes(low, bound) > 0) continue
        assert.ok(compareBytes(windowStoreKey(low, start, 0x7fffffff), highestStoreKey(bound, 12)) <= 0)
        assert.ok(compareBytes(sessionStoreKey(low, start, start), highestStoreKey(bound, 16)) <= 0)
      }
    }),
    { numRuns: propertyRuns },
  )
})
