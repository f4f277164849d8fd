import assert from 'node:assert/strict'
import test from 'node:test'
import { INT32, type SinkRecord, STRING } from '@spillway/framework'
import { PrivateStack } from '../../stack/private-stack.ts'
import { StackError } from '../../stack/stack-error.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from './support/databases.ts'
import { fixtureOf } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'

const IS_LONG = process.env['SPILLWAY_LONG'] === '1'
const SCHEMA = fieldsSchema({ id: INT32, v: STRING })
const P0 = { topic: 'dummy', partition: 0 }

function batch(from: number, count: number): SinkRecord[] {
  return Array.from({ length: count }, (_, i) =>
    valueRecord(SCHEMA, { id: from + i, v: `v${from + i}` }, { kafkaOffset: BigInt(from + i) }),
  )
}

const KILLS = { postgres: 5, mariadb: IS_LONG ? 5 : 1 }

for (const name of ['postgres', 'mariadb'] as const) {
  const kills = KILLS[name]
  test(`${name} killed and restarted ${kills} times under load: every row once, no row missing`, async () => {
    await using stack = await PrivateStack.create()
    await stack.start([name])
    // The test's own connections die with the server: they are opened again to look at the rows.
    const first = await (name === 'postgres'
      ? postgresDatabase(stack.endpoints.postgres)
      : mysqlDatabase(stack.endpoints.mariadb))
    const { config, table } = fixtureOf(first)
    const place = {
      ...config({ 'offsets.storage.table': 'spillway_offsets', 'retry.backoff.ms': '100' }),
      'connection.url': first.url,
    }
    await using task = await TaskDriver.start(place, { reports: true })
    await task.open(P0)
    let sent = 0
    const send = async (puts: number): Promise<void> => {
      for (let i = 0; i < puts; i++) {
        await task.put(...batch(sent, 200))
        sent += 200
      }
    }
    await send(5)
    for (let kill = 0; kill < kills; kill++) {
      const load = send(30)
      await stack.kill(name)
      await until(`${name} is up again`, async () => await starts(stack, name))
      await load
    }
    await task.flush()
    await using second = await (name === 'postgres'
      ? postgresDatabase(stack.endpoints.postgres, databaseOf(first.url))
      : mysqlDatabase(stack.endpoints.mariadb, databaseOf(first.url)))
    const rows = await second.query(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM ${table}`)
    assert.deepEqual([Number(rows[0]?.['n']), Number(rows[0]?.['d'])], [sent, sent])
    assert.equal(task.reported.length, 0)
    assert.equal(task.notices.at(-1), null)
    assert.ok(task.notices.some((notice) => notice?.startsWith('Waiting for the database')))
  })
}

/** A server that was killed may hold its lock file for a moment. */
async function starts(stack: PrivateStack, name: 'postgres' | 'mariadb'): Promise<boolean> {
  try {
    await stack.start([name])
    return true
  } catch (error) {
    if (error instanceof StackError) return false
    throw error
  }
}

function databaseOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

test('a server that does not answer holds up no partition that leaves (mysql)', async () => {
  await using stack = await PrivateStack.create()
  await stack.start(['mariadb'])
  await using database = await mysqlDatabase(stack.endpoints.mariadb)
  await using task = await TaskDriver.start(fixtureOf(database).config())
  await task.open(P0)
  await task.write(...batch(0, 10))
  await stack.pause('mariadb')
  try {
    await leavesInTime(task)
  } finally {
    await stack.resume('mariadb')
  }
})

test('a statement that hangs holds up no partition that leaves (postgresql)', async () => {
  await using database = await postgresDatabase()
  const { config, table } = fixtureOf(database)
  await using task = await TaskDriver.start(config())
  await task.open(P0)
  await task.write(...batch(0, 10))
  await database.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  await leavesInTime(task)
  await database.query('ROLLBACK')
})

async function leavesInTime(task: TaskDriver): Promise<void> {
  await task.put(...batch(10, 10))
  const started = performance.now()
  assert.deepEqual(await task.durable(true), { 'dummy-0': 10n })
  await task.close()
  assert.ok(performance.now() - started < 60_000)
}

test('a worker waits out a dead database: RUNNING, with the reason in its status, nothing dead-lettered', async () => {
  await using stack = await PrivateStack.create()
  await stack.start(['postgres'])
  const database = await postgresDatabase(stack.endpoints.postgres)
  const topic = uniqueName('orders')
  await createTopic(topic)
  await createTopic(`${topic}-dlq`)
  const order = (id: number): { topic: string; partition: number; value: Buffer } => ({
    topic,
    partition: 0,
    value: Buffer.from(JSON.stringify({ id, v: 'x' })),
  })
  await produce(Array.from({ length: 1000 }, (_, i) => order(i)))
  const config = {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
    topics: topic,
    ...database.config,
    'auto.create': 'true',
    'retry.backoff.ms': '500',
    'max.retries': '0',
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': `${topic}-dlq`,
    'offsets.storage.table': 'spillway_offsets',
  }
  const worker = await WorkerProcess.start({ connectors: [{ name: topic, config }] })
  try {
    const count = async (from: TestDatabase): Promise<number> =>
      Number((await from.query(`SELECT count(*) AS n FROM "${topic}"`).catch(() => []))[0]?.['n'] ?? 0)
    await until('the first rows are there', async () => (await count(database)) === 1000)
    await stack.kill('postgres')
    await produce(Array.from({ length: 1000 }, (_, i) => order(1000 + i)))
    let status = ''
    await until('the status tells why it waits', async () => {
      status = JSON.stringify((await worker.rest('GET', `/connectors/${topic}/status`)).body)
      return status.includes('Waiting for the database')
    })
    assert.equal((status.match(/"state":"RUNNING"/g) ?? []).length, 2, status)
    await until('PostgreSQL is up again', async () => await starts(stack, 'postgres'))
    await using again = await postgresDatabase(stack.endpoints.postgres, databaseOf(database.url))
    await until('all rows are there', async () => (await count(again)) === 2000)
    await until('the status is clear again', async () => {
      const { body } = await worker.rest('GET', `/connectors/${topic}/status`)
      return !JSON.stringify(body).includes('Waiting for the database')
    })
    const admin = kafka().admin()
    assert.deepEqual(await admin.listOffsets([{ topic: `${topic}-dlq`, partition: 0 }], 'latest'), [0n])
    await admin.close()
  } finally {
    await worker.dispose()
  }
})

for (const [name, open] of [
  ['postgresql', postgresDatabase],
  ['mysql', mysqlDatabase],
] as const) {
  test(`two tasks that upsert the same keys in opposite order never fail for it (${name})`, async () => {
    await using database = await open()
    const { config, rows } = fixtureOf(database)
    const options = config({
      'insert.mode': 'upsert',
      'pk.mode': 'record_value',
      'pk.fields': 'id',
      'max.retries': '0',
    })
    const keys = Array.from({ length: 1000 }, (_, i) => i)
    const deadline = performance.now() + (IS_LONG ? 60_000 : 3_000)
    const run = async (order: readonly number[], v: string): Promise<readonly (string | null)[]> => {
      await using task = await TaskDriver.start(options)
      while (performance.now() < deadline) {
        await task.write(...order.map((id) => valueRecord(SCHEMA, { id, v })))
      }
      return task.notices
    }
    await (async () => {
      await using maker = await TaskDriver.start(options)
      await maker.write(valueRecord(SCHEMA, { id: 0, v: 'made' }))
    })()
    const notices = await Promise.all([run(keys, 'up'), run(keys.toReversed(), 'down')])
    assert.deepEqual(notices, [[], []])
    const found = await rows('id,v', 'id')
    assert.equal(found.length, keys.length)
    assert.equal(new Set(found.map(({ v }) => v)).size, 1)
  })
}
