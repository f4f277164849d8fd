import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

interface Level {
  readonly level: string
  readonly last_modified: number | null
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-loggers-'))
const topic = uniqueName('loggers')
let worker: WorkerProcess

before(async () => {
  await createTopic(topic)
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const put = async (logger: string, body: unknown): ReturnType<WorkerProcess['rest']> =>
  await worker.rest('PUT', `/admin/loggers/${logger}`, body)
const get = async (logger: string): Promise<Level> => {
  const { status, body } = await worker.rest('GET', `/admin/loggers/${logger}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body as Level
}

suite('/admin/loggers', () => {
  test('A65: all loggers are listed in order of their names, root among them', async () => {
    const { status, body } = await worker.rest('GET', '/admin/loggers')
    assert.equal(status, 200)
    const names = Object.keys(body as object)
    assert.deepEqual(names, names.toSorted())
    assert.deepEqual((body as Record<string, Level>)['root'], { level: 'INFO', last_modified: null })
    assert.ok(names.includes('org.apache.kafka.connect'))
  })

  test('A65: a level that is set is answered with its time, and the same again keeps that time', async () => {
    const began = Date.now()
    assert.deepEqual((await put('org.x', { level: 'debug' })).body, ['org.x'])
    const first = await get('org.x')
    assert.equal(first.level, 'DEBUG')
    assert.ok(
      first.last_modified !== null && first.last_modified >= began && first.last_modified <= Date.now(),
    )
    assert.equal((await put('org.x', { level: 'DEBUG' })).status, 200)
    assert.deepEqual(await get('org.x'), first)
  })

  test('A65: no level is 400, no such level 404, no such logger 404', async () => {
    assert.deepEqual((await put('org.x', {})).body, {
      error_code: 400,
      message: "Desired 'level' parameter was not specified in request.",
    })
    assert.deepEqual((await put('org.x', { level: 'HIGH' })).body, {
      error_code: 404,
      message: "invalid log level 'HIGH'.",
    })
    assert.deepEqual((await worker.rest('GET', '/admin/loggers/org.nobody')).body, {
      error_code: 404,
      message: 'Logger org.nobody not found.',
    })
  })

  test('A65: scope=cluster answers 204 and is in force', async () => {
    const { status, body } = await worker.rest('PUT', '/admin/loggers/org.y?scope=cluster', { level: 'WARN' })
    assert.deepEqual([status, body], [204, undefined])
    assert.equal((await get('org.y')).level, 'WARN')
  })

  test('a level reaches a task that runs in a thread already, and only the connector it is for', async () => {
    for (const name of ['loud', 'quiet']) {
      const config = {
        'connector.class': 'FileStreamSink',
        topics: topic,
        file: join(folder, `${name}.txt`),
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      }
      assert.equal((await worker.rest('POST', '/connectors', { name, config })).status, 201)
    }
    const status = async (name: string): Promise<string | undefined> => {
      const { body } = await worker.rest('GET', `/connectors/${name}/status`)
      return (body as { tasks: { state: string }[] }).tasks[0]?.state
    }
    await until(
      'both run',
      async () => (await status('loud')) === 'RUNNING' && (await status('quiet')) === 'RUNNING',
    )
    const offsets = async (name: string): Promise<unknown[]> =>
      ((await worker.rest('GET', `/connectors/${name}/offsets`)).body as { offsets: unknown[] }).offsets
    const logger = 'org.apache.kafka.connect.connector.loud'
    assert.deepEqual((await put(logger, { level: 'DEBUG' })).body, [logger])
    await produce([{ topic, value: Buffer.from('v') }])
    const debugLines = (): { connector?: string }[] =>
      worker
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.includes('"level":"debug"'))
        .map((line) => JSON.parse(line) as { connector?: string })
    await until('the task of loud tells its commit', () => debugLines().length > 0)
    await until('quiet has committed too', async () => (await offsets('quiet')).length > 0)
    assert.deepEqual(new Set(debugLines().map((line) => line.connector)), new Set(['loud']))
    const { body } = await worker.rest('GET', '/admin/loggers')
    assert.ok(Object.hasOwn(body as object, 'org.apache.kafka.connect.connector.quiet'))
  })
})

suite('/admin/loggers elsewhere', () => {
  test('a level that was set before there was a task is in force in its thread', async (t) => {
    const fresh = await WorkerProcess.start()
    t.after(async () => await fresh.dispose())
    await produce([{ topic, value: Buffer.from('v') }])
    const name = uniqueName('late')
    const logger = `/admin/loggers/org.apache.kafka.connect.connector.${name}`
    assert.equal((await fresh.rest('PUT', logger, { level: 'DEBUG' })).status, 200)
    const config = { 'connector.class': 'FileStreamSink', topics: topic, file: join(folder, 'late.txt') }
    const strings = { 'value.converter': 'org.apache.kafka.connect.storage.StringConverter' }
    const body = { name, config: { ...config, ...strings } }
    assert.equal((await fresh.rest('POST', '/connectors', body)).status, 201)
    await until('its task tells its commit', () =>
      fresh
        .output()
        .split('\n')
        .some(
          (line) =>
            line.includes('"level":"debug"') &&
            line.includes(`"connector":"${name}"`) &&
            line.includes('"task":0'),
        ),
    )
  })

  test('an empty admin.listeners switches it off', async (t) => {
    const off = await WorkerProcess.start({ config: { 'admin.listeners': '' } })
    t.after(async () => await off.dispose())
    assert.equal((await off.rest('GET', '/admin/loggers')).status, 404)
    assert.equal((await off.rest('GET', '/connectors')).status, 200)
  })

  test('admin.listeners of its own serves it there, and there alone', async (t) => {
    const apart = await WorkerProcess.start({ config: { 'admin.listeners': 'http://127.0.0.1:0' } })
    t.after(async () => await apart.dispose())
    await until('the admin API is up', () => /Admin API on http/.test(apart.output()))
    const [, url = ''] = /Admin API on (http:\/\/[\d.]+:\d+)/.exec(apart.output()) ?? []
    assert.equal((await fetch(`${url}/admin/loggers`)).status, 200)
    assert.equal((await fetch(`${url}/connectors`)).status, 404)
    assert.equal((await apart.rest('GET', '/admin/loggers')).status, 404)
  })
})
