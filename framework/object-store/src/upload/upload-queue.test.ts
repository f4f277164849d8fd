import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import test from 'node:test'

import { UploadQueue } from './upload-queue.ts'

test('runs so many at once, in the order they came, however many wait', async () => {
  const queue = new UploadQueue(2)
  const started: number[] = []
  const finish: (() => void)[] = []
  for (let i = 0; i < 3000; i++) {
    queue.add(() => {
      started.push(i)
      return new Promise((resolve) => finish.push(resolve))
    })
  }
  assert.deepEqual(started, [0, 1])
  assert.equal(queue.pending, 3000)
  for (let i = 0; i < 3000; i++) {
    finish[i]?.()
    await setImmediate()
    assert.equal(queue.pending, 2999 - i)
  }
  assert.deepEqual(
    started,
    Array.from({ length: 3000 }, (_, i) => i),
  )
})
