/** Cases A about connectors: creating, changing, deleting them, and what they are meant to do. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { after, before, suite, test } from 'node:test'
import { uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { CaseWorker, MODES } from './cases/case-worker.ts'
import { differs } from './cases/differs.ts'
import { filledTopic, Monitored } from './cases/monitored.ts'
import { target } from './target/selected-target.ts'

const folder = mkdtempSync(join(tmpdir(), 'conformance-connectors-'))
const secrets = join(folder, 'secrets.properties')
writeFileSync(secrets, 'marker=from the file\n')
/** Thirty records in three partitions. */
let topic: string
before(async () => {
  topic = await filledTopic(
    Array.from({ length: 30 }, (_, i) => `v${i}`),
    3,
  )
})
after(() => rmSync(folder, { recursive: true, force: true }))

const fileSink = (config: Record<string, string | null> = {}): Record<string, string | null> => ({
  'connector.class': 'FileStreamSink',
  topics: topic,
  file: join(folder, 'out.txt'),
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'consumer.override.session.timeout.ms': '6000',
  ...config,
})

for (const mode of MODES) {
  suite(mode, () => {
    let worker: CaseWorker
    before(async () => {
      worker = await CaseWorker.start(mode, {
        'config.providers': 'file',
        'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
      })
    })
    after(async () => await worker.dispose())

    test('A1: GET / answers version, commit and cluster id, and nothing else', async () => {
      const { status, body } = await worker.rest('GET', '/')
      assert.equal(status, 200)
      assert.deepEqual(Object.keys(body as object), ['version', 'commit', 'kafka_cluster_id'])
      assert.match((body as { version: string }).version, /^\d+\.\d+\.\d+$/)
    })

    test('A2: a fresh worker has no connectors', async () => {
      const { status, body } = await worker.rest('GET', '/connectors')
      assert.equal(status, 200)
      assert.deepEqual(body, [])
    })

    test('A3, A4: POST answers 201 with location and info; the same again 409', async () => {
      const name = uniqueName('a')
      const reply = await worker.rest('POST', '/connectors', { name, config: fileSink() })
      assert.equal(reply.status, 201)
      assert.equal(reply.headers.get('location'), `${worker.worker.url}/connectors/${name}`)
      assert.equal(reply.headers.get('content-type'), 'application/json')
      const tasks = mode === 'standalone' ? [{ connector: name, task: 0 }] : []
      assert.deepEqual(reply.body, { name, config: { ...fileSink(), name }, tasks, type: 'sink' })
      const again = { name, config: fileSink() }
      await worker.expectError('POST', '/connectors', again, 409, `Connector ${name} already exists`)
      await worker.untilState(name, 'RUNNING', 1)
      assert.equal((await worker.rest('GET', `/connectors/${name}`)).status, 200)
      await worker.remove(name)
    })

    test('A5: a name in the configuration that is another is refused', async () => {
      const message = "Connector name configuration (y) doesn't match connector name in the URL (x)"
      await worker.expectError(
        'POST',
        '/connectors',
        { name: 'x', config: fileSink({ name: 'y' }) },
        400,
        message,
      )
    })

    test('A7: names are trimmed on create', async () => {
      const name = uniqueName('trimmed')
      await worker.create(`  ${name} \n `, fileSink())
      await worker.untilState(name, 'RUNNING', 1)
      assert.equal((await worker.rest('GET', `/connectors/${name}`)).status, 200)
      await worker.remove(name)
    })

    test('A8: names may hold spaces, signs, letters of any script, slashes and percent signs (Kafka Connect: 400)', async () => {
      const heading = 'Connectors named with `/` or `%`'
      const refused = differs(heading, { kafkaConnect: 400, spillway: 200 })
      for (const [prefix, status] of [
        ['with space', 200],
        ['한글', 200],
        ['a+b;c"d?e#f', 200],
        ['my/conn', refused],
        ['x%y', refused],
      ] as const) {
        const name = uniqueName(prefix)
        await worker.create(name, fileSink())
        const path = `/connectors/${encodeURIComponent(name)}`
        await until(`${name} is known`, async () => (await worker.rest('GET', path)).status === status)
        if (status === 200) await worker.remove(name)
      }
    })

    test('A10: an initial state nobody knows is 400 (Kafka Connect: 500)', async () => {
      const body = { name: 'bogus', config: fileSink(), initial_state: 'bogus' }
      const status = differs('Malformed JSON, unknown field, value of a wrong type', {
        kafkaConnect: 500,
        spillway: 400,
      })
      await worker.expectError('POST', '/connectors', body, status, /initial_?state/i)
    })

    test('A11, A13: created STOPPED it has no tasks; offsets set before the resume are where it starts', async () => {
      const sink = new Monitored(worker, folder)
      const request = {
        'connector.class': target.pluginClass('MonitorableSink'),
        topics: topic,
        log: sink.log,
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      }
      await worker.create(sink.name, request, { initial_state: 'STOPPED' })
      await worker.untilState(sink.name, 'STOPPED', 0)
      const offsets = [0, 1, 2].map((partition) => ({
        partition: { kafka_topic: topic, kafka_partition: partition },
        offset: { kafka_offset: 5 },
      }))
      const path = `/connectors/${sink.name}`
      assert.equal((await worker.rest('PATCH', `${path}/offsets`, { offsets })).status, 200)
      assert.equal((await worker.rest('PUT', `${path}/resume`)).status, 202)
      await worker.untilState(sink.name, 'RUNNING', 1)
      const expected = Array.from({ length: 15 }, (_, i) => `v${i + 15}`)
      await until('15 records are put', () => sink.values().length >= 15)
      assert.deepEqual(new Set(sink.values()), new Set(expected))
      await sink.remove()
    })

    test('A12: created PAUSED it has no tasks until it is resumed', async () => {
      const name = uniqueName('paused')
      await worker.create(name, fileSink(), { initial_state: 'paused' })
      await worker.untilState(name, 'PAUSED', 0)
      await worker.rest('PUT', `/connectors/${name}/resume`)
      await worker.untilState(name, 'RUNNING', 1)
      await worker.remove(name)
    })

    test('A14, A15, A16, A17: PUT creates and updates, PATCH changes single keys, DELETE is 404 the second time', async () => {
      const name = uniqueName('put')
      const path = `/connectors/${name}`
      const created = await worker.rest('PUT', `${path}/config`, fileSink())
      assert.equal(created.status, 201)
      assert.equal(created.headers.get('location'), `${worker.worker.url}${path}`)
      const updated = await worker.rest('PUT', `${path}/config`, fileSink({ 'tasks.max': '2' }))
      assert.equal(updated.status, 200)
      await worker.untilState(name, 'RUNNING', 2)
      const patch = { 'tasks.max': '3', 'consumer.override.session.timeout.ms': null }
      const patched = await worker.rest('PATCH', `${path}/config`, patch)
      assert.equal(patched.status, 200)
      const { config } = patched.body as { config: Record<string, string> }
      const { 'consumer.override.session.timeout.ms': _, ...rest } = fileSink({ name, 'tasks.max': '3' })
      assert.deepEqual(config, rest)
      await worker.untilState(name, 'RUNNING', 3)
      await worker.expectError(
        'PATCH',
        '/connectors/nope/config',
        { a: 'b' },
        404,
        'Connector nope not found',
      )
      await worker.remove(name)
      await worker.expectError('DELETE', path, undefined, 404, `Connector ${name} not found`)
    })

    test('A19: the status of an unknown connector is 404', async () => {
      await worker.expectError(
        'GET',
        '/connectors/nope/status',
        undefined,
        404,
        'No status found for connector nope',
      )
    })

    test('A20: expand gives info and status by name, and nothing for what it does not know', async () => {
      const name = uniqueName('expanded')
      await worker.create(name, fileSink())
      await worker.untilState(name, 'RUNNING', 1)
      const keys = async (query: string): Promise<string[]> => {
        const { body } = await worker.rest('GET', `/connectors?${query}`)
        return Object.keys((body as Record<string, object>)[name] ?? {}).toSorted()
      }
      assert.deepEqual(await keys('expand=status&expand=info'), ['info', 'status'])
      assert.deepEqual(await keys('expand=info'), ['info'])
      assert.deepEqual(await keys('expand=foo'), [])
      await worker.remove(name)
    })

    test('A21, A22, A23: pause, resume and stop reach connector and tasks; PAUSED after STOPPED has none', async () => {
      const name = uniqueName('states')
      const path = `/connectors/${name}`
      await worker.create(name, fileSink())
      await worker.untilState(name, 'RUNNING', 1)
      const put = async (verb: string): Promise<number> =>
        (await worker.rest('PUT', `${path}/${verb}`)).status
      assert.equal(await put('pause'), 202)
      await worker.untilState(name, 'PAUSED', 1)
      assert.equal(await put('resume'), 202)
      await worker.untilState(name, 'RUNNING', 1)
      assert.equal(await put('stop'), 204)
      await worker.untilState(name, 'STOPPED', 0)
      assert.deepEqual((await worker.rest('GET', `${path}/tasks`)).body, [])
      assert.equal(await put('stop'), 204)
      assert.equal(await put('pause'), 202)
      await worker.untilState(name, 'PAUSED', 0)
      assert.equal(await put('resume'), 202)
      await worker.untilState(name, 'RUNNING', 1)
      await worker.expectError('PUT', '/connectors/nope/pause', undefined, 404, 'Unknown connector nope')
      await worker.remove(name)
    })

    test('A25, A26: a connector whose start throws can be stopped; a stopped one can be deleted', async () => {
      const name = uniqueName('unstartable')
      await worker.rest('PUT', `/connectors/${name}/config`, {
        'connector.class': target.pluginClass('MonitorableSink'),
        topics: topic,
        log: join(folder, name),
        'fail.start': 'true',
      })
      await until('it fails', async () => (await worker.status(name)).connector.state === 'FAILED')
      assert.match((await worker.status(name)).connector.trace ?? '', /start was asked to fail/)
      assert.equal((await worker.rest('PUT', `/connectors/${name}/stop`)).status, 204)
      await worker.untilState(name, 'STOPPED', 0)
      await worker.remove(name)
      await until('it is gone', async () => (await worker.rest('GET', `/connectors/${name}`)).status === 404)
    })

    test('A28: tasks follow tasks.max up and down', async () => {
      const name = uniqueName('scale')
      await worker.create(name, fileSink())
      await worker.untilState(name, 'RUNNING', 1)
      for (const count of [5, 3]) {
        await worker.rest('PUT', `/connectors/${name}/config`, fileSink({ 'tasks.max': String(count) }))
        await worker.untilState(name, 'RUNNING', count)
        const { body } = await worker.rest('GET', `/connectors/${name}/tasks`)
        assert.equal((body as unknown[]).length, count)
      }
      await worker.remove(name)
    })

    // Kafka Connect's standalone worker does not answer such a request before its time-out of 90 s.
    if (mode === 'distributed') {
      test('A29: more task configurations than tasks.max fail the connector, unless that is allowed', async () => {
        const strict = new Monitored(worker, folder)
        const excess = { 'tasks.max': '2', 'extra.tasks': '1' }
        const config = {
          'connector.class': target.pluginClass('MonitorableSink'),
          topics: topic,
          log: strict.log,
          ...excess,
        }
        await worker.rest('PUT', `/connectors/${strict.name}/config`, config)
        await until('it fails', async () => (await worker.status(strict.name)).connector.state === 'FAILED')
        const { trace } = (await worker.status(strict.name)).connector
        assert.match(trace ?? '', /has generated 3 tasks, which is greater than 2/)
        const lenient = new Monitored(worker, folder)
        await lenient.create(topic, { ...excess, 'tasks.max.enforce': 'false' })
        await worker.untilState(lenient.name, 'RUNNING', 3)
        await strict.remove()
        await lenient.remove()
      })
    }

    test('A64: a null value is refused', async () => {
      await worker.expectError(
        'POST',
        '/connectors',
        { name: 'nulls', config: fileSink({ k: null }) },
        400,
        /Null value can not be supplied as the configuration value\./,
      )
    })

    test('A71: what a provider fills in reaches the task and is not shown; a key it does not have stays as it is', async () => {
      const known = new Monitored(worker, folder)
      await known.create(topic, { marker: `\${file:${secrets}:marker}` })
      const unknown = new Monitored(worker, folder)
      await unknown.create(topic, { marker: `\${file:${secrets}:nothing}` })
      await until('both have started', () => [known, unknown].every((s) => s.events('start').length > 0))
      assert.equal(known.events('start')[0]?.marker, 'from the file')
      assert.equal(unknown.events('start')[0]?.marker, `\${file:${secrets}:nothing}`)
      const { body } = await worker.rest('GET', `/connectors/${known.name}/config`)
      assert.equal((body as Record<string, string>)['marker'], `\${file:${secrets}:marker}`)
      await known.remove()
      await unknown.remove()
    })

    test('X1: a class nobody knows is 400 with the connectors there are; no class is 400', async () => {
      await worker.expectError(
        'POST',
        '/connectors',
        { name: 'u', config: fileSink({ 'connector.class': 'NopeSink' }) },
        400,
        /^Failed to find any class that implements Connector and which name matches NopeSink, available connectors are: PluginDesc\{klass=class /,
      )
      await worker.expectError(
        'POST',
        '/connectors',
        { name: 'u', config: { topics: topic } },
        400,
        /^Connector config \{.*name=u.*\} contains no connector type$/,
      )
    })

    test('X2: unknown paths are 404, known paths with another method 405, other types 415 and 406', async () => {
      await worker.expectError('GET', '/nowhere', undefined, 404, 'HTTP 404 Not Found')
      await worker.expectError('DELETE', '/connectors', undefined, 405, 'HTTP 405 Method Not Allowed')
      const url = `${worker.worker.url}/connectors`
      const typed = await fetch(url, {
        method: 'POST',
        body: 'name=x',
        headers: { 'content-type': 'text/plain' },
      })
      assert.deepEqual(await typed.json(), { error_code: 415, message: 'HTTP 415 Unsupported Media Type' })
      const accepting = await fetch(url, { headers: { accept: 'text/plain' } })
      assert.deepEqual(await accepting.json(), { error_code: 406, message: 'HTTP 406 Not Acceptable' })
    })

    test('X3: PUT of the same configuration answers 200 and restarts no task', async () => {
      const sink = new Monitored(worker, folder)
      await sink.create(topic)
      await until('it has started', () => sink.events('put').length > 0)
      const { body } = await worker.rest('GET', `/connectors/${sink.name}/config`)
      const reply = await worker.rest('PUT', `/connectors/${sink.name}/config`, body)
      assert.equal(reply.status, 200)
      await worker.untilState(sink.name, 'RUNNING', 1)
      const puts = sink.events('put').length
      await until('the task goes on', () => sink.events('put').length > puts)
      assert.equal(sink.events('start').length, 1)
      await sink.remove()
    })

    test('X8: PUT of the same configuration restarts the task that has failed, and no other (Kafka Connect: none)', async () => {
      const sink = new Monitored(worker, folder)
      // It fails at its start: were it a record, the other task would fail too once it has its partition.
      await sink.create(await filledTopic(['a', 'b'], 2), { 'tasks.max': '2', 'fail.task': '1' })
      const starts = (): number => sink.events('start').length
      const untilOneHasFailed = async (): Promise<void> =>
        await until('one task has failed, the other runs', async () => {
          const states = (await worker.status(sink.name)).tasks.map(({ state }) => state)
          return isDeepStrictEqual(states, ['RUNNING', 'FAILED'])
        })
      await untilOneHasFailed()
      assert.equal(starts(), 2)
      const { body } = await worker.rest('GET', `/connectors/${sink.name}/config`)
      const reply = await worker.rest('PUT', `/connectors/${sink.name}/config`, body)
      assert.equal(reply.status, 200)
      const heading = 'PUT of a configuration that changes nothing'
      const wanted = differs(heading, { kafkaConnect: 2, spillway: 3 })
      await until('what had failed has started again', () => starts() >= wanted)
      await untilOneHasFailed()
      assert.equal(starts(), wanted)
      await sink.remove()
    })

    test('X4: what a file sink has read is in its file', async () => {
      const name = uniqueName('lines')
      const file = join(folder, name)
      await worker.create(name, fileSink({ file }))
      const lines = (): string[] => readFileSync(file, 'utf8').trimEnd().split('\n')
      await worker.untilState(name, 'RUNNING', 1)
      await until('all lines are there', () => lines().length === 30)
      assert.deepEqual(new Set(lines()), new Set(Array.from({ length: 30 }, (_, i) => `v${i}`)))
      await worker.remove(name)
    })
  })
}
