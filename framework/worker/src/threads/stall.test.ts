import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStalled } from './stall.ts'

test('a thread is stalled when it has not beaten for the time-out and the process had CPU time to do it in', () => {
  assert.equal(isStalled(10_000, 10_000, 10_000), false, 'not yet')
  assert.equal(isStalled(10_001, 9_500, 10_000), true, 'an endless loop')
  assert.equal(isStalled(10_001, 400, 10_000), false, 'a machine that is busy with other processes')
  assert.equal(isStalled(60_000, 400, 10_000), false)
  assert.equal(isStalled(60_001, 400, 10_000), true, 'blocked in a call')
})
