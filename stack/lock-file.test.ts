import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { withLockFile } from './lock-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'spillway-lock-test-'))
after(() => rmSync(dir, { recursive: true }))

test('work under one lock does not overlap, and the lock is gone afterwards', async () => {
  const file = join(dir, 'turns')
  let inside = 0
  const work = async (): Promise<void> => {
    assert.equal(++inside, 1)
    await new Promise((resolve) => setImmediate(resolve))
    inside--
  }
  await Promise.all([withLockFile(file, work), withLockFile(file, work), withLockFile(file, work)])
  assert.equal(existsSync(file), false)
})

test('the lock is released when the work fails', async () => {
  const file = join(dir, 'failure')
  await assert.rejects(
    withLockFile(file, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await withLockFile(file, () => Promise.resolve('next')), 'next')
})

test('a lock whose holder is no more is taken over', async () => {
  const file = join(dir, 'dead')
  writeFileSync(file, JSON.stringify({ pid: process.pid, birth: 'another boot:1' }))
  assert.equal(await withLockFile(file, () => Promise.resolve('mine')), 'mine')
})

test('waiting for a lock tells who holds it and ends with the signal', async () => {
  const file = join(dir, 'held')
  await withLockFile(file, async () => {
    const abort = new AbortController()
    const waiting = withLockFile(file, () => Promise.resolve(), {
      onWait: (holder) => {
        assert.equal(holder, process.pid)
        abort.abort(new Error('enough'))
      },
      signal: abort.signal,
    })
    await assert.rejects(waiting, /enough/)
  })
})
