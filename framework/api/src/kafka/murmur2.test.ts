import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { JAVA_PARTITIONS } from '../../../kafka/src/testing/java-partitions.ts'
import { murmur2, partitionForKey } from './murmur2.ts'

interface Vectors {
  readonly keys: readonly {
    readonly key?: string
    readonly keyHex?: string
    readonly murmur2: number
    readonly partition: Readonly<Record<string, number>>
  }[]
}

const { keys: ours } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/partitioner.json'), 'utf8'),
) as Vectors

test('keys get the hash and the partitions that Java gives them', () => {
  for (const keys of [ours, JAVA_PARTITIONS]) {
    assert.ok(keys.length >= 25)
    for (const { key, keyHex, murmur2: hash, partition } of keys) {
      const bytes = keyHex === undefined ? Buffer.from(key ?? '') : Buffer.from(keyHex, 'hex')
      assert.equal(murmur2(bytes), hash, key ?? keyHex)
      for (const [count, expected] of Object.entries(partition))
        assert.equal(partitionForKey(bytes, Number(count)), expected, `${key ?? keyHex} of ${count}`)
    }
  }
})

test('keys of every length have the hash of exact arithmetic, cut to 32 bits', () => {
  for (const length of [...Array.from({ length: 70 }, (_, i) => i), 1000, 4099, 100_003]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 0xff)
    assert.equal(murmur2(bytes), exactMurmur2(bytes), `${length} bytes`)
  }
})

/** Java's, in numbers without a width. */
function exactMurmur2(bytes: Uint8Array): number {
  const cut = (n: bigint): bigint => BigInt.asUintN(32, n)
  const m = 0x5bd1e995n
  let h = cut(0x9747b28cn ^ BigInt(bytes.length))
  const whole = bytes.length - (bytes.length % 4)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < whole; i += 4) {
    let k = cut(BigInt(view.getUint32(i, true)) * m)
    k = cut((k ^ (k >> 24n)) * m)
    h = cut(h * m) ^ k
  }
  const rest = [...bytes.subarray(whole)]
  if (rest.length > 0) {
    for (const [i, byte] of rest.entries()) h ^= BigInt(byte) << BigInt(8 * i)
    h = cut(h * m)
  }
  h = cut((h ^ (h >> 13n)) * m)
  return Number(BigInt.asIntN(32, h ^ (h >> 15n)))
}
