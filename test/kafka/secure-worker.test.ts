import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test, type TestContext } from 'node:test'
import { USER } from '@spillway/kafka/testing'
import { unsecuredTokens } from '../../framework/kafka/src/oauth-token.ts'
import { platformaticClient } from '../../framework/kafka/src/index.ts'
import { type StartedBroker, startSecureBroker } from '../conformance/kafka/secure-broker.ts'
import { uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

type Config = Record<string, string>

const folder = mkdtempSync(join(tmpdir(), 'spillway-secure-'))
const CREDENTIALS = `username="${USER.username}" password="${USER.password}"`
const PLAIN: Config = {
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${CREDENTIALS};`,
}
let broker: StartedBroker
let provider: Server
const tokenRequests: string[] = []

/** For the worker's own clients and those of its tasks, as Connect's documentation has it. */
const everywhere = (security: Config): Config =>
  Object.fromEntries(
    ['', 'consumer.', 'producer.'].flatMap((prefix) =>
      Object.entries(security).map(([key, value]) => [`${prefix}${key}`, value]),
    ),
  )

async function start(t: TestContext, server: string, security: Config): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start({ config: { 'bootstrap.servers': server, ...security } })
  t.after(() => worker.dispose())
  return worker
}

/** Two records in a topic: one that is JSON, and one that is not. */
async function topicWithBadRecord(): Promise<string> {
  const topic = uniqueName('secure')
  const client = platformaticClient({
    bootstrapServers: [broker.servers.SASL_PLAINTEXT],
    securityProtocol: 'SASL_PLAINTEXT',
    sasl: { mechanism: 'PLAIN', ...USER },
  })
  const [admin, producer] = [client.admin(), client.producer({ clientId: 'test' })]
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
  await producer.send([
    { topic, partition: 0, value: Buffer.from('"good"') },
    { topic, partition: 0, value: Buffer.from('no JSON') },
  ])
  await Promise.all([admin.close(), producer.close()])
  return topic
}

/** The connector reads, writes its dead letter, whose topic it creates, and another one reads that. */
async function assertAllClientsWork(worker: WorkerProcess, overrides: Config = {}): Promise<void> {
  const topic = await topicWithBadRecord()
  const [good, bad] = [join(folder, `${topic}.txt`), join(folder, `${topic}-dlq.txt`)]
  const create = async (name: string, config: Config): Promise<void> => {
    const all = { 'connector.class': 'FileStreamSink', ...overrides, ...config }
    const reply = await worker.rest('POST', '/connectors', { name, config: all })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
  }
  await create('first', {
    topics: topic,
    file: good,
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': `${topic}-dlq`,
    'errors.deadletterqueue.topic.replication.factor': '1',
  })
  const holds = (file: string, line: string): boolean =>
    existsSync(file) && readFileSync(file, 'utf8') === line
  await until('the good record', () => holds(good, 'good\n'))
  await create('second', {
    topics: `${topic}-dlq`,
    file: bad,
    'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  })
  await until('the dead letter', () => holds(bad, 'no JSON\n'))
  await until('the offsets, as the admin client reads them', async () => {
    const { body } = await worker.rest('GET', '/connectors/first/offsets')
    const { offsets } = body as { offsets: { offset: { kafka_offset: number } }[] }
    return offsets[0]?.offset.kafka_offset === 2
  })
}

before(async () => {
  broker = await startSecureBroker()
  provider = createServer((request, response) => {
    void text(request).then(async (body) => {
      tokenRequests.push(`${request.headers.authorization} ${body}`)
      const token = await unsecuredTokens({ unsecuredLoginStringClaim_sub: 'worker' })()
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ access_token: token, expires_in: 3_600 }))
    })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
})
after(async () => {
  provider.close()
  await broker[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

suite('a worker at a Kafka that asks who one is', () => {
  test('SASL_PLAINTEXT with PLAIN', async (t) => {
    await assertAllClientsWork(await start(t, broker.servers.SASL_PLAINTEXT, everywhere(PLAIN)))
  })

  test('SASL_SSL with SCRAM-SHA-512, trusting a certificate in a file', async (t) => {
    const security = {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required ${CREDENTIALS};`,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': broker.certificateFile,
    }
    await assertAllClientsWork(await start(t, broker.servers.SASL_SSL, everywhere(security)))
  })

  test('SASL_PLAINTEXT with OAUTHBEARER, its tokens from an identity provider', async (t) => {
    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/token`
    const security = {
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': url,
      'sasl.login.callback.handler.class':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
      'sasl.jaas.config':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="worker" ' +
        'clientSecret="hidden" scope="kafka";',
    }
    await assertAllClientsWork(await start(t, broker.servers.SASL_PLAINTEXT, everywhere(security)))
    const basic = Buffer.from('worker:hidden').toString('base64')
    assert.equal(tokenRequests[0], `Basic ${basic} grant_type=client_credentials&scope=kafka`)
  })

  test('SSL with a certificate of its own, key and chain in one file', async (t) => {
    const keyStore = join(folder, 'client.pem')
    writeFileSync(keyStore, `${broker.client.key}${broker.client.certificate}`)
    const security = {
      'security.protocol': 'SSL',
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': broker.certificate,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keyStore,
    }
    await assertAllClientsWork(await start(t, broker.servers.MTLS, everywhere(security)))
  })

  test('consumer.override, producer.override and admin.override act: credentials that the connector brings', async (t) => {
    // The worker's own clients are let in; those of its tasks have nothing from it.
    const worker = await start(t, broker.servers.SASL_PLAINTEXT, PLAIN)
    const overrides = ['consumer', 'producer', 'admin'].flatMap((kind) =>
      Object.entries(PLAIN).map(([key, value]) => [`${kind}.override.${key}`, value] as const),
    )
    await assertAllClientsWork(worker, Object.fromEntries(overrides))
  })

  test('wrong credentials of a connector fail its task and say where they stand', async (t) => {
    const worker = await start(t, broker.servers.SASL_PLAINTEXT, everywhere(PLAIN))
    const jaas =
      'org.apache.kafka.common.security.plain.PlainLoginModule required username="x" password="secret-x";'
    const reply = await worker.rest('POST', '/connectors', {
      name: 'wrong',
      config: {
        'connector.class': 'FileStreamSink',
        topics: await topicWithBadRecord(),
        file: join(folder, 'wrong.txt'),
        'consumer.override.sasl.jaas.config': jaas,
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    let trace: string | undefined
    await until('the task is FAILED', async () => {
      const { body } = await worker.rest('GET', '/connectors/wrong/tasks/0/status')
      const task = body as { state: string; trace?: string }
      trace = task.trace
      return task.state === 'FAILED'
    })
    assert.match(trace ?? '', /refused the credentials.*sasl\.jaas\.config/)
    assert.doesNotMatch(trace ?? '', /secret-x/)
  })

  test('overrides that no client can be made with are refused when the connector is created', async (t) => {
    const worker = await start(t, broker.servers.SASL_PLAINTEXT, everywhere(PLAIN))
    const { status, body } = await worker.rest('POST', '/connectors', {
      name: 'refused',
      config: {
        'connector.class': 'FileStreamSink',
        topics: 't',
        file: join(folder, 'refused.txt'),
        'consumer.override.max.poll.records': 'many',
        'admin.override.sasl.mechanism': 'GSSAPI',
        'producer.override.compression.type': 'brotli',
      },
    })
    assert.equal(status, 400)
    const { message } = body as { message: string }
    assert.match(message, /contains the following 3 error\(s\)/)
    assert.match(message, /max\.poll\.records/)
    assert.match(message, /sasl\.mechanism/)
    assert.match(message, /compression\.type/)
  })
})
