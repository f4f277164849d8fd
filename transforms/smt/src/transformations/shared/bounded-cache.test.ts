import assert from 'node:assert/strict'
import { test } from 'node:test'
import { INT32, SchemaBuilder } from '@spillway/api'
import fc from 'fast-check'
import { BoundedCache } from './bounded-cache.ts'
import { SchemaCache } from './schema-cache.ts'

test('builds once for a key and forgets the one unused for longest', () => {
  const built: string[] = []
  const cache = new BoundedCache<string, string>(2)
  const get = (key: string): string =>
    cache.get(key, (k) => {
      built.push(k)
      return k.toUpperCase()
    })
  for (const key of ['a', 'a', 'b', 'a', 'c', 'a', 'b']) assert.equal(get(key), key.toUpperCase())
  assert.deepEqual(built, ['a', 'b', 'c', 'b'])
  assert.equal(cache.size, 2)
})

test('a build that throws leaves nothing behind', () => {
  const cache = new BoundedCache<string, string>(2)
  assert.throws(() =>
    cache.get('a', () => {
      throw new Error('no')
    }),
  )
  assert.equal(cache.size, 0)
  assert.equal(
    cache.get('a', () => 'yes'),
    'yes',
  )
})

test('a schema is known by identity, and sixteen of them', () => {
  const cache = new SchemaCache<object>()
  const schemas = Array.from({ length: 40 }, () => SchemaBuilder.struct().field('a', INT32).build())
  const results = schemas.map((schema) => cache.get(schema, () => ({})))
  assert.equal(new Set(results).size, 40)
  assert.equal(cache.size, 16)
  const last = schemas.at(-1)
  assert.ok(last !== undefined)
  assert.equal(
    cache.get(last, () => ({})),
    results.at(-1),
  )
})

test('answers as a function of the key, and never holds more than its limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 8 }), (keys, limit) => {
      const cache = new BoundedCache<number, string>(limit)
      for (const key of keys) {
        assert.equal(cache.get(key, String), String(key))
        assert.ok(cache.size <= limit)
      }
    }),
  )
})
