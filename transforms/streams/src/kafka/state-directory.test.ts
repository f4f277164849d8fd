import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SqliteStoreEngine } from '../state/index.ts'
import { StateDirectory } from './state-directory.ts'

function withFolder(run: (path: string) => void): void {
  const path = mkdtempSync(join(tmpdir(), 'spillway-state-'))
  try {
    run(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

const context = {
  applicationId: 'app',
  taskId: '0_1',
  currentTimestamp: () => 0,
  recordExpired: () => undefined,
}

test('state is not read and not deleted while somebody has it, of this process or another', () => {
  withFolder((stateDir) => {
    const directory = new StateDirectory(stateDir, 'app')
    // As another process does, it knows nothing of the locks of this one.
    const other = new SqliteStoreEngine({ stateDir })
    const store = other.keyValue({ name: 'kv', timestamped: false }, context)
    store.put(Buffer.from('a'), Buffer.from('1'))
    other.commit('app', '0_1', new Map([['kv', 2n ** 60n + 1n]]))
    const later = Date.now() + 1_000_000
    assert.equal(directory.offsets('0_1'), undefined)
    assert.deepEqual(directory.cleanUp(later, 1_000), [])
    other.close()

    assert.deepEqual(directory.offsets('0_1'), new Map([['kv', 2n ** 60n + 1n]]))
    assert.ok(directory.lock('0_1', other))
    assert.equal(directory.offsets('0_1'), undefined)
    assert.deepEqual(directory.cleanUp(later, 1_000), [])
    directory.unlock('0_1', other)
    assert.deepEqual(directory.cleanUp(Date.now(), 1_000), [], 'it was written just now')
    assert.deepEqual(directory.cleanUp(later, 1_000), ['0_1'])
    assert.equal(existsSync(join(directory.path, '0_1')), false)
  })
})

test('state that cannot be read is deleted all the same, and what is no task stays', () => {
  withFolder((stateDir) => {
    const directory = new StateDirectory(stateDir, 'app')
    directory.processId()
    for (const name of ['0_0', '1_0', 'global', 'notes']) mkdirSync(join(directory.path, name))
    writeFileSync(join(directory.path, '0_0', 'stores.sqlite'), 'no database')
    assert.equal(directory.offsets('0_0'), undefined)
    assert.deepEqual(directory.cleanUp(Date.now() + 1_000_000, 0), ['0_0', '1_0'])
    assert.deepEqual(
      ['global', 'notes'].map((name) => existsSync(join(directory.path, name))),
      [true, true],
    )
  })
})

test('one thread has the lock of a task, as often as it asks, until it lets go', () => {
  const directory = new StateDirectory('nowhere', 'app')
  const [first, second] = [{}, {}]
  assert.deepEqual(
    [directory.lock('0_0', first), directory.lock('0_0', first), directory.lock('0_0', second)],
    [true, true, false],
  )
  directory.unlock('0_0', second)
  assert.equal(directory.lock('0_0', second), false)
  directory.unlock('0_0', first)
  assert.equal(directory.lock('0_0', second), true)
})
