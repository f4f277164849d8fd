/** Cases A about plugins and the validation of configurations. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { CaseWorker } from './cases/case-worker.ts'
import { differs } from './cases/differs.ts'

interface Infos {
  readonly name: string
  readonly error_count: number
  readonly configs: readonly { readonly value: { readonly name: string; readonly errors: string[] } }[]
}

let worker: CaseWorker

before(async () => {
  worker = await CaseWorker.start('standalone')
})
after(async () => await worker.dispose())

const base = { name: 'v', 'connector.class': 'FileStreamSink' }

async function validate(config: Record<string, string>, plugin = 'FileStreamSink'): Promise<Infos> {
  const reply = await worker.rest('PUT', `/connector-plugins/${plugin}/config/validate`, config)
  assert.equal(reply.status, 200, JSON.stringify(reply.body))
  return reply.body as Infos
}

function errorsOf(infos: Infos): Record<string, string[]> {
  const wrong = infos.configs.filter(({ value }) => value.errors.length > 0)
  return Object.fromEntries(wrong.map(({ value }) => [value.name, value.errors]))
}

suite('plugins', () => {
  test('A55: connectors only by default, everything on request', async () => {
    const types = async (query: string): Promise<Set<string>> => {
      const { body } = await worker.rest('GET', `/connector-plugins${query}`)
      return new Set((body as { type: string }[]).map((plugin) => plugin.type))
    }
    const connectors = await types('')
    assert.ok(connectors.has('sink') && !connectors.has('converter'))
    const all = await types('?connectorsOnly=false')
    for (const type of ['sink', 'converter', 'header_converter', 'transformation', 'predicate'])
      assert.ok(all.has(type), type)
  })

  test('A56: the keys of a plugin; an unknown plugin is 404 (Kafka Connect wants `Cast$Value` by its full name)', async () => {
    const keys = async (plugin: string): Promise<string[]> => {
      const { status, body } = await worker.rest('GET', `/connector-plugins/${plugin}/config`)
      return status === 200 ? (body as { name: string }[]).map((key) => key.name) : []
    }
    const full = await keys('org.apache.kafka.connect.transforms.Cast$Value')
    assert.deepEqual(full, ['spec', 'replace.null.with.default'])
    const short = differs('Short names of plugins with `$`, such as `Cast$Value`', {
      kafkaConnect: [],
      spillway: full,
    })
    assert.deepEqual(await keys('Cast$Value'), short)
    const connector = await keys('FileStreamSink')
    assert.ok(connector[0] === 'file' && connector.includes('tasks.max'))
    await worker.expectError('GET', '/connector-plugins/Nope/config', undefined, 404, 'Unknown plugin Nope.')
  })
})

suite('validation', () => {
  test('A57: another class than the path names is refused', async () => {
    await worker.expectError(
      'PUT',
      '/connector-plugins/FileStreamSink/config/validate',
      { 'connector.class': 'Other' },
      400,
      'Included connector type Other does not match request type FileStreamSink',
    )
  })

  test('A58: full name, simple name and alias mean the same', async () => {
    for (const name of [
      'org.apache.kafka.connect.file.FileStreamSinkConnector',
      'FileStreamSinkConnector',
      'FileStreamSink',
    ]) {
      const infos = await validate({ name: 'v', 'connector.class': name, topics: 't' }, name)
      assert.deepEqual([infos.name, infos.error_count], [name, 0])
    }
  })

  test('A59: neither or both of topics and topics.regex are two errors', async () => {
    const neither = 'Must configure one of topics or topics.regex'
    assert.deepEqual(errorsOf(await validate(base)), { topics: [neither], 'topics.regex': [neither] })
    const both = 'topics and topics.regex are mutually exclusive options, but both are set.'
    const infos = await validate({ ...base, topics: 't', 'topics.regex': 't.*' })
    assert.deepEqual(errorsOf(infos), { topics: [both], 'topics.regex': [both] })
    assert.equal(infos.error_count, 2)
  })

  test('A60: a dead letter topic that is an input is refused', async () => {
    const config = { ...base, 'errors.deadletterqueue.topic.name': 'd' }
    assert.deepEqual(errorsOf(await validate({ ...config, topics: 'a,d' })), {
      topics: [
        "The DLQ topic 'd' may not be included in the list of topics ('topics=[a, d]') consumed by the connector",
      ],
    })
    assert.deepEqual(errorsOf(await validate({ ...config, 'topics.regex': '[a-d]' })), {
      'topics.regex': [
        "The DLQ topic 'd' may not be matched by the regex for the topics ('topics.regex=[a-d]') consumed by the connector",
      ],
    })
  })

  test('A61: what is wrong with transformations and predicates, one error each', async () => {
    const filter = 'org.apache.kafka.connect.transforms.Filter'
    const tombstone = 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone'
    const cases: [Record<string, string>, string][] = [
      [{ transforms: 't,t', 'transforms.t.type': filter }, 'transforms'],
      [{ transforms: 't' }, 'transforms.t.type'],
      [{ transforms: 't', 'transforms.t.type': 'Nope' }, 'transforms.t.type'],
      [{ transforms: 't', 'transforms.t.type': filter, 'transforms.t.negate': 'true' }, 'transforms.t.type'],
      [{ predicates: 'p,p', 'predicates.p.type': tombstone }, 'predicates'],
      [{ predicates: 'p' }, 'predicates.p.type'],
    ]
    for (const [config, key] of cases) {
      const infos = await validate({ ...base, topics: 't', ...config })
      assert.deepEqual([infos.error_count, Object.keys(errorsOf(infos))], [1, [key]], JSON.stringify(config))
    }
  })

  test('A62: a converter that is not there, is abstract, or is set up wrongly is one error', async () => {
    for (const key of ['key.converter', 'value.converter', 'header.converter']) {
      for (const name of ['NopeConverter', '', 'org.apache.kafka.connect.converters.NumberConverter']) {
        const infos = await validate({ ...base, topics: 't', [key]: name })
        assert.deepEqual([infos.error_count, Object.keys(errorsOf(infos))], [1, [key]], `${key}=${name}`)
      }
    }
    const wrong = await validate({
      ...base,
      topics: 't',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'maybe',
    })
    assert.deepEqual(
      [wrong.error_count, Object.keys(errorsOf(wrong))],
      [1, ['value.converter.schemas.enable']],
    )
  })

  test('A63: topics that are empty or stand there twice are refused', async () => {
    assert.deepEqual(errorsOf(await validate({ ...base, topics: 'a,,b' })), {
      topics: ["Configuration 'topics' values must not be empty."],
    })
    assert.deepEqual(errorsOf(await validate({ ...base, topics: 'a,a' })), {
      topics: ["Configuration 'topics' values must not be duplicated."],
    })
  })
})
