import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { failureOf } from '../../scripts/quickstart/failure-of.ts'
import { untilWritten } from '../../scripts/quickstart/until-written.ts'
import { s3ConfigFor } from '../s3/support/test-bucket.ts'
import { createTopic, uniqueName } from '../support/topics.ts'
import { WorkerProcess } from '../support/worker-process.ts'

suite('the quickstart', () => {
  const topic = uniqueName('quickstart')
  let worker: WorkerProcess
  before(async () => {
    await createTopic(topic, 1)
    worker = await WorkerProcess.start()
  })
  after(async () => {
    await worker.dispose()
  })

  test('ends with the reason, long before it gives up, when a task has FAILED', async () => {
    assert.equal(await failureOf(worker.url), undefined)
    const config = { ...s3ConfigFor('no-such-bucket'), topics: topic }
    assert.equal((await worker.rest('POST', '/connectors', { name: 'orders', config })).status, 201)
    let steps = 0
    await assert.rejects(
      untilWritten({
        rest: worker.url,
        exitCode: () => undefined,
        giveUpMs: 3_600_000,
        step: async () => ++steps < 0,
      }),
      (error: Error) => {
        assert.match(error.message, /^Task 0 of orders has FAILED: .*Non-existent S3 bucket: no-such-bucket/)
        assert.doesNotMatch(error.message, /\n\s+at /)
        return true
      },
    )
  })

  test('ends when its worker has, or nothing comes for too long; nobody who answers is no failure', async () => {
    const run = {
      rest: 'http://127.0.0.1:1',
      exitCode: () => undefined,
      giveUpMs: 0,
      step: async () => false,
    }
    await assert.rejects(untilWritten(run), /Not all of it after 0 s/)
    await assert.rejects(untilWritten({ ...run, exitCode: () => 7 }), /ended with exit code 7/)
    await untilWritten({ ...run, step: async () => true })
  })
})
