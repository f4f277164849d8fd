import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ConsumerRecord } from '../../framework/api/src/kafka/port.ts'
import { EchoingPeer, SecuredWorker } from '../support/secured-worker.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'

const S3 = 'io.confluent.connect.s3.S3SinkConnector'
const JDBC = 'io.confluent.connect.jdbc.JdbcSinkConnector'
const PROVIDED = 'pr0vided/s=cret+4711'
const LITERAL = 'lit?ral"s&cret<0815'

let worker: SecuredWorker
let peer: EchoingPeer

before(async () => {
  peer = await EchoingPeer.start()
  worker = await SecuredWorker.start({
    provided: PROVIDED,
    info: `robot:${PROVIDED}`,
    url: `jdbc:postgresql://127.0.0.1:1/${PROVIDED}`,
  })
})
after(async () => {
  await worker?.dispose()
  peer?.close()
})

/** Every way in which a test would find the secrets again. */
function assertHidden(text: string, what: string): void {
  for (const secret of [PROVIDED, LITERAL]) {
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(`robot:${secret}`).toString('base64').replaceAll('=', ''),
      encodeURIComponent(`robot:${secret}`),
    ]
    for (const form of forms) {
      const at = text.indexOf(form)
      assert.equal(at, -1, `${what}: ${text.slice(Math.max(0, at - 80), at + form.length + 20)}`)
    }
  }
}

const s3 = (more: Record<string, string>): Record<string, string> => ({
  'connector.class': S3,
  's3.bucket.name': 'none',
  's3.region': 'us-east-1',
  'store.url': 'http://127.0.0.1:1',
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
  's3.validate.access': 'false',
  'flush.size': '3',
  topics: 'orders',
  name: 'orders',
  ...more,
})

suite('what a provider fills in, and what stands under a key for passwords', () => {
  test('is in no answer of validation, preview or creation, wherever it was put, for any caller', async () => {
    const provided = worker.placeholder('provided')
    const cases: Record<string, string>[] = [
      s3({ 'topics.dir': provided }),
      s3({ 'topics.dir': `a/${provided}/b` }),
      s3({ transforms: provided }),
      s3({ predicates: provided }),
      s3({ name: provided }),
      s3({ 'flush.size': provided }),
      s3({ 'format.class': provided }),
      s3({ 'partitioner.class': provided }),
      s3({ 'key.converter': provided }),
      s3({ topics: provided }),
      s3({ 'topics.regex': provided }),
      s3({ 'consumer.override.max.poll.records': provided }),
      s3({ 'schemaless.schema.file': provided }),
      s3({
        transforms: 'a',
        'transforms.a.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
        'transforms.a.static.field': 'f',
        'transforms.a.static.value': provided,
      }),
      s3({
        transforms: 'a',
        'transforms.a.type': 'org.apache.kafka.connect.transforms.RegexRouter',
        'transforms.a.regex': '.*',
        'transforms.a.replacement': provided,
      }),
      {
        'connector.class': JDBC,
        topics: 'orders',
        name: 'orders',
        'connection.url': worker.placeholder('url'),
      },
      {
        'connector.class': JDBC,
        topics: 'orders',
        name: 'orders',
        'connection.url': 'jdbc:postgresql://127.0.0.1:1/x',
        'connection.user': 'robot',
        'connection.password': LITERAL,
        'table.name.format': provided,
      },
      { 'connector.class': provided, topics: 'orders', name: 'orders' },
    ]
    for (const config of cases) {
      const plugin = config['connector.class'] === JDBC ? JDBC : S3
      const body = { config, records: [{ value: { f: 1 } }] }
      for (const [user, method, verb, sent] of [
        ['viewer', 'PUT', 'config/validate', config],
        ['admin', 'PUT', 'config/validate', config],
        ['admin', 'POST', 'preview', body],
      ] as const) {
        const reply = await worker.ask(user, method, `/connector-plugins/${plugin}/${verb}`, sent)
        assertHidden(reply.text, `${user} ${verb} ${JSON.stringify(config)}`)
      }
      if (plugin === JDBC) {
        const reply = await worker.ask('admin', 'POST', '/connectors', { name: config['name'], config })
        assertHidden(reply.text, `POST ${JSON.stringify(config)}`)
      }
    }
    assertHidden(worker.worker.output(), 'the log')
  })

  test('is in no trace, log line or dead letter, though a peer echoes it in any form', async () => {
    const topic = uniqueName('echo')
    await createTopic(topic, 1)
    // Schema 7 of a registry that nobody may read.
    await produce([{ topic, partition: 0, value: Buffer.from([0, 0, 0, 0, 7, 2]) }])
    for (const info of [`robot:${LITERAL}`, worker.placeholder('info')]) {
      const converter = {
        'value.converter': 'io.confluent.connect.avro.AvroConverter',
        'value.converter.schema.registry.url': `http://127.0.0.1:${peer.port}`,
        'value.converter.basic.auth.credentials.source': 'USER_INFO',
        'value.converter.basic.auth.user.info': info,
        'value.converter.max.retries': '0',
      }
      const base = { 'connector.class': 'FileStreamSink', topics: topic, file: '/dev/null', ...converter }
      const failing = uniqueName('echo-fails')
      const queue = uniqueName('echo-dlq')
      const dead = uniqueName('echo-dead')
      const dlq = {
        'errors.tolerance': 'all',
        'errors.log.enable': 'true',
        'errors.deadletterqueue.topic.name': queue,
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'true',
      }
      for (const [name, config] of [
        [failing, { ...base, 'errors.restart.max': '0' }],
        [dead, { ...base, ...dlq }],
      ] as const) {
        const reply = await worker.ask('admin', 'POST', '/connectors', { name, config })
        assert.equal(reply.status, 201, reply.text)
      }
      let status = ''
      await until('the task is FAILED', async () => {
        status = (await worker.ask('admin', 'GET', `/connectors/${failing}/status`)).text
        return status.includes('FAILED')
      })
      assert.match(status, /not for you: Basic \[hidden\] is /, status)
      assertHidden(status, 'the trace')
      const [record] = await consume(queue, 1)
      const headers = (record?.headers ?? [])
        .map(({ key, value }) => `${key}=${value?.toString() ?? ''}`)
        .join('\n')
      assert.match(headers, /exception\.message=[^]*not for you: Basic \[hidden\]/)
      assertHidden(headers, 'the dead letter')
      const preview = await worker.ask('admin', 'POST', '/connector-plugins/FileStreamSink/preview', {
        config: base,
        records: [{ value: { base64: 'AAAAAAcC' } }],
      })
      assert.match(preview.text, /not for you/)
      assertHidden(preview.text, 'the preview')
      for (const name of [failing, dead]) {
        assert.equal((await worker.ask('admin', 'DELETE', `/connectors/${name}`)).status, 204)
      }
    }
    assert.ok(peer.answers.some((answer) => answer.includes(LITERAL)))
    assert.ok(peer.answers.some((answer) => answer.includes(PROVIDED)))
    assertHidden(worker.worker.output(), 'the log')
    assert.match(worker.worker.output(), /not for you: Basic \[hidden\]/)
  })
})

async function consume(topic: string, count: number): Promise<ConsumerRecord[]> {
  const consumer = kafka().consumer({ groupId: uniqueName('reader'), clientId: 'reader' })
  const none = async (): Promise<void> => {}
  consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
  const records: ConsumerRecord[] = []
  try {
    await until(`${count} records in ${topic}`, async () => {
      records.push(...(await consumer.poll(500)))
      return records.length >= count
    })
    return records
  } finally {
    await consumer.close()
  }
}
