import assert from 'node:assert/strict'
import { it } from 'node:test'
import { BoundedCache } from './bounded-cache.ts'
import { describeBytes } from './describe-bytes.ts'

it('says what bytes look like, and nothing of what they say', () => {
  const expected: [number[] | string, RegExp][] = [
    [[], /^nothing: it is empty$/],
    [
      [0, 0, 0, 0, 42, 1],
      /^Confluent wire format, schema id 42: use io\.confluent\.connect\.avro\.AvroConverter/,
    ],
    [[0x1f, 0x8b, 8], /^gzip compressed data$/],
    [[0x28, 0xb5, 0x2f, 0xfd], /^zstd compressed data$/],
    [[0x4f, 0x62, 0x6a, 1], /^an Avro container file$/],
    [[0xac, 0xed, 0, 5], /^a serialized Java object$/],
    [[1, ...Buffer.alloc(20, 7)], /schema GUID/],
    ['<xml/>', /^XML or HTML text$/],
    ['secret text', /^text of 11 bytes$/],
    [[7, 8, 9, 10, 11], /^binary data of 5 bytes that begins with 0x0708090a$/],
  ]
  for (const [bytes, message] of expected) {
    assert.match(describeBytes(typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes)), message)
  }
})

it('keeps what was used last, up to its limit', () => {
  const cache = new BoundedCache<string, number>(2)
  cache.set('a', 1)
  cache.set('b', 2)
  assert.equal(cache.get('a'), 1)
  cache.set('c', 3)
  assert.equal(cache.get('b'), undefined)
  assert.equal(cache.get('a'), 1)
  assert.equal(cache.size, 2)
})
