import assert from 'node:assert/strict'
import { INT32, isRetriable, type SinkRecord } from '@spillway/framework'
import { jdbcSinkConnector } from '@spillway/jdbc-sink'
import { until } from '../support/until.ts'
import { eachDatabase, type Fixture } from './support/each-database.ts'
import { fieldsSchema, valueRecord } from './support/records.ts'
import { TaskDriver } from './support/task-driver.ts'
import { TcpProxy } from './support/tcp-proxy.ts'
import { freeModules } from '@spillway/worker'
import { registry } from 'spillway'

const check = eachDatabase()
const servers = eachDatabase(['postgresql', 'mysql'])
const P0 = { topic: 'dummy', partition: 0 }
const MARK = 'spillway-jdbc-offsets'
const SCHEMA = fieldsSchema({ id: INT32 })

function records(from: number, to: number): SinkRecord[] {
  return Array.from({ length: to - from }, (_, i) =>
    valueRecord(SCHEMA, { id: from + i }, { kafkaOffset: BigInt(from + i) }),
  )
}

const options = ({ config, table }: Fixture): Record<string, string> =>
  config({ 'offsets.storage.table': `${table}_offsets`, name: 'exactly' })

async function ids({ rows }: Fixture): Promise<number[]> {
  return (await rows('id', 'id')).map(({ id }) => Number(id))
}

check('what the database has is not read again, though Kafka knows nothing of it', async (fixture) => {
  await using first = await TaskDriver.start(options(fixture))
  await first.open(P0)
  await first.write(...records(0, 10))
  await first.write(...records(10, 15))
  await using second = await TaskDriver.start(options(fixture))
  await second.open(P0)
  assert.equal(second.seeks.get(P0), 15n)
  assert.equal((await ids(fixture)).length, 15)
})

check('commits carry a mark; with it the table is ahead of Kafka and wins', async (fixture) => {
  await using first = await TaskDriver.start(options(fixture))
  await first.open(P0)
  await first.write(...records(0, 4))
  await first.commit()
  assert.deepEqual(first.committed.get(P0), { offset: 4n, metadata: MARK })
  await first.write(...records(4, 9))
  await using second = await TaskDriver.start(options(fixture))
  second.committed.set(P0, { offset: 4n, metadata: MARK })
  await second.open(P0)
  assert.equal(second.seeks.get(P0), 9n)
})

check('a committed offset without the mark is a reset by an operator and wins', async (fixture) => {
  await using first = await TaskDriver.start(options(fixture))
  await first.open(P0)
  await first.write(...records(0, 6))
  await using second = await TaskDriver.start(options(fixture))
  second.committed.set(P0, { offset: 2n })
  await second.open(P0)
  assert.equal(second.seeks.get(P0), undefined)
  await second.write(...records(2, 6))
  assert.deepEqual(second.committed.get(P0)?.metadata, MARK, 'marked before the first write')
  assert.deepEqual(await ids(fixture), [0, 1, 2, 2, 3, 3, 4, 4, 5, 5])
  await using third = await TaskDriver.start(options(fixture))
  third.committed.set(P0, { offset: 2n, metadata: MARK })
  await third.open(P0)
  assert.equal(third.seeks.get(P0), 6n)
})

check('a task that has lost its partition writes nothing more', async (fixture) => {
  await using old = await TaskDriver.start(options(fixture))
  await old.open(P0)
  await old.write(...records(0, 2))
  await using next = await TaskDriver.start(options(fixture))
  await next.open(P0)
  await old.putOnce(...records(2, 5))
  await old.durable(true)
  await assert.rejects(
    old.putOnce(),
    (error: Error) => isRetriable(error) && /dummy-0 is written by another task now/.test(error.message),
  )
  assert.deepEqual(await ids(fixture), [0, 1])
  await next.write(...records(2, 5))
  assert.deepEqual(await ids(fixture), [0, 1, 2, 3, 4])
})

const modules = freeModules(registry)

check('positions changed by REST are changed in the table too', async (fixture) => {
  const connector = jdbcSinkConnector.create()
  await using first = await TaskDriver.start(options(fixture))
  await first.open(P0)
  await first.write(...records(0, 6))
  assert.equal(
    await connector.alterOffsets?.(options(fixture), [{ ...P0, offset: 3n }], false, modules),
    true,
  )
  await using second = await TaskDriver.start(options(fixture))
  await second.open(P0)
  assert.equal(second.seeks.get(P0), 3n)
  await connector.alterOffsets?.(options(fixture), [{ ...P0, offset: null }], false, modules)
  await using third = await TaskDriver.start(options(fixture))
  await third.open(P0)
  assert.equal(third.seeks.get(P0), undefined)
})

check(
  'a reset by REST forgets positions that Kafka knows nothing of, and fences whoever still writes',
  async (fixture) => {
    const connector = jdbcSinkConnector.create()
    await using first = await TaskDriver.start(options(fixture))
    await first.open(P0)
    await first.write(...records(0, 6))
    assert.equal(await connector.alterOffsets?.(options(fixture), [], true, modules), true)
    await first.putOnce(...records(6, 8))
    await first.durable(true)
    await assert.rejects(first.putOnce(), /dummy-0 is written by another task now/)
    await using second = await TaskDriver.start(options(fixture))
    await second.open(P0)
    assert.equal(second.seeks.get(P0), undefined)
    assert.deepEqual(await ids(fixture), [0, 1, 2, 3, 4, 5])
  },
)

servers('an outage while a partition is taken over is waited for, beyond max.retries', async (fixture) => {
  const proxy = await TcpProxy.start('127.0.0.1', Number(new URL(fixture.database.url.slice(5)).port))
  const { port } = proxy
  const url = fixture.database.url.replace(/:\d+\//, `:${port}/`)
  const config = { ...options(fixture), 'connection.url': url, 'max.retries': '1' }
  await using task = await TaskDriver.start(config)
  await task.open(P0)
  await task.write(...records(0, 3))
  await proxy[Symbol.asyncDispose]()
  const opened = task.open({ topic: 'dummy', partition: 1 })
  const tries = (): number =>
    task.notices.filter((notice) => notice?.startsWith('Waiting for the database: ') === true).length
  await until('it was tried more often than max.retries', async () => tries() > 4)
  await using _again = await TcpProxy.start(
    '127.0.0.1',
    Number(new URL(fixture.database.url.slice(5)).port),
    port,
  )
  await opened
  await task.write(...records(3, 5))
  assert.deepEqual(await ids(fixture), [0, 1, 2, 3, 4])
})

check(
  'without the table only what is committed in the database is returned to Kafka',
  async ({ database, config, table }) => {
    await database.query(`CREATE TABLE ${database.quote(table)} (id INT)`)
    await using task = await TaskDriver.start(config())
    await task.put(...records(0, 3))
    await task.flush()
    assert.deepEqual(await task.durable(), { 'dummy-0': 3n })
    await database.query(`DROP TABLE ${database.quote(table)}`)
    await database.query(`CREATE TABLE ${database.quote(table)} (id INT CHECK (id < 5))`)
    await task.put(...records(3, 8))
    assert.equal((await task.durable(true))['dummy-0'], 3n)
  },
)
