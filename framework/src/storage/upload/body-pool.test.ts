import assert from 'node:assert/strict'
import test from 'node:test'

import { BodyPool } from './body-pool.ts'

const KIB = 1024

test('a buffer that was given back is taken again by whoever needs about as many bytes', () => {
  const pool = new BodyPool(1024 * KIB)
  const first = pool.take(20 * KIB)
  assert.ok(first.length >= 20 * KIB)
  pool.give(first.subarray(0, 5))
  const again = pool.take(30 * KIB)
  assert.equal(again.buffer, first.buffer)
  assert.equal(again.length, 32 * KIB, 'all of it, though a part was given back')
  assert.notEqual(pool.take(30 * KIB).buffer, first.buffer, 'it is taken')
})

test('a buffer of another size is not taken', () => {
  const pool = new BodyPool(1024 * KIB)
  pool.give(pool.take(64 * KIB))
  assert.equal(pool.take(16 * KIB).length, 16 * KIB)
  assert.equal(pool.take(65 * KIB).length, 128 * KIB)
})

test('keeps no more bytes than it may', () => {
  const pool = new BodyPool(32 * KIB)
  const buffers = [pool.take(16 * KIB), pool.take(16 * KIB), pool.take(16 * KIB)]
  for (const buffer of buffers) pool.give(buffer)
  const taken = [pool.take(16 * KIB), pool.take(16 * KIB), pool.take(16 * KIB)]
  const reused = taken.filter((buffer) => buffers.some((given) => given.buffer === buffer.buffer))
  assert.equal(reused.length, 2)
})

test('leaves buffers alone that it has not made', () => {
  const pool = new BodyPool(1024 * KIB)
  const foreign = Buffer.allocUnsafeSlow(20 * KIB)
  pool.give(foreign)
  assert.notEqual(pool.take(20 * KIB).buffer, foreign.buffer)
})
