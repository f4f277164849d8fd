import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'
import { misfits } from './schema-check.ts'

interface Media {
  readonly schema: unknown
}
interface Answer {
  readonly content?: Readonly<Record<string, Media>>
}
interface Operation {
  readonly responses: Readonly<Record<string, Answer>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-openapi-'))
const topic = uniqueName('openapi')
let worker: WorkerProcess
let document: Document

const config = {
  'connector.class': 'FileStreamSink',
  topics: topic,
  file: join(folder, 'out.txt'),
  'errors.restart.max': '0',
}

before(async () => {
  await createTopic(topic)
  await produce([{ topic, value: Buffer.from('{}') }])
  worker = await WorkerProcess.start()
  document = (await worker.rest('GET', '/openapi.json')).body as Document
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** Asks, and compares status and body with what the description says of them. */
async function check(method: string, template: string, path: string, body?: unknown): Promise<unknown> {
  const what = `${method} ${path}`
  const operation = document.paths[template]?.[method.toLowerCase()]
  assert.ok(operation, `${what} is not described`)
  const reply = await worker.rest(method, path, body)
  const described = operation.responses[reply.status] ?? operation.responses['default']
  assert.ok(described, `${what}: ${reply.status} is not described`)
  const schema = described.content?.['application/json']?.schema
  if (schema === undefined) assert.equal(reply.body, undefined, what)
  else assert.deepEqual(misfits(reply.body, schema, document.components.schemas), [], what)
  return reply.body
}

suite('what the worker answers is what it describes', () => {
  test('creating, changing and steering a connector', async () => {
    const one = '/connectors/{name}'
    await check('POST', '/connectors', '/connectors', { name: 'a', config })
    await check('POST', '/connectors', '/connectors', { name: 'a', config })
    await check('PUT', `${one}/config`, '/connectors/a/config', config)
    await check('PUT', `${one}/config`, '/connectors/b/config', { ...config, file: join(folder, 'b.txt') })
    await check('PATCH', `${one}/config`, '/connectors/a/config', { 'tasks.max': '1' })
    for (const verb of ['pause', 'resume', 'topics/reset']) {
      await check('PUT', `${one}/${verb}`, `/connectors/a/${verb}`)
    }
    await check('POST', `${one}/restart`, '/connectors/a/restart')
    await check('POST', `${one}/restart`, '/connectors/a/restart?includeTasks=true')
    await check('POST', `${one}/tasks/{task}/restart`, '/connectors/a/tasks/0/restart')
    await check('POST', `${one}/tasks/{task}/restart`, '/connectors/a/tasks/9/restart')
  })

  test('everything that is read, of a connector that runs', async () => {
    await until('its offsets are committed', async () => {
      const { body } = await worker.rest('GET', '/connectors/a/offsets')
      return (body as { offsets: unknown[] }).offsets.length === 1
    })
    for (const path of [
      '/',
      '/health',
      '/openapi.json',
      '/connectors',
      '/connector-plugins',
      '/admin/loggers',
    ]) {
      await check('GET', path, path)
    }
    await check('GET', '/connectors', '/connectors?expand=info&expand=status')
    for (const part of ['', '/config', '/status', '/tasks', '/topics', '/offsets']) {
      await check('GET', `/connectors/{name}${part}`, `/connectors/a${part}`)
      await check('GET', `/connectors/{name}${part}`, `/connectors/nobody${part}`)
    }
    await check('GET', '/connectors/{name}/tasks/{task}/status', '/connectors/a/tasks/0/status')
    await check('GET', '/connector-plugins/{plugin}/config', '/connector-plugins/FileStreamSink/config')
    const invalid = { ...config, topics: '', 'tasks.max': 'many' }
    const validate = '/connector-plugins/{plugin}/config/validate'
    await check('PUT', validate, '/connector-plugins/FileStreamSink/config/validate', invalid)
  })

  test('loggers', async () => {
    const logger = '/admin/loggers/{logger}'
    await check('PUT', logger, '/admin/loggers/org.x', { level: 'DEBUG' })
    await check('PUT', logger, '/admin/loggers/org.x?scope=cluster', { level: 'WARN' })
    await check('PUT', logger, '/admin/loggers/org.x', {})
    await check('GET', logger, '/admin/loggers/org.x')
    await check('GET', logger, '/admin/loggers/org.nobody')
  })

  test('a task that failed, offsets of a stopped connector, and its end', async () => {
    await produce([{ topic, value: Buffer.from('not json') }])
    await until('the task has failed', async () => {
      const { body } = await worker.rest('GET', '/connectors/a/status')
      return (body as { tasks: { state: string }[] }).tasks[0]?.state === 'FAILED'
    })
    const status = await check('GET', '/connectors/{name}/status', '/connectors/a/status')
    assert.ok(typeof (status as { tasks: { trace?: string }[] }).tasks[0]?.trace === 'string')
    await check('PUT', '/connectors/{name}/stop', '/connectors/a/stop')
    await until('it is stopped', async () => {
      const { body } = await worker.rest('GET', '/connectors/a/status')
      return (body as { connector: { state: string } }).connector.state === 'STOPPED'
    })
    const partition = { kafka_topic: topic, kafka_partition: 0 }
    const offsets = [{ partition, offset: { kafka_offset: 1 } }]
    await check('PATCH', '/connectors/{name}/offsets', '/connectors/a/offsets', { offsets })
    await check('DELETE', '/connectors/{name}/offsets', '/connectors/a/offsets')
    await check('DELETE', '/connectors/{name}', '/connectors/a')
    await check('DELETE', '/connectors/{name}', '/connectors/a')
  })
})
