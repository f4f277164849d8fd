import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

interface ErrorBody {
  readonly error_code: number
  readonly message: string
}
interface StatusBody {
  readonly connector: { readonly state: string; readonly worker_id: string }
  readonly tasks: readonly {
    readonly id: number
    readonly state: string
    readonly worker_id: string
    readonly trace?: string
  }[]
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-rest-'))
const topic = uniqueName('rest')
let worker: WorkerProcess

const fileSink = (config: Record<string, string> = {}): Record<string, string> => ({
  'connector.class': 'FileStreamSink',
  topics: topic,
  file: join(folder, 'out.txt'),
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'consumer.override.session.timeout.ms': '6000',
  ...config,
})

async function expectError(
  method: string,
  path: string,
  body: unknown,
  status: number,
  message: string | RegExp,
): Promise<void> {
  const reply = await worker.rest(method, path, body)
  assert.equal(reply.status, status, JSON.stringify(reply.body))
  const error = reply.body as ErrorBody
  assert.equal(error.error_code, status)
  if (typeof message === 'string') assert.equal(error.message, message)
  else assert.match(error.message, message)
}

async function create(name: string, config = fileSink()): Promise<void> {
  const reply = await worker.rest('POST', '/connectors', { name, config })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
}

async function statusOf(name: string): Promise<StatusBody> {
  return (await worker.rest('GET', `/connectors/${encodeURIComponent(name)}/status`)).body as StatusBody
}

async function untilState(name: string, state: string, tasks: number): Promise<void> {
  await until(`${name} is ${state} with ${tasks} tasks`, async () => {
    const status = await statusOf(name)
    return (
      status.connector.state === state &&
      status.tasks.length === tasks &&
      status.tasks.every((task) => task.state === state)
    )
  })
}

before(async () => {
  await createTopic(topic, 3)
  await produce(
    Array.from({ length: 30 }, (_, i) => ({ topic, partition: i % 3, value: Buffer.from(`v${i}`) })),
  )
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

suite('the worker', () => {
  test('A1: GET / answers version, commit and cluster id, and nothing else', async () => {
    const { status, body } = await worker.rest('GET', '/')
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body as object), ['version', 'commit', 'kafka_cluster_id'])
    assert.match((body as { version: string }).version, /^\d+\.\d+\.\d+$/)
  })

  test('A2: a fresh worker has no connectors', async () => {
    assert.deepEqual((await worker.rest('GET', '/connectors')).body, [])
  })

  test('A68: GET /health is healthy once the worker has started', async () => {
    const { status, body } = await worker.rest('GET', '/health')
    assert.equal(status, 200)
    assert.deepEqual(body, {
      status: 'healthy',
      message: 'Worker has completed startup and is ready to handle requests.',
    })
  })

  test('unknown paths are 404, known paths with another method 405, other content types 415', async () => {
    await expectError('GET', '/nowhere', undefined, 404, 'HTTP 404 Not Found')
    await expectError('DELETE', '/connectors', undefined, 405, 'HTTP 405 Method Not Allowed')
    const reply = await fetch(`${worker.url}/connectors`, {
      method: 'POST',
      body: 'name=x',
      headers: { 'content-type': 'text/plain' },
    })
    assert.equal(reply.status, 415)
    assert.deepEqual(await reply.json(), { error_code: 415, message: 'HTTP 415 Unsupported Media Type' })
  })
})

suite('creating and changing connectors', () => {
  test('A3, A4: POST answers 201 with location and info; the same again 409', async () => {
    const reply = await worker.rest('POST', '/connectors', { name: 'a', config: fileSink() })
    assert.equal(reply.status, 201)
    assert.equal(reply.headers.get('location'), '/connectors/a')
    const info = reply.body as { name: string; config: Record<string, string>; type: string }
    assert.equal(info.name, 'a')
    assert.equal(info.type, 'sink')
    assert.equal(info.config['name'], 'a')
    await expectError(
      'POST',
      '/connectors',
      { name: 'a', config: fileSink() },
      409,
      'Connector a already exists',
    )
    await untilState('a', 'RUNNING', 1)
    assert.equal((await worker.rest('GET', '/connectors/a')).status, 200)
  })

  test('A5: a name in the configuration that is another is refused', async () => {
    const body = { name: 'x', config: fileSink({ name: 'y' }) }
    await expectError(
      'POST',
      '/connectors',
      body,
      400,
      "Connector name configuration (y) doesn't match connector name in the URL (x)",
    )
  })

  test('A7, A8: names are trimmed on create and may hold slashes, percent signs and spaces', async () => {
    assert.equal(
      (await worker.rest('POST', '/connectors', { name: '  trimmed \n ', config: fileSink() })).status,
      201,
    )
    assert.equal((await worker.rest('GET', '/connectors/trimmed')).status, 200)
    for (const name of ['my/conn', 'x%y', 'with space', '한글']) {
      await create(name)
      assert.equal((await worker.rest('GET', `/connectors/${encodeURIComponent(name)}`)).status, 200, name)
      assert.equal((await worker.rest('DELETE', `/connectors/${encodeURIComponent(name)}`)).status, 204, name)
    }
    await worker.rest('DELETE', '/connectors/trimmed')
  })

  test('A10: an initial state nobody knows is refused (400 here, 500 in Connect)', async () => {
    await expectError(
      'POST',
      '/connectors',
      { name: 'b', config: fileSink(), initial_state: 'bogus' },
      400,
      /initial_state/,
    )
  })

  test('A11, A13: created STOPPED it has no tasks; offsets set before the resume are where it starts', async () => {
    const file = join(folder, 'a13.txt')
    const reply = await worker.rest('POST', '/connectors', {
      name: 'a13',
      config: fileSink({ file }),
      initial_state: 'STOPPED',
    })
    assert.equal(reply.status, 201)
    await untilState('a13', 'STOPPED', 0)
    const offsets = [0, 1, 2].map((p) => ({
      partition: { kafka_topic: topic, kafka_partition: p },
      offset: { kafka_offset: 5 },
    }))
    assert.equal((await worker.rest('PATCH', '/connectors/a13/offsets', { offsets })).status, 200)
    assert.equal((await worker.rest('PUT', '/connectors/a13/resume')).status, 202)
    await untilState('a13', 'RUNNING', 1)
    const { readFileSync } = await import('node:fs')
    await until(
      '15 records are written',
      () => readFileSync(file, 'utf8').trimEnd().split('\n').length === 15,
    )
    await worker.rest('DELETE', '/connectors/a13')
  })

  test('A14, A16: PUT creates with 201, then updates with 200; PATCH of an unknown one is 404', async () => {
    assert.equal((await worker.rest('PUT', '/connectors/put/config', fileSink())).status, 201)
    const reply = await worker.rest('PUT', '/connectors/put/config', fileSink({ 'tasks.max': '2' }))
    assert.equal(reply.status, 200)
    await untilState('put', 'RUNNING', 2)
    await expectError('PATCH', '/connectors/nope/config', { a: 'b' }, 404, 'Connector nope not found')
  })

  test('A15: PATCH changes single keys and deletes those that are null', async () => {
    const reply = await worker.rest('PATCH', '/connectors/put/config', {
      'tasks.max': '3',
      'consumer.override.session.timeout.ms': null,
    })
    assert.equal(reply.status, 200)
    const { config } = reply.body as { config: Record<string, string> }
    assert.equal(config['tasks.max'], '3')
    assert.equal('consumer.override.session.timeout.ms' in config, false)
    await untilState('put', 'RUNNING', 3)
  })

  test('A17: DELETE is 204, and 404 the second time', async () => {
    assert.equal((await worker.rest('DELETE', '/connectors/put')).status, 204)
    await expectError('DELETE', '/connectors/put', undefined, 404, 'Connector put not found')
  })

  test('A19: the status of an unknown connector is 404', async () => {
    await expectError('GET', '/connectors/nope/status', undefined, 404, 'No status found for connector nope')
  })

  test('A20: expand gives info and status by name', async () => {
    type Expanded = Record<string, Record<string, unknown>>
    const both = (await worker.rest('GET', '/connectors?expand=status&expand=info')).body as Expanded
    assert.deepEqual(Object.keys(both['a'] ?? {}).toSorted(), ['info', 'status'])
    const one = (await worker.rest('GET', '/connectors?expand=info')).body as Expanded
    assert.deepEqual(Object.keys(one['a'] ?? {}), ['info'])
    assert.deepEqual((await worker.rest('GET', '/connectors?expand=foo')).body, ['a'])
  })

  test('A28: tasks follow tasks.max up and down', async () => {
    await create('scale')
    await untilState('scale', 'RUNNING', 1)
    for (const count of [5, 3]) {
      await worker.rest('PUT', '/connectors/scale/config', fileSink({ 'tasks.max': String(count) }))
      await untilState('scale', 'RUNNING', count)
      assert.equal(((await worker.rest('GET', '/connectors/scale/tasks')).body as unknown[]).length, count)
    }
    await worker.rest('DELETE', '/connectors/scale')
  })

  test('A64: a null value is refused', async () => {
    const body = { name: 'nulls', config: { ...fileSink(), k: null } }
    await expectError(
      'POST',
      '/connectors',
      body,
      400,
      /Null value can not be supplied as the configuration value\./,
    )
  })

  test('a class nobody knows is 500 with the connectors there are; no class is 400', async () => {
    const unknown = { name: 'u', config: fileSink({ 'connector.class': 'NopeSink' }) }
    await expectError(
      'POST',
      '/connectors',
      unknown,
      500,
      /^Failed to find any class that implements Connector and which name matches NopeSink, available connectors are: PluginDesc\{/,
    )
    await expectError(
      'POST',
      '/connectors',
      { name: 'u', config: { topics: topic } },
      400,
      /contains no connector type$/,
    )
  })

  test('PUT of the same configuration restarts nothing', async () => {
    await create('same')
    await untilState('same', 'RUNNING', 1)
    const reply = await worker.rest('PUT', '/connectors/same/config', { ...fileSink(), name: 'same' })
    assert.equal(reply.status, 200)
    assert.equal((await statusOf('same')).tasks[0]?.state, 'RUNNING')
    await worker.rest('DELETE', '/connectors/same')
  })
})

suite('states', () => {
  test('A21: pause and resume are 202 and reach connector and tasks', async () => {
    assert.equal((await worker.rest('PUT', '/connectors/a/pause')).status, 202)
    await untilState('a', 'PAUSED', 1)
    assert.equal((await worker.rest('PUT', '/connectors/a/resume')).status, 202)
    await untilState('a', 'RUNNING', 1)
    await expectError('PUT', '/connectors/nope/pause', undefined, 404, 'Unknown connector nope')
  })

  test('A22, A23: stop is 204, again too, leaves no tasks; pause after it shows PAUSED with none', async () => {
    assert.equal((await worker.rest('PUT', '/connectors/a/stop')).status, 204)
    await untilState('a', 'STOPPED', 0)
    assert.deepEqual((await worker.rest('GET', '/connectors/a/tasks')).body, [])
    assert.equal((await worker.rest('PUT', '/connectors/a/stop')).status, 204)
    await worker.rest('PUT', '/connectors/a/pause')
    await untilState('a', 'PAUSED', 0)
    await worker.rest('PUT', '/connectors/a/resume')
    await untilState('a', 'RUNNING', 1)
  })

  test('A31, A32: restart without parameters is 204, with them 202 and shows RESTARTING', async () => {
    const plain = await worker.rest('POST', '/connectors/a/restart')
    assert.equal(plain.status, 204)
    assert.equal(plain.body, undefined)
    const all = await worker.rest('POST', '/connectors/a/restart?includeTasks=true&onlyFailed=false')
    assert.equal(all.status, 202)
    const body = all.body as StatusBody
    assert.equal(body.connector.state, 'RESTARTING')
    assert.deepEqual(
      body.tasks.map((t) => t.state),
      ['RESTARTING'],
    )
    await untilState('a', 'RUNNING', 1)
    const none = await worker.rest('POST', '/connectors/a/restart?includeTasks=true&onlyFailed=true')
    assert.equal(none.status, 202)
    assert.equal(JSON.stringify(none.body).includes('RESTARTING'), false)
    await expectError('POST', '/connectors/nope/restart', undefined, 404, 'Connector nope not found')
  })

  test('tasks are listed, have a status, and restart one by one', async () => {
    const tasks = (await worker.rest('GET', '/connectors/a/tasks')).body as {
      id: unknown
      config: Record<string, string>
    }[]
    assert.deepEqual(tasks[0]?.id, { connector: 'a', task: 0 })
    const { body } = await worker.rest('GET', '/connectors/a/tasks/0/status')
    assert.equal((body as { id: number }).id, 0)
    assert.equal((await worker.rest('POST', '/connectors/a/tasks/0/restart')).status, 204)
    await untilState('a', 'RUNNING', 1)
    await expectError('POST', '/connectors/a/tasks/7/restart', undefined, 404, 'Task a-7 not found')
    await expectError('GET', '/connectors/a/tasks/7/status', undefined, 404, 'No status found for task a-7')
    await expectError('GET', '/connectors/a/tasks-config', undefined, 404, 'HTTP 404 Not Found')
  })
})

suite('topics and offsets', () => {
  test('A38: the topics a connector has read are listed, and forgotten on reset', async () => {
    await until('the topic is seen', async () => {
      const { body } = await worker.rest('GET', '/connectors/a/topics')
      return (body as { a: { topics: string[] } }).a.topics.includes(topic)
    })
    assert.equal((await worker.rest('PUT', '/connectors/a/topics/reset')).status, 202)
    assert.deepEqual((await worker.rest('GET', '/connectors/a/topics')).body, { a: { topics: [] } })
    assert.deepEqual((await worker.rest('GET', '/connectors/nobody/topics')).body, { nobody: { topics: [] } })
  })

  test('A40, A41: committed offsets by partition; 404 for an unknown connector', async () => {
    await expectError('GET', '/connectors/nope/offsets', undefined, 404, 'Connector nope not found')
    const wanted = [0, 1, 2].map((p) => ({
      partition: { kafka_topic: topic, kafka_partition: p },
      offset: { kafka_offset: 10 },
    }))
    await until('all is committed', async () => {
      const { body } = await worker.rest('GET', '/connectors/a/offsets')
      return JSON.stringify(body) === JSON.stringify({ offsets: wanted })
    })
  })

  test('A43: offsets of a running connector cannot be changed', async () => {
    const offsets = [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 1 } }]
    await expectError(
      'PATCH',
      '/connectors/a/offsets',
      { offsets },
      400,
      /^Connectors must be in the STOPPED state before their offsets can be modified\..*'\/connectors\/a\/stop' endpoint$/,
    )
    await expectError(
      'DELETE',
      '/connectors/a/offsets',
      undefined,
      400,
      /^Connectors must be in the STOPPED state/,
    )
  })

  test('A44-A51: requests that make no sense say what is wrong', async () => {
    const needed = 'Partitions / offsets need to be provided for an alter offsets request'
    await expectError('PATCH', '/connectors/a/offsets', {}, 400, needed)
    await expectError('PATCH', '/connectors/a/offsets', { offsets: [] }, 400, needed)
    const one = (entry: unknown): unknown => ({ offsets: [entry] })
    await expectError(
      'PATCH',
      '/connectors/a/offsets',
      one({ partition: {}, offset: null }),
      400,
      /must contain the keys 'kafka_topic' and 'kafka_partition'$/,
    )
    await expectError(
      'PATCH',
      '/connectors/a/offsets',
      one({ partition: { kafka_topic: topic, kafka_partition: 'not a number' }, offset: null }),
      400,
      /Partition values for sink connectors need to be integers\.$/,
    )
    await expectError(
      'PATCH',
      '/connectors/a/offsets',
      one({ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: {} }),
      400,
      /should either be null or contain the key 'kafka_offset'$/,
    )
    await expectError(
      'PATCH',
      '/connectors/a/offsets',
      one({
        partition: { kafka_topic: topic, kafka_partition: 0 },
        offset: { kafka_offset: 'not a number' },
      }),
      400,
      /Offset values for sink connectors need to be integers\.$/,
    )
    await expectError('PATCH', '/connectors/a/offsets', [], 400, /Cannot deserialize value/)
    await expectError('PATCH', '/connectors/a/offsets', { key: [] }, 400, /Unrecognized field/)
    await expectError('PATCH', '/connectors/a/offsets', { offsets: {} }, 400, /Cannot deserialize value/)
    await expectError('PATCH', '/connectors/a/offsets', { offsets: [123] }, 400, /Cannot construct instance/)
  })

  test('A52, A54: a stopped connector takes new offsets, forgets single ones and all', async () => {
    await worker.rest('PUT', '/connectors/a/stop')
    await untilState('a', 'STOPPED', 0)
    const offsets = [
      { partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 3 } },
      { partition: { kafka_topic: topic, kafka_partition: '1' }, offset: null },
    ]
    const altered = await worker.rest('PATCH', '/connectors/a/offsets', { offsets })
    assert.deepEqual(altered.body, {
      message: 'The offsets for this connector have been altered successfully',
    })
    assert.deepEqual((await worker.rest('GET', '/connectors/a/offsets')).body, {
      offsets: [
        { partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 3 } },
        { partition: { kafka_topic: topic, kafka_partition: 2 }, offset: { kafka_offset: 10 } },
      ],
    })
    const reset = await worker.rest('DELETE', '/connectors/a/offsets')
    assert.deepEqual(reset.body, { message: 'The offsets for this connector have been reset successfully' })
    assert.equal((await worker.rest('DELETE', '/connectors/a/offsets')).status, 200)
    assert.deepEqual((await worker.rest('GET', '/connectors/a/offsets')).body, { offsets: [] })
  })
})
