import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const plugin = join(import.meta.dirname, '..', 'plugins', 'misbehaving-sink.ts')
const folder = mkdtempSync(join(tmpdir(), 'spillway-isolation-'))

interface Task {
  readonly state: string
  readonly trace?: string
  readonly restarts?: number
  readonly next_restart?: string
}

suite('a task that takes its thread down', () => {
  let worker: WorkerProcess

  /** A one-task connector with a topic of its own. */
  async function add(
    config: Record<string, string> = {},
  ): Promise<{ name: string; topic: string; file: string }> {
    const name = uniqueName('isolated')
    const topic = uniqueName('isolated')
    const file = join(folder, name)
    await createTopic(topic, 1)
    const reply = await worker.rest('POST', '/connectors', {
      name,
      config: {
        'connector.class': plugin,
        topics: topic,
        file,
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
        // Long, so that only an ended membership explains a quick return.
        'consumer.override.session.timeout.ms': '30000',
        ...config,
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    return { name, topic, file }
  }
  const send = async (topic: string, value: string): Promise<void> =>
    await produce([{ topic, partition: 0, value: Buffer.from(value) }])
  const has = (file: string, text: string): boolean => existsSync(file) && readFileSync(file, 'utf8') === text
  const taskOf = async (name: string): Promise<Task> =>
    (await worker.rest('GET', `/connectors/${name}/tasks/0/status`)).body as Task

  before(async () => {
    worker = await WorkerProcess.start({
      // One thread: all tasks are neighbours.
      config: {
        'task.threads': '1',
        'task.thread.stall.timeout.ms': '8000',
        'task.thread.memory.mb': '128',
        'config.providers': 'env',
        'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
      },
      env: { RESTARTS: '3' },
    })
  })
  after(async () => {
    await worker.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [value, why] of [
    ['loop', /kept its thread busy for more than 8000 ms/],
    ['fill', /memory/],
  ] as const) {
    test(`with "${value}" is FAILED and says why; its neighbours write again from where they were`, async () => {
      const culprit = await add()
      const neighbours = [await add(), await add()]
      for (const { topic, file } of neighbours) {
        await send(topic, 'before')
        await until('the neighbour writes', () => has(file, 'before\n'))
      }
      await send(culprit.topic, value)
      await until('the culprit is FAILED', async () => (await taskOf(culprit.name)).state === 'FAILED')
      assert.match((await taskOf(culprit.name)).trace ?? '', why)
      for (const { topic, file } of neighbours) {
        await send(topic, 'after')
        // Records since the last commit may come twice to this sink; what matters is that the new one comes.
        await until(
          'the neighbour writes again',
          () => readFileSync(file, 'utf8').endsWith('after\n'),
          20_000,
        )
      }
      for (const { name } of [culprit, ...neighbours]) await worker.rest('DELETE', `/connectors/${name}`)
    })
  }

  test('an error that a restart may cure is followed by restarts with growing pauses, which the status shows', async () => {
    // As with any key, the value may come from a configuration provider.
    const flaky = await add({ 'errors.restart.delay.ms': '100', 'errors.restart.max': '${env:RESTARTS}' })
    await send(flaky.topic, 'flaky')
    await until('three restarts are used up', async () => {
      const task = await taskOf(flaky.name)
      return task.state === 'FAILED' && task.restarts === 3 && task.next_restart === undefined
    })
    assert.match(
      (await taskOf(flaky.name)).trace ?? '',
      /asked to fail for now.*RetriableException: try later/s,
    )
    await worker.rest('DELETE', `/connectors/${flaky.name}`)
  })

  test('B8: any other error fails the task for good', async () => {
    const failing = await add()
    await send(failing.topic, 'fail')
    await until('the task is FAILED', async () => (await taskOf(failing.name)).state === 'FAILED')
    const task = await taskOf(failing.name)
    assert.match(task.trace ?? '', /Exiting WorkerSinkTask due to unrecoverable exception\..*asked to fail/s)
    assert.equal(task.next_restart, undefined)
    assert.equal(task.restarts, undefined)
    await worker.rest('DELETE', `/connectors/${failing.name}`)
  })
})
