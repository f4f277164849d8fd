import assert from 'node:assert/strict'
import test from 'node:test'

import { BufferPool } from './buffer-pool.ts'

const KIB = 1024

test('a buffer that was given back is taken again by whoever needs about as many bytes', () => {
  const pool = new BufferPool(1024 * KIB)
  const first = pool.take(20 * KIB)
  assert.ok(first.length >= 20 * KIB)
  pool.give(first.subarray(0, 5))
  const again = pool.take(30 * KIB)
  assert.equal(again.buffer, first.buffer)
  assert.equal(again.length, 32 * KIB, 'all of it, though a part was given back')
  assert.notEqual(pool.take(30 * KIB).buffer, first.buffer, 'it is taken')
})

test('a buffer of another size is not taken', () => {
  const pool = new BufferPool(1024 * KIB)
  pool.give(pool.take(64 * KIB))
  assert.equal(pool.take(16 * KIB).length, 16 * KIB)
  assert.equal(pool.take(65 * KIB).length, 128 * KIB)
})

test('keeps no more bytes than it may', () => {
  const pool = new BufferPool(32 * KIB)
  const buffers = [pool.take(16 * KIB), pool.take(16 * KIB), pool.take(16 * KIB)]
  for (const buffer of buffers) pool.give(buffer)
  const taken = [pool.take(16 * KIB), pool.take(16 * KIB), pool.take(16 * KIB)]
  const reused = taken.filter((buffer) => buffers.some((given) => given.buffer === buffer.buffer))
  assert.equal(reused.length, 2)
})

test('frees at once what it may not keep, rather than leave it to the garbage collector', () => {
  const pool = new BufferPool(32 * KIB)
  const large = pool.take(64 * KIB)
  pool.give(large)
  assert.equal(large.length, 0)
  assert.equal(pool.take(64 * KIB).length, 64 * KIB)
})
