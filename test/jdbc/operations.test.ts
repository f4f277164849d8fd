import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { INT32, type SinkRecord } from '@spillway/framework'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { postgresDatabase, type TestDatabase } from './support/databases.ts'
import { eachDatabase } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'
import { TcpProxy } from './support/tcp-proxy.ts'

const servers = eachDatabase(['postgresql', 'mysql'])
const sqlite = eachDatabase(['sqlite'])

const SCHEMA = fieldsSchema({ id: INT32 })
const row = (id: number): SinkRecord => valueRecord(SCHEMA, { id })
const CONFLUENT = 'io.confluent.connect.jdbc.JdbcSinkConnector'

let database: TestDatabase
let folder: string
let worker: WorkerProcess

before(async () => {
  database = await postgresDatabase()
  folder = mkdtempSync(join(tmpdir(), 'spillway-secrets-'))
  writeFileSync(
    join(folder, 'db.properties'),
    `url=${database.url}\npassword=${database.config['connection.password']}\nwrong=not-the-password-77\n`,
  )
  worker = await WorkerProcess.start({
    config: {
      'config.providers': 'file',
      'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
    },
  })
})

after(async () => {
  await worker.dispose()
  await database[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const secret = (key: string): string => `\${file:${join(folder, 'db.properties')}:${key}}`

test('URL and password come from a provider: validated, used, and shown as they are written', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic)
  await produce([{ topic, partition: 0, value: Buffer.from('{"id":1}') }])
  const config = {
    'connector.class': CONFLUENT,
    topics: topic,
    'connection.url': secret('url'),
    'connection.user': database.config['connection.user'] ?? '',
    'connection.password': secret('password'),
    'auto.create': 'true',
  }
  const validate = async (changes: object): Promise<Record<string, { value: string; errors: string[] }>> => {
    const path = `/connector-plugins/${CONFLUENT}/config/validate`
    const { body } = await worker.rest('PUT', path, { name: 'v', ...config, ...changes })
    const { configs } = body as { configs: { value: { name: string; value: string; errors: string[] } }[] }
    return Object.fromEntries(configs.map(({ value }) => [value.name, value]))
  }
  const right = await validate({})
  assert.deepEqual(
    Object.values(right).flatMap(({ errors }) => errors),
    [],
  )
  assert.equal(right['connection.url']?.value, secret('url'))
  assert.equal(right['connection.password']?.value, '[hidden]')
  const wrong = await validate({ 'connection.password': secret('wrong') })
  assert.match(
    wrong['connection.url']?.errors[0] ?? '',
    /^Could not connect to database\. password authentication failed/,
  )
  const notUrl = await validate({ 'connection.url': secret('wrong') })
  assert.deepEqual(notUrl['connection.url']?.errors, ['Not a valid JDBC URL: [hidden]'])

  const name = uniqueName('jdbc')
  const reply = await worker.rest('POST', '/connectors', { name, config })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  await until('the row is there', async () => {
    return (await database.query(`SELECT id FROM "${topic}"`).catch(() => [])).length === 1
  })
  const shown =
    JSON.stringify([(await worker.rest('GET', `/connectors/${name}`)).body, wrong, notUrl]) + worker.output()
  assert.doesNotMatch(shown, /not-the-password-77/)
  assert.ok(shown.includes('db.properties:password'))
  await worker.rest('DELETE', `/connectors/${name}`)
})

servers('idle connections are kept alive by the network', async (fixture) => {
  await using proxy = await TcpProxy.start('127.0.0.1', portOf(fixture.database.url))
  const url = fixture.database.url.replace(/:\d+\//, `:${proxy.port}/`)
  await using task = await TaskDriver.start(fixture.config({ 'connection.url': url }))
  await task.write(row(1))
  await until('the system counts down to the next probe', async () => keepsAlive(proxy.port))
})

servers(
  'a lost connection is made again with a pause between attempts, and said in the status',
  async (fixture) => {
    const { database: own, config, rows } = fixture
    const proxy = await TcpProxy.start('127.0.0.1', portOf(own.url))
    const { port } = proxy
    const url = own.url.replace(/:\d+\//, `:${port}/`)
    await using task = await TaskDriver.start(config({ 'connection.url': url, 'retry.backoff.ms': '300' }))
    await task.write(row(1))
    await proxy[Symbol.asyncDispose]()
    await task.putOnce(row(2))
    const attempts: number[] = []
    let told = 0
    await until('three attempts have failed', async () => {
      await task.putOnce().catch(() => undefined)
      const waits = task.notices.filter((notice) => notice?.startsWith('Waiting for the database')).length
      if (waits > told) attempts.push(performance.now())
      told = waits
      return attempts.length === 3
    })
    const pauses = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0))
    for (const pause of pauses) assert.ok(pause >= 250, `${pause} ms between attempts`)
    await using _again = await TcpProxy.start('127.0.0.1', portOf(own.url), port)
    await task.flush()
    await task.write(row(3))
    assert.deepEqual(await rows('id'), [{ id: 1 }, { id: 2 }, { id: 3 }])
    assert.equal(task.notices.at(-1), null)
  },
)

sqlite(
  'a full disk is waited for: nothing is reported, everything written',
  async ({ config, rows, database: file }) => {
    const init = (pages: number): string => `PRAGMA max_page_count = ${pages}`
    await using maker = await TaskDriver.start(config())
    await maker.write(row(0))
    const [size] = await file.query('PRAGMA page_count')
    const full = config({ 'connection.init.sql': init(Number(size?.['page_count'])), 'max.retries': '0' })
    await using task = await TaskDriver.start(full, { reports: true })
    const many = Array.from({ length: 5_000 }, (_, i) => row(i + 1))
    await task.putOnce(...many)
    await until('the wait is told', async () => {
      await task.putOnce().catch(() => undefined)
      return task.notices.some((notice) =>
        /Waiting for the database: .*full \[SQLState=SQLITE_13\]/.test(notice ?? ''),
      )
    })
    assert.equal(task.reported.length, 0)
    assert.equal((await rows('id')).length, 1)
  },
)

function portOf(url: string): number {
  return Number(new URL(url.replace('jdbc:', '')).port)
}

/** True where a connection to this port has the timer of keep-alive running (2 in the sixth column). */
function keepsAlive(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, , remote, , , timer]) => remote?.endsWith(`:${hex}`) === true && timer?.startsWith('02:') === true,
    )
}
