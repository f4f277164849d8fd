import assert from 'node:assert/strict'
import test from 'node:test'

import { UploadLimiter } from './upload-limiter.ts'

const never = new AbortController().signal

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = {}
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

test('grants up to its requests and bytes, then waits until some are given back', async () => {
  const limiter = new UploadLimiter({ maxRequests: 2, maxBytes: 100 })
  const first = await limiter.acquire(60, never)
  const second = limiter.acquire(50, never)
  assert.equal(await isSettled(second), false, '110 bytes are too many')
  first.release()
  const held = await second
  const third = await limiter.acquire(10, never)
  const fourth = limiter.acquire(1, never)
  assert.equal(await isSettled(fourth), false, 'three requests are too many')
  third.release()
  third.release()
  await fourth
  assert.equal(limiter.bytesInFlight, 51)
  held.release()
})

test('lets one request through however large it is', async () => {
  const limiter = new UploadLimiter({ maxRequests: 4, maxBytes: 10 })
  const large = await limiter.acquire(1000, never)
  const small = limiter.acquire(1, never)
  assert.equal(await isSettled(small), false)
  large.release()
  await small
})

test('serves first who came first: small requests do not overtake a large one', async () => {
  const limiter = new UploadLimiter({ maxRequests: 4, maxBytes: 10 })
  const first = await limiter.acquire(6, never)
  const large = limiter.acquire(10, never)
  const small = limiter.acquire(1, never)
  assert.equal(await isSettled(small), false)
  first.release()
  const held = await large
  assert.equal(await isSettled(small), false)
  held.release()
  await small
})

test('one that is aborted while it waits takes nothing and lets the next one through', async () => {
  const limiter = new UploadLimiter({ maxRequests: 4, maxBytes: 10 })
  const abort = new AbortController()
  await limiter.acquire(6, never)
  const large = limiter.acquire(10, abort.signal)
  const small = limiter.acquire(4, never)
  abort.abort(new Error('given up'))
  await assert.rejects(large, /given up/)
  await small
  await assert.rejects(limiter.acquire(1, abort.signal), /given up/)
  assert.equal(limiter.bytesInFlight, 10)
})
