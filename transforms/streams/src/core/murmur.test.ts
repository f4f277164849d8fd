import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { murmur2, partitionForKey } from './murmur.ts'

interface Vectors {
  readonly keys: readonly {
    readonly key?: string
    readonly keyHex?: string
    readonly murmur2: number
    readonly partition: Readonly<Record<string, number>>
  }[]
}

const file = join(import.meta.dirname, '../conformance/fixtures/partitioner.json')
const { keys } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

test('keys get the hash and the partitions that Java gives them', () => {
  assert.ok(keys.length >= 28)
  for (const { key, keyHex, murmur2: hash, partition } of keys) {
    const bytes = keyHex === undefined ? Buffer.from(key ?? '') : Buffer.from(keyHex, 'hex')
    assert.equal(murmur2(bytes), hash, key ?? keyHex)
    for (const [count, expected] of Object.entries(partition))
      assert.equal(partitionForKey(bytes, Number(count)), expected, `${key ?? keyHex} of ${count}`)
  }
})
