import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sampled } from './sampled.ts'

test('a sample tells of the window that runs and the one before', () => {
  const sampled = new Sampled(0)
  assert.ok(Number.isNaN(sampled.average(0)) && Number.isNaN(sampled.max(0)) && Number.isNaN(sampled.min(0)))
  assert.equal(sampled.rate(0), 0)
  sampled.record(10, 1_000)
  sampled.record(20, 2_000)
  assert.deepEqual([sampled.average(2_000), sampled.min(2_000), sampled.max(2_000)], [15, 10, 20])
  // One window at least: 30 within 30 s.
  assert.equal(sampled.rate(3_000), 1)
  assert.equal(sampled.frequency(3_000), 2 / 30)
  sampled.record(60, 40_000)
  assert.equal(sampled.average(40_000), 30)
  assert.equal(sampled.rate(45_000), 2)
  assert.equal(sampled.share(45_000), 90 / 45_000)
  // The first window is gone, without a record in between.
  assert.equal(sampled.average(75_000), 60)
  assert.ok(Number.isNaN(sampled.average(200_000)))
  assert.equal(sampled.rate(200_000), 0)
  assert.deepEqual([sampled.total, sampled.count], [90, 3])
})
