import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import pino from 'pino'
import { systemClock } from '../../../api/src/time/clock.ts'
import { MemoryLog } from './memory-log.ts'
import { type StatusRecord, StatusStore } from './status-store.ts'

const logger = pino({ level: 'silent' })
const id = { connector: 'c', task: 0 }
const status = (state: StatusRecord['state'], worker = 'here', generation = 1): StatusRecord => ({
  state,
  trace: null,
  worker_id: worker,
  generation,
})

suite('StatusStore', () => {
  const store = (): StatusStore => new StatusStore((onRecord) => new MemoryLog(onRecord), systemClock, logger)

  test('a safe write that is still looking does not come after a later write', async () => {
    const statuses = store()
    const failed = statuses.putTaskSafe(id, status('FAILED'))
    await statuses.putTask(id, status('RUNNING'))
    await failed
    assert.equal(statuses.task(id)?.state, 'RUNNING')
  })

  test('nor after a removal', async () => {
    const statuses = store()
    await statuses.putTask(id, status('RUNNING'))
    const failed = statuses.putTaskSafe(id, status('FAILED'))
    await statuses.removeTask(id, 'here')
    await failed
    assert.equal(statuses.task(id), undefined)
  })

  test('of two safe writes the later one counts', async () => {
    const statuses = store()
    await Promise.all([
      statuses.putTaskSafe(id, status('FAILED')),
      statuses.putTaskSafe(id, status('UNASSIGNED')),
    ])
    assert.equal(statuses.task(id)?.state, 'UNASSIGNED')
  })

  test('a safe write does not hide what another worker wrote in a later generation', async () => {
    const statuses = store()
    await statuses.putTask(id, status('RUNNING', 'there', 2))
    await statuses.putTaskSafe(id, status('FAILED'))
    assert.equal(statuses.task(id)?.worker_id, 'there')
  })

  test('topics of a connector are known once each until they are reset', async () => {
    const statuses = store()
    await statuses.addTopic('t', id)
    await statuses.addTopic('t', { ...id, task: 1 })
    assert.deepEqual(statuses.topics('c'), ['t'])
    await statuses.resetTopics('c')
    assert.deepEqual(statuses.topics('c'), [])
  })
})
