import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { RIGHTS } from '../../framework/worker/src/rest/rights.ts'
import { EchoingPeer, SecuredWorker } from '../support/secured-worker.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'

const S3 = 'io.confluent.connect.s3.S3SinkConnector'
const JDBC = 'io.confluent.connect.jdbc.JdbcSinkConnector'
const FILE = 'FileStreamSink'
const SECRET = 'only-for-tasks-4711'

let worker: SecuredWorker
let peer: EchoingPeer

before(async () => {
  peer = await EchoingPeer.start()
  worker = await SecuredWorker.start(
    { secret: SECRET, count: '7' },
    { 'task.shutdown.graceful.timeout.ms': '1000' },
  )
})
after(async () => {
  await worker?.dispose()
  peer?.close()
})

interface Infos {
  readonly error_count: number
  readonly sample_object_keys?: readonly string[]
  readonly configs: readonly {
    readonly value: { readonly name: string; readonly errors: readonly string[] }
  }[]
}
const validate = async (user: 'admin' | 'viewer', plugin: string, config: object): Promise<Infos> => {
  const { status, body, text } = await worker.ask(
    user,
    'PUT',
    `/connector-plugins/${plugin}/config/validate`,
    config,
  )
  assert.equal(status, 200, text)
  return body as Infos
}
const errorsOf = ({ configs }: Infos): string[] => configs.flatMap(({ value }) => value.errors)
const preview = async (plugin: string, config: object, records: unknown = [{ value: { a: 1 } }]) =>
  await worker.ask('viewer', 'POST', `/connector-plugins/${plugin}/preview`, { config, records })

const s3 = (more: Record<string, string> = {}): Record<string, string> => ({
  'connector.class': S3,
  's3.bucket.name': 'none',
  's3.region': 'us-east-1',
  'store.url': `http://127.0.0.1:${peer.port}`,
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
  'flush.size': '3',
  topics: 'orders',
  name: 'orders',
  ...more,
})

