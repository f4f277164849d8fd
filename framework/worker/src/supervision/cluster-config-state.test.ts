import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ClusterConfigState, type ConfigChange } from './cluster-config-state.ts'

/** A state that has read these records, and what they changed. */
function read(...records: (readonly [string, unknown])[]): {
  state: ClusterConfigState
  changes: (ConfigChange | undefined)[]
} {
  const state = new ClusterConfigState()
  const changes = records.map(([key, value], i) => state.apply({ key, value, offset: BigInt(i) }))
  return { state, changes }
}

const connector = (x: string): unknown => ({ properties: { name: 'c', x } })
const task = (file: string): unknown => ({ properties: { file } })

suite('ClusterConfigState', () => {
  test('tasks count once they are committed, with the configuration they were made for', () => {
    const { state } = read(
      ['connector-c', connector('1')],
      ['task-c-0', task('f0')],
      ['task-c-1', task('f1')],
    )
    assert.equal(state.taskCount('c'), 0)
    state.apply({ key: 'commit-c', value: { tasks: 2 }, offset: 3n })
    assert.deepEqual(state.taskIds('c'), [
      { connector: 'c', task: 0 },
      { connector: 'c', task: 1 },
    ])
    state.apply({ key: 'connector-c', value: connector('2'), offset: 4n })
    assert.deepEqual(state.taskConfig({ connector: 'c', task: 1 }), { name: 'c', x: '1', file: 'f1' })
    assert.equal(state.offset, 5n)
  })

  test('a commit without all of its tasks lets nothing run and is to be written anew', () => {
    const { state } = read(
      ['connector-c', connector('1')],
      ['task-c-1', task('f1')],
      ['commit-c', { tasks: 2 }],
    )
    assert.equal(state.taskCount('c'), 0)
    assert.equal(state.taskConfig({ connector: 'c', task: 1 }), undefined)
    assert.equal(state.hasPublished('c', [{ file: 'f0' }, { file: 'f1' }]), false)
  })

  test('published tasks are up to date only for the same connector configuration', () => {
    const { state } = read(
      ['connector-c', connector('1')],
      ['task-c-0', task('f0')],
      ['commit-c', { tasks: 1 }],
    )
    assert.equal(state.hasPublished('c', [{ file: 'f0' }]), true)
    assert.equal(state.hasPublished('c', [{ file: 'other' }]), false)
    assert.equal(state.hasPublished('c', []), false)
    state.apply({ key: 'connector-c', value: connector('2'), offset: 3n })
    assert.equal(state.hasPublished('c', [{ file: 'f0' }]), false)
  })

  test('after compaction tasks may stand before their connector', () => {
    const { state } = read(
      ['task-c-0', task('f0')],
      ['commit-c', { tasks: 1 }],
      ['connector-c', connector('1')],
    )
    assert.deepEqual(state.taskConfig({ connector: 'c', task: 0 }), { name: 'c', x: '1', file: 'f0' })
    assert.equal(state.hasPublished('c', [{ file: 'f0' }]), false)
  })

  test('STOPPED is read from state.v2, and no target state means STARTED', () => {
    const { state } = read(
      ['connector-c', connector('1')],
      ['target-state-s', { state: 'PAUSED', 'state.v2': 'STOPPED' }],
      ['target-state-p', { state: 'PAUSED' }],
    )
    assert.equal(state.targetState('s'), 'STOPPED')
    assert.equal(state.targetState('p'), 'PAUSED')
    assert.equal(state.targetState('c'), 'STARTED')
  })

  test('a deleted connector is gone with its tasks and target state', () => {
    const { state, changes } = read(
      ['target-state-c', { state: 'PAUSED' }],
      ['connector-c', connector('1')],
      ['task-c-0', task('f0')],
      ['commit-c', { tasks: 1 }],
      ['connector-c', null],
      ['connector-c', connector('1')],
    )
    assert.equal(state.taskCount('c'), 0)
    assert.equal(state.targetState('c'), 'STARTED')
    assert.deepEqual(
      changes.map((change) => change?.changesWork),
      [false, true, undefined, true, true, true],
    )
  })

  test('names may hold dashes; what is no record of a connector, or cannot be read, changes nothing', () => {
    const { state, changes } = read(
      ['connector-a-b-1', connector('1')],
      ['task-a-b-1-0', task('f')],
      ['commit-a-b-1', { tasks: 1 }],
      ['session-key', { key: 'x' }],
      ['connector-bad', undefined],
      ['connector-worse', { properties: 'none' }],
      ['target-state-a-b-1', { state: 'NONSENSE' }],
      ['commit-a-b-1', { tasks: 'one' }],
    )
    assert.deepEqual(state.connectors(), ['a-b-1'])
    assert.deepEqual(state.taskConfig({ connector: 'a-b-1', task: 0 })?.['file'], 'f')
    assert.deepEqual(
      changes.slice(3),
      Array.from({ length: 5 }, () => undefined),
    )
  })

  test('a restart request is told with what it restarts', () => {
    const { changes } = read(['restart-connector-c', { 'include-tasks': true, 'only-failed': false }])
    assert.deepEqual(changes[0]?.restart, { includeTasks: true, onlyFailed: false })
  })
})
