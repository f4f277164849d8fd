import assert from 'node:assert/strict'
import test from 'node:test'

import { releaseStartupMemory } from './release-startup-memory.ts'

test('what nothing needs any more is gone from the heap at once', () => {
  const MIB = 1024 * 1024
  let garbage: unknown = Array.from({ length: 400_000 }, (_, i) => ({ i }))
  const before = process.memoryUsage().heapUsed
  assert.notEqual(garbage, undefined)
  garbage = undefined
  releaseStartupMemory()
  assert.ok(process.memoryUsage().heapUsed < before - 8 * MIB)
})