test('the table of rights names every operation of the OpenAPI and nothing else, and each is kept or let through', async () => {
  const { body } = await worker.ask('viewer', 'GET', '/openapi.json')
  const { paths } = body as { paths: Record<string, Record<string, unknown>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
  assert.deepEqual(operations.toSorted(), Object.keys(RIGHTS).toSorted())
  for (const [operation, right] of Object.entries(RIGHTS)) {
    const [method = '', route = ''] = operation.split(' ')
    const path = route.replaceAll(/:\w+/g, '0')
    const { status, text } = await worker.ask('viewer', method, path, method === 'GET' ? undefined : {})
    assert.equal(status === 403, right === 'change', `${operation}: ${status} ${text}`)
    if (right === 'change') assert.match(text, /User viewer may only read/)
    for (const variant of [
      `${path}/`,
      `${path}?forward=false`,
      path.replace('/connectors', '/%63onnectors'),
    ]) {
      const other = await worker.ask('viewer', method, variant, method === 'GET' ? undefined : {})
      assert.ok(
        right === 'read' || other.status === 403 || other.status === 404,
        `${method} ${variant}: ${other.status}`,
      )
    }
  }
})

suite('a user who may only read', () => {
  test('has a configuration validated without placeholders, which it is not told anything of', async () => {
    const config = s3({
      'topics.dir': worker.placeholder('secret'),
      'flush.size': worker.placeholder('count'),
    })
    const infos = await validate('viewer', S3, config)
    assert.deepEqual(errorsOf(infos), [])
    assert.equal(infos.error_count, 0)
    const text = JSON.stringify(infos)
    assert.ok(!text.includes(SECRET) && !text.includes('"7"'), text)
    const missing = s3({ 'topics.dir': worker.placeholder('not-there') })
    assert.equal(
      JSON.stringify(await validate('viewer', S3, missing)).replaceAll('not-there', 'secret'),
      JSON.stringify(await validate('viewer', S3, s3({ 'topics.dir': worker.placeholder('secret') }))),
    )
    assert.match(
      errorsOf(await validate('viewer', S3, s3({ 'flush.size': 'many' })))[0] ?? '',
      /Invalid value many/,
    )
  })

  test('makes the worker connect nowhere, by no connector, converter, client or preview', async () => {
    const url = `http://127.0.0.1:${peer.port}`
    const avro = {
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': url,
      'value.converter.max.retries': '0',
    }
    const jdbc = {
      'connector.class': JDBC,
      topics: 'orders',
      name: 'orders',
      'value.converter.schemas.enable': 'true',
    }
    const cases: [string, Record<string, string>][] = [
      [S3, s3()],
      [S3, s3({ 'proxy.url': url, 's3.proxy.url': url })],
      [S3, s3(avro)],
      [FILE, { topics: 'orders', file: '/dev/null', ...avro }],
      [JDBC, { ...jdbc, 'connection.url': `jdbc:postgresql://127.0.0.1:${peer.port}/x` }],
      [JDBC, { ...jdbc, 'connection.url': `jdbc:mysql://127.0.0.1:${peer.port}/x` }],
      [
        FILE,
        {
          topics: 'orders',
          file: '/dev/null',
          'consumer.override.bootstrap.servers': `127.0.0.1:${peer.port}`,
        },
      ],
    ]
    for (const [plugin, config] of cases) {
      await validate('viewer', plugin, config)
      await preview(plugin, config)
      await preview(plugin, config, 3)
    }
    assert.equal(peer.connections, 0)
    await validate('admin', JDBC, cases[4]?.[1] ?? {})
    assert.ok(peer.connections > 0, 'the same for who may create connectors does connect')
  })

  test('sees where its own records would be written, and no records of topics', async () => {
    const topic = uniqueName('read-only')
    await createTopic(topic, 1)
    await produce([{ topic, partition: 0, value: Buffer.from('{"private":1}') }])
    const own = await preview(S3, s3({ topics: topic }))
    assert.equal(own.status, 200, own.text)
    assert.match(own.text, new RegExp(`topics/${topic}/partition=0/${topic}\\+0\\+0000000000\\.json`))
    const theirs = await preview(S3, s3({ topics: topic }), 10)
    assert.equal(theirs.status, 403, theirs.text)
    assert.match(theirs.text, /send records along/)
    const tables = await preview(JDBC, {
      topics: topic,
      'connection.url': `jdbc:postgresql://127.0.0.1:${peer.port}/x`,
      'table.name.format': 'kafka_${topic}',
    })
    assert.equal(tables.status, 200, tables.text)
    assert.match(tables.text, /"destinations":\["\\"kafka_/)
    assert.doesNotMatch(tables.text, /statements/)
  })

  test('has no placeholder filled into a preview, which cannot be used to guess either', async () => {
    const { status, text } = await preview(
      S3,
      s3({
        'topics.dir': worker.placeholder('secret'),
        transforms: 'a',
        'transforms.a.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
        'transforms.a.static.field': 'f',
        'transforms.a.static.value': worker.placeholder('secret'),
      }),
      [{ value: { guess: SECRET } }],
    )
    assert.equal(status, 200, text)
    assert.ok(text.includes('${file:'), text)
    assert.ok(text.includes(`"guess":"${SECRET}"`), text)
    const wrong = await worker.ask('viewer', 'GET', `/connectors/${SECRET}`)
    assert.equal(wrong.status, 404)
    assert.ok(wrong.text.includes(SECRET), 'what it has sent comes back as it is')
  })

  test('learns about no file of the machine, and makes none', async () => {
    const secret = join(worker.folder, 'secrets.properties')
    const schema = join(worker.folder, 'schema.json')
    writeFileSync(schema, '{"type":"object","properties":{"a":{"type":"integer"}}}')
    const shape = (text: string): string => text.replaceAll(/(?:\/[\w.-]+)+/g, '/path')
    const keys: [string, Record<string, string>, string][] = [
      [S3, s3(), 'schemaless.schema.file'],
      [
        FILE,
        {
          topics: 'a',
          name: 'a',
          file: '/dev/null',
          'value.converter': 'io.confluent.connect.avro.AvroConverter',
          'value.converter.schema.registry.url': 'http://127.0.0.1:1',
        },
        'value.converter.schema.registry.ssl.truststore.location',
      ],
      [
        FILE,
        { topics: 'a', name: 'a', file: '/dev/null', 'consumer.override.ssl.truststore.type': 'PEM' },
        'consumer.override.ssl.truststore.location',
      ],
      [
        FILE,
        { topics: 'a', name: 'a', file: '/dev/null', 'producer.override.ssl.keystore.type': 'PEM' },
        'producer.override.ssl.keystore.location',
      ],
    ]
    for (const [plugin, config, key] of keys) {
      const told = new Set<string>()
      for (const file of [secret, schema, join(worker.folder, 'nothing')]) {
        const infos = await validate('viewer', plugin, { ...config, [key]: file })
        told.add(shape(JSON.stringify(infos)))
        const tried = await preview(plugin, { ...config, [key]: file })
        told.add(shape(`${tried.status} ${tried.text}`))
      }
      assert.equal(told.size, 2, `${key}: ${[...told].map((text) => text.slice(0, 300)).join('\n')}`)
    }
    const database = join(worker.folder, 'made.db')
    const sqlite = { topics: 'a', name: 'a', 'connection.url': `jdbc:sqlite:${database}` }
    await validate('viewer', JDBC, sqlite)
    await preview(JDBC, sqlite)
    assert.deepEqual(errorsOf(await validate('admin', JDBC, sqlite)), [])
    const body = { config: { ...sqlite, 'auto.create': 'true' }, records: [{ value: 'x' }] }
    await worker.ask('admin', 'POST', `/connector-plugins/${JDBC}/preview`, body)
    assert.equal(existsSync(database), false, 'neither does anybody’s validation or preview make one')
  })

  test('is shown [hidden] for secrets, and who may write can write that back', async () => {
    const name = uniqueName('marks')
    const written = {
      ...s3({ name }),
      'store.url': 'http://user:url-secret@127.0.0.1:1',
      'aws.access.key.id': 'AKIA',
      'aws.secret.access.key': 'aws-secret-value',
      's3.proxy.password': worker.placeholder('secret'),
      'consumer.override.sasl.jaas.config': 'x required username="u" password="jaas-secret";',
      'consumer.override.sasl.mechanism': 'PLAIN',
      'consumer.override.max.poll.records': '100',
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': 'http://127.0.0.1:1',
      'value.converter.basic.auth.user.info': 'u:registry-secret',
      'my.own.api.token': 'token-secret',
    }
    const created = await worker.ask('admin', 'POST', '/connectors', {
      name,
      config: written,
      initial_state: 'STOPPED',
    })
    assert.equal(created.status, 201, created.text)
    const shown = {
      ...written,
      'store.url': 'http://user:[hidden]@127.0.0.1:1',
      'aws.secret.access.key': '[hidden]',
      's3.proxy.password': '[hidden]',
      'consumer.override.sasl.jaas.config': '[hidden]',
      'value.converter.basic.auth.user.info': '[hidden]',
      'my.own.api.token': '[hidden]',
    }
    const config = async (user: 'admin' | 'viewer'): Promise<unknown> =>
      (await worker.ask(user, 'GET', `/connectors/${name}/config`)).body
    assert.deepEqual(await config('admin'), written)
    assert.deepEqual(await config('viewer'), shown)
    const info = (await worker.ask('viewer', 'GET', `/connectors/${name}`)).body as { config: unknown }
    assert.deepEqual(info.config, shown)
    const all = (await worker.ask('viewer', 'GET', '/connectors?expand=info&expand=status')).body as Record<
      string,
      { info: { config: unknown } }
    >
    assert.deepEqual(all[name]?.info.config, shown)

    const put = async (path: string, method: string, body: object): Promise<number> =>
      (await worker.ask('admin', method, path, body)).status
    assert.equal(await put(`/connectors/${name}/config`, 'PUT', { ...shown, 'flush.size': '9' }), 200)
    assert.deepEqual(await config('admin'), { ...written, 'flush.size': '9' })
    const patch = { 'aws.secret.access.key': '[hidden]', 'store.url': shown['store.url'], 'flush.size': '8' }
    assert.equal(await put(`/connectors/${name}/config`, 'PATCH', patch), 200)
    assert.deepEqual(await config('admin'), { ...written, 'flush.size': '8' })
    assert.equal(
      await put(`/connectors/${name}/config`, 'PATCH', { 'aws.secret.access.key': 'a-new-one' }),
      200,
    )
    assert.deepEqual(await config('admin'), {
      ...written,
      'flush.size': '8',
      'aws.secret.access.key': 'a-new-one',
    })

    const other = uniqueName('marks')
    for (const [method, path, body] of [
      ['POST', '/connectors', { name: other, config: { ...shown, name: other } }],
      ['PUT', `/connectors/${other}/config`, { ...shown, name: other }],
      // A mark where there was none, and one that is not the one that was shown.
      ['PATCH', `/connectors/${name}/config`, { 's3.credentials.provider.vault.secret': '[hidden]' }],
      ['PATCH', `/connectors/${name}/config`, { 'store.url': 'http://evil:[hidden]@127.0.0.2:1' }],
    ] as const) {
      const reply = await worker.ask('admin', method, path, body)
      assert.equal(reply.status, 400, reply.text)
      assert.match(reply.text, /\[hidden\] stands for a value that is not shown/)
    }
    assert.equal((await worker.ask('admin', 'GET', `/connectors/${other}`)).status, 404)

    assert.equal(await put(`/connectors/${name}/resume`, 'PUT', {}), 202)
    let tasks: { config: Record<string, string> }[] = []
    for (let i = 0; i < 100 && tasks.length === 0; i++) {
      tasks = (await worker.ask('viewer', 'GET', `/connectors/${name}/tasks`)).body as typeof tasks
    }
    const text = JSON.stringify(tasks)
    assert.equal(tasks[0]?.config['aws.secret.access.key'], '[hidden]')
    for (const secret of [
      'url-secret',
      'a-new-one',
      SECRET,
      'jaas-secret',
      'registry-secret',
      'token-secret',
    ]) {
      assert.ok(!text.includes(secret), `${secret} in ${text}`)
    }
    assert.equal(await put(`/connectors/${name}`, 'DELETE', {}), 204)
  })
})
