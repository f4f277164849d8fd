import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { WorkerProcess } from '../../support/worker-process.ts'

let worker: WorkerProcess

before(async () => {
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker.dispose()
})

async function expectError(
  method: string,
  path: string,
  body: unknown,
  status: number,
  message: string,
): Promise<void> {
  const reply = await worker.rest(method, path, body)
  assert.equal(reply.status, status, JSON.stringify(reply.body))
  assert.deepEqual(reply.body, { error_code: status, message })
}

suite('plugins and validation', () => {
  interface Infos {
    readonly name: string
    readonly error_count: number
    readonly configs: readonly { readonly value: { readonly name: string; readonly errors: string[] } }[]
  }
  const validate = async (plugin: string, config: Record<string, string>): Promise<Infos> => {
    const reply = await worker.rest('PUT', `/connector-plugins/${plugin}/config/validate`, config)
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    return reply.body as Infos
  }
  const errorsOf = (infos: Infos): Record<string, string[]> =>
    Object.fromEntries(
      infos.configs.filter((c) => c.value.errors.length > 0).map((c) => [c.value.name, c.value.errors]),
    )

  test('A55: connectors only by default, everything on request', async () => {
    const types = async (query: string): Promise<Set<string>> => {
      const { body } = await worker.rest('GET', `/connector-plugins${query}`)
      return new Set((body as { type: string }[]).map((plugin) => plugin.type))
    }
    assert.deepEqual(await types(''), new Set(['sink']))
    const all = await types('?connectorsOnly=false')
    for (const type of ['sink', 'converter', 'header_converter', 'transformation', 'predicate'])
      assert.ok(all.has(type), type)
  })

  test('A56: the keys of a plugin; an unknown plugin is 404', async () => {
    const { body } = await worker.rest('GET', '/connector-plugins/Cast$Value/config')
    const names = (body as { name: string }[]).map((key) => key.name)
    assert.ok(names.includes('spec') && names.includes('replace.null.with.default'))
    await expectError('GET', '/connector-plugins/Nope/config', undefined, 404, 'Unknown plugin Nope.')
  })

  test('A57: another class than the path names is refused', async () => {
    await expectError(
      'PUT',
      '/connector-plugins/FileStreamSink/config/validate',
      { 'connector.class': 'Other' },
      400,
      'Included connector type Other does not match request type FileStreamSink',
    )
  })

  test('A58: full name, simple name and alias mean the same', async () => {
    const results: Record<string, string[]>[] = []
    for (const name of [
      'org.apache.kafka.connect.file.FileStreamSinkConnector',
      'FileStreamSinkConnector',
      'FileStreamSink',
    ]) {
      results.push(errorsOf(await validate(name, { name: 'v', 'connector.class': name, topics: 't' })))
    }
    assert.deepEqual(results, [{}, {}, {}])
  })

  test('A59: neither or both of topics and topics.regex are two errors', async () => {
    const base = { name: 'v', 'connector.class': 'FileStreamSink' }
    const neither = await validate('FileStreamSink', base)
    assert.equal(neither.error_count, 2)
    const both = await validate('FileStreamSink', { ...base, topics: 't', 'topics.regex': 't.*' })
    assert.deepEqual(errorsOf(both), {
      topics: ['topics and topics.regex are mutually exclusive options, but both are set.'],
      'topics.regex': ['topics and topics.regex are mutually exclusive options, but both are set.'],
    })
  })

  test('A60: a dead letter topic that is an input is refused', async () => {
    const base = { name: 'v', 'connector.class': 'FileStreamSink', 'errors.deadletterqueue.topic.name': 'd' }
    assert.match(
      errorsOf(await validate('FileStreamSink', { ...base, topics: 'a,d' }))['topics']?.[0] ?? '',
      /^The DLQ topic 'd' may not be included/,
    )
    assert.match(
      errorsOf(await validate('FileStreamSink', { ...base, 'topics.regex': '[a-d]' }))['topics.regex']?.[0] ??
        '',
      /^The DLQ topic 'd' may not be matched/,
    )
  })

  test('A61: what is wrong with transformations and predicates, one error each', async () => {
    const base = { name: 'v', 'connector.class': 'FileStreamSink', topics: 't' }
    const cases: [Record<string, string>, string][] = [
      [{ transforms: 't,t', 'transforms.t.type': 'Filter' }, 'transforms'],
      [{ transforms: 't' }, 'transforms.t.type'],
      [{ transforms: 't', 'transforms.t.type': 'Nope' }, 'transforms.t.type'],
      [
        {
          transforms: 't',
          'transforms.t.type': 'org.apache.kafka.connect.transforms.Filter',
          'transforms.t.negate': 'true',
        },
        'transforms.t.negate',
      ],
      [
        {
          predicates: 'p,p',
          'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
        },
        'predicates',
      ],
      [{ predicates: 'p' }, 'predicates.p.type'],
    ]
    for (const [config, key] of cases) {
      const infos = await validate('FileStreamSink', { ...base, ...config })
      assert.deepEqual([infos.error_count, Object.keys(errorsOf(infos))], [1, [key]], JSON.stringify(config))
    }
  })

  test('A62: a converter that is not there or is set up wrongly is one error', async () => {
    const base = { name: 'v', 'connector.class': 'FileStreamSink', topics: 't' }
    for (const key of ['key.converter', 'value.converter', 'header.converter']) {
      const missing = await validate('FileStreamSink', { ...base, [key]: 'NopeConverter' })
      assert.deepEqual([missing.error_count, Object.keys(errorsOf(missing))], [1, [key]])
    }
    const wrong = await validate('FileStreamSink', {
      ...base,
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'maybe',
    })
    assert.deepEqual(Object.keys(errorsOf(wrong)), ['value.converter.schemas.enable'])
  })
})
