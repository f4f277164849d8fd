/** Cases A about restarts and failures. */
import assert from 'node:assert/strict'
import { before, after, suite, test } from 'node:test'
import { uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { CaseWorker, MODES, type StatusBody } from './cases/case-worker.ts'
import { differs } from './cases/differs.ts'
import { filledTopic } from './cases/monitored.ts'
import { target } from './target/selected-target.ts'

for (const mode of MODES) {
  suite(mode, () => {
    let worker: CaseWorker
    let topic: string
    before(async () => {
      topic = await filledTopic(['a', 'b'], 2)
      worker = await CaseWorker.start(mode)
    })
    after(async () => await worker.dispose())

    const mock = (config: Record<string, string> = {}): Record<string, string> => ({
      'connector.class': target.pluginClass('MockSink'),
      topics: topic,
      'tasks.max': '2',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      ...config,
    })

    test('A31, A32: restart without parameters is 204, with them 202 and shows RESTARTING', async () => {
      const name = uniqueName('restarted')
      await worker.create(name, mock())
      await worker.untilState(name, 'RUNNING', 2)
      const plain = await worker.rest('POST', `/connectors/${name}/restart`)
      assert.equal(plain.status, 204)
      assert.equal(plain.body, undefined)
      await worker.untilState(name, 'RUNNING', 2)
      const all = await worker.rest('POST', `/connectors/${name}/restart?includeTasks=true&onlyFailed=false`)
      assert.equal(all.status, 202)
      const body = all.body as StatusBody
      assert.deepEqual(
        [body.connector, ...body.tasks].map(({ state }) => state),
        ['RESTARTING', 'RESTARTING', 'RESTARTING'],
      )
      await worker.untilState(name, 'RUNNING', 2)
      await worker.remove(name)
    })

    test('A33: where nothing has failed, a restart of what has failed restarts nothing', async () => {
      const name = uniqueName('well')
      await worker.create(name, mock())
      await worker.untilState(name, 'RUNNING', 2)
      for (const query of ['includeTasks=true&onlyFailed=true', 'onlyFailed=true']) {
        const { status, body } = await worker.rest('POST', `/connectors/${name}/restart?${query}`)
        assert.equal(status, 202)
        assert.equal(JSON.stringify(body).includes('RESTARTING'), false)
      }
      await worker.remove(name)
    })

    test('A34, A37: a failed task has a trace while its connector runs; restarting what has failed restarts it alone', async () => {
      const name = uniqueName('failing-task')
      await worker.create(name, mock({ 'mock.mode': 'task-failure' }))
      await until('both tasks fail', async () => {
        const { tasks } = await worker.status(name)
        return tasks.length === 2 && tasks.every(({ state }) => state === 'FAILED')
      })
      const { connector, tasks } = await worker.status(name)
      assert.equal(connector.state, 'RUNNING')
      for (const { trace = '' } of tasks) {
        assert.match(trace, /^org\.apache\.kafka\.connect\.errors\.ConnectException: /)
        assert.match(trace, /the task was asked to fail/)
      }
      const reply = await worker.rest('POST', `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`)
      assert.equal(reply.status, 202)
      const plan = reply.body as StatusBody
      assert.equal(plan.connector.state, 'RUNNING')
      assert.deepEqual(
        plan.tasks.map(({ state, trace }) => [state, trace]),
        tasks.map(({ trace }) => ['RESTARTING', trace]),
      )
      await until('they run again', async () =>
        (await worker.status(name)).tasks.every(({ state }) => state === 'RUNNING'),
      )
      await worker.remove(name)
    })

    test('A35: a failed connector is restarted, its tasks go on', async () => {
      const name = uniqueName('failing-connector')
      await worker.create(name, mock({ 'mock.mode': 'connector-failure', 'delay.ms': '4000' }))
      await worker.untilState(name, 'RUNNING', 2)
      await until('the connector fails', async () => (await worker.status(name)).connector.state === 'FAILED')
      const { connector, tasks } = await worker.status(name)
      assert.match(connector.trace ?? '', /the connector was asked to fail/)
      assert.deepEqual(
        tasks.map(({ state }) => state),
        ['RUNNING', 'RUNNING'],
      )
      const reply = await worker.rest('POST', `/connectors/${name}/restart?onlyFailed=true`)
      assert.equal(reply.status, 202)
      const plan = reply.body as StatusBody
      assert.deepEqual(
        [plan.connector, ...plan.tasks].map(({ state }) => state),
        ['RESTARTING', 'RUNNING', 'RUNNING'],
      )
      await worker.untilState(name, 'RUNNING', 2)
      await worker.remove(name)
    })

    test('A36: tasks are listed, have a status, and restart one by one', async () => {
      const name = uniqueName('single')
      const path = `/connectors/${name}`
      await worker.create(name, mock())
      await worker.untilState(name, 'RUNNING', 2)
      const { body } = await worker.rest('GET', `${path}/tasks`)
      const tasks = body as { id: unknown; config: Record<string, string> }[]
      assert.deepEqual(
        tasks.map(({ id }) => id),
        [0, 1].map((task) => ({ connector: name, task })),
      )
      assert.equal(tasks[0]?.config['topics'], topic)
      assert.match(tasks[0]?.config['task.class'] ?? '', /MockSinkTask$/)
      const status = (await worker.rest('GET', `${path}/tasks/1/status`)).body as {
        id: number
        state: string
      }
      assert.deepEqual([status.id, status.state], [1, 'RUNNING'])
      assert.equal((await worker.rest('POST', `${path}/tasks/0/restart`)).status, 204)
      await worker.untilState(name, 'RUNNING', 2)
      const unknown = mode === 'standalone' ? `Task ${name}-7 not found` : `Unknown task: ${name}-7`
      await worker.expectError(
        'GET',
        `${path}/tasks/7/status`,
        undefined,
        404,
        `No status found for task ${name}-7`,
      )
      if (mode === 'distributed' || target.name === 'spillway') {
        await worker.expectError('POST', `${path}/tasks/7/restart`, undefined, 404, unknown)
      }
      await worker.expectError('GET', `${path}/tasks-config`, undefined, 404, 'HTTP 404 Not Found')
      await worker.remove(name)
    })

    for (const [kind, tasks] of [
      ['more', 3],
      ['fewer', 1],
    ] as const) {
      test(`X7: a connector that asks for other tasks gets ${kind}`, async () => {
        const name = uniqueName('replanned')
        await worker.create(name, mock({ 'mock.mode': `${kind}-tasks`, 'tasks.max': '3', 'delay.ms': '500' }))
        await worker.untilState(name, 'RUNNING', tasks)
        const { body } = await worker.rest('GET', `/connectors/${name}/tasks`)
        assert.equal((body as unknown[]).length, tasks)
        await worker.remove(name)
      })
    }

    test('X6: what is not there cannot be restarted: 404 (Kafka Connect standalone: 500)', async () => {
      const unknown = 'Unknown connector: nope'
      const path = '/connectors/nope'
      await worker.expectError('POST', `${path}/restart?includeTasks=true`, undefined, 404, unknown)
      const heading = 'Standalone: stop and restart of a connector that is not there'
      const status = mode === 'standalone' ? differs(heading, { kafkaConnect: 500, spillway: 404 }) : 404
      for (const [method, what] of [
        ['POST', 'restart'],
        ['POST', 'tasks/0/restart'],
        ['PUT', 'stop'],
      ] as const) {
        assert.equal((await worker.rest(method, `${path}/${what}`)).status, status, what)
      }
    })
  })
}
