/** Cases A about workers themselves: health, log levels, other origins, and a cluster that loses one. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { CaseWorker } from './cases/case-worker.ts'
import { filledTopic } from './cases/monitored.ts'
import { startWorker, target } from './target/selected-target.ts'
import { rest } from './target/rest.ts'

const folder = mkdtempSync(join(tmpdir(), 'conformance-workers-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const HEALTHY = {
  status: 'healthy',
  message: 'Worker has completed startup and is ready to handle requests.',
}

suite('one worker', () => {
  test('A68: /health is 503 starting until the worker is ready, 200 healthy from then', async (t) => {
    const worker = await target.spawn({ cluster: uniqueName('health') })
    t.after(async () => await worker.dispose())
    await worker.ready()
    await until('it is healthy', async () => {
      const { status, body } = await rest(worker, 'GET', '/health')
      if (status === 200) return true
      assert.equal(status, 503)
      const { status: said, message } = body as { status: string; message: string }
      assert.equal(said, 'starting')
      assert.match(message, /^Worker is still starting up\./)
      return false
    })
    assert.deepEqual((await rest(worker, 'GET', '/health')).body, HEALTHY)
  })

  test('A67: other origins, and the methods of a preflight', async (t) => {
    const config = {
      'access.control.allow.origin': 'http://bar.com',
      'access.control.allow.methods': 'PUT',
    }
    const worker = await startWorker({ config })
    t.after(async () => await worker.dispose())
    const ask = async (origin: string, method = 'GET', headers = {}): Promise<Headers> => {
      const reply = await fetch(`${worker.url}/connectors`, { method, headers: { origin, ...headers } })
      await reply.text()
      return reply.headers
    }
    assert.equal((await ask('http://bar.com')).get('access-control-allow-origin'), 'http://bar.com')
    assert.equal((await ask('http://foo.com')).get('access-control-allow-origin'), null)
    const preflight = { 'access-control-request-method': 'PUT' }
    const allowed = await ask('http://bar.com', 'OPTIONS', preflight)
    assert.equal(allowed.get('access-control-allow-methods'), 'PUT')
    assert.equal(
      (await ask('http://foo.com', 'OPTIONS', preflight)).get('access-control-allow-methods'),
      null,
    )
  })

  test('A65: log levels are set for a logger, keep their time, and are refused where they are none', async (t) => {
    const worker = await CaseWorker.start('standalone')
    t.after(async () => await worker.dispose())
    const { body } = await worker.rest('GET', '/admin/loggers')
    const names = Object.keys(body as object)
    assert.deepEqual(names, names.toSorted())
    assert.ok(names.includes('root'))
    const path = '/admin/loggers/org.x'
    const began = Date.now()
    assert.deepEqual((await worker.rest('PUT', path, { level: 'debug' })).body, ['org.x'])
    const first = (await worker.rest('GET', path)).body as { level: string; last_modified: number }
    assert.equal(first.level, 'DEBUG')
    assert.ok(first.last_modified >= began && first.last_modified <= Date.now())
    assert.equal((await worker.rest('PUT', path, { level: 'DEBUG' })).status, 200)
    assert.deepEqual((await worker.rest('GET', path)).body, first)
    const missing = "Desired 'level' parameter was not specified in request."
    await worker.expectError('PUT', path, {}, 400, missing)
    await worker.expectError('PUT', path, { level: 'HIGH' }, 404, "invalid log level 'HIGH'.")
    await worker.expectError('GET', '/admin/loggers/no.body', undefined, 404, 'Logger no.body not found.')
  })

  test('A66: an empty admin.listeners switches /admin off', async (t) => {
    const worker = await CaseWorker.start('standalone', { 'admin.listeners': '' })
    t.after(async () => await worker.dispose())
    assert.equal((await worker.rest('GET', '/admin/loggers')).status, 404)
    assert.equal((await worker.rest('GET', '/connectors')).status, 200)
  })
})

suite('two workers', () => {
  const SESSION_MS = 6_000
  const DELAY_MS = 5_000
  const cluster = uniqueName('cluster')
  let one: CaseWorker
  let two: CaseWorker

  before(async () => {
    const config = {
      'session.timeout.ms': String(SESSION_MS),
      'heartbeat.interval.ms': '1000',
      'scheduled.rebalance.max.delay.ms': String(DELAY_MS),
    }
    // The first to join leads, and a leader that dies takes its knowledge of what was lost with it.
    one = new CaseWorker(await startWorker({ cluster, config }))
    two = new CaseWorker(await startWorker({ cluster, config }))
  })
  after(async () => {
    await one.dispose()
    await two.dispose()
  })

  test('A69: each of them answers for all, whichever is asked', async () => {
    const name = uniqueName('anywhere')
    const config = {
      'connector.class': 'FileStreamSink',
      topics: await filledTopic(['a']),
      file: join(folder, name),
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    }
    for (const [asked, other] of [
      [one, two],
      [two, one],
    ] as const) {
      await until('it is taken', async () => {
        const { status } = await asked.rest('PUT', `/connectors/${name}/config`, config)
        // While the group rebalances, clients are asked to come again.
        assert.ok([200, 201, 409].includes(status), String(status))
        return status !== 409
      })
      await other.untilState(name, 'RUNNING', 1)
      await until('it is gone', async () => {
        const { status } = await other.rest('DELETE', `/connectors/${name}`)
        assert.ok([204, 409].includes(status), String(status))
        return status === 204
      })
      await until('both know', async () => (await asked.rest('GET', `/connectors/${name}`)).status === 404)
    }
  })

  test('A65: scope=cluster is 204 and reaches every worker', async () => {
    const { status, body } = await one.rest('PUT', '/admin/loggers/org.y?scope=cluster', { level: 'WARN' })
    assert.deepEqual([status, body], [204, undefined])
    await until('the other has it', async () => {
      const reply = await two.rest('GET', '/admin/loggers/org.y')
      return reply.status === 200 && (reply.body as { level: string }).level === 'WARN'
    })
  })

  test('A70: tasks of a killed worker wait for scheduled.rebalance.max.delay.ms before others get them', async () => {
    const name = uniqueName('delayed')
    const config = {
      'connector.class': 'FileStreamSink',
      topics: await filledTopic(['a', 'b'], 2),
      file: join(folder, name),
      'tasks.max': '4',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    }
    await until('it is created', async () => {
      const { status } = await one.rest('POST', '/connectors', { name, config })
      return status === 201
    })
    const workersOf = async (): Promise<string[]> => {
      const { connector, tasks } = await one.status(name)
      const isRunning = [connector, ...tasks].every(({ state }) => state === 'RUNNING')
      return isRunning && tasks.length === 4 ? tasks.map((task) => `http://${task.worker_id}`) : []
    }
    await until('both have tasks', async () => new Set(await workersOf()).size === 2)
    const killedAt = performance.now()
    two.worker.kill('SIGKILL')
    await until(
      'the other has all',
      async () =>
        (await workersOf()).every((url) => url === one.worker.url) && (await workersOf()).length === 4,
    )
    const waited = performance.now() - killedAt
    // The session ends when a second after the last heartbeat, or all of it, has passed.
    assert.ok(waited > SESSION_MS - 1_500 + DELAY_MS, `${waited} ms`)
    assert.ok(waited < SESSION_MS + DELAY_MS + 20_000, `${waited} ms`)
  })
})
