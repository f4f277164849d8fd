import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { postgresDatabase, sqliteDatabase, type TestDatabase } from './support/databases.ts'

let database: TestDatabase
let worker: WorkerProcess

before(async () => {
  database = await postgresDatabase()
  worker = await WorkerProcess.start()
})

after(async () => {
  await worker.dispose()
  await database[Symbol.asyncDispose]()
})

const ENVELOPE = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'true',
}
const CONFLUENT = 'io.confluent.connect.jdbc.JdbcSinkConnector'
const AIVEN = 'io.aiven.connect.jdbc.JdbcSinkConnector'

function envelope(id: number, name: string | null): Buffer {
  const fields = [
    { field: 'id', type: 'int64' },
    { field: 'name', type: 'string', optional: true },
  ]
  return Buffer.from(JSON.stringify({ schema: { type: 'struct', fields }, payload: { id, name } }))
}

function* orders(topic: string, from: number, to: number, partitions = 1): Iterable<ProducerRecord> {
  for (let i = from; i < to; i++) yield { topic, partition: i % partitions, value: envelope(i, `n${i}`) }
}

async function create(config: Record<string, string>, on = worker): Promise<string> {
  const name = uniqueName('jdbc')
  const reply = await on.rest('POST', '/connectors', {
    name,
    config: { 'tasks.max': '1', 'connector.class': CONFLUENT, ...database.config, ...config },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  return name
}

async function count(table: string, where = ''): Promise<number> {
  const [found] = await database.query(`SELECT to_regclass('"${table}"') AS t`)
  if (found?.['t'] === null) return 0
  const [row] = await database.query(`SELECT count(*)::int AS n FROM "${table}" ${where}`)
  return Number(row?.['n'])
}

interface Validated {
  readonly name: string
  readonly errors: string[]
  readonly recommended_values: string[]
  readonly visible: boolean
}

async function validate(config: Record<string, string>): Promise<{ readonly value: Validated }[]> {
  const { body } = await worker.rest('PUT', '/connector-plugins/JdbcSinkConnector/config/validate', {
    'connector.class': CONFLUENT,
    name: 'v',
    topics: 't',
    ...config,
  })
  return (body as { configs: { value: Validated }[] }).configs
}

async function problems(config: Record<string, string>): Promise<Record<string, string[]>> {
  const configs = await validate(config)
  return Object.fromEntries(
    configs.filter(({ value }) => value.errors.length > 0).map(({ value }) => [value.name, value.errors]),
  )
}

for (const connectorClass of [CONFLUENT, AIVEN]) {
  test(`${connectorClass}: JSON with schemas lands in a table made for it`, async () => {
    const topic = uniqueName('orders')
    await createTopic(topic, 2)
    await produce(orders(topic, 0, 2000, 2))
    await create({ 'connector.class': connectorClass, topics: topic, 'auto.create': 'true', ...ENVELOPE })
    await until('all rows are there', async () => (await count(topic)) === 2000)
    assert.deepEqual(await database.query(`SELECT id, name FROM "${topic}" WHERE id = 7`), [
      { id: '7', name: 'n7' },
    ])
  })
}

test('upsert by a field of the value keeps the last of each key', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic)
  await produce(
    Array.from({ length: 3000 }, (_, i) => ({ topic, partition: 0, value: envelope(i % 100, `n${i}`) })),
  )
  const keys = {
    'insert.mode': 'upsert',
    'pk.mode': 'record_value',
    'pk.fields': 'id',
    'auto.create': 'true',
  }
  await create({ topics: topic, ...keys, ...ENVELOPE })
  await until('the last record is there', async () => (await count(topic, `WHERE name = 'n2999'`)) === 1)
  assert.deepEqual(
    await database.query(`SELECT id, name FROM "${topic}" ORDER BY id`),
    Array.from({ length: 100 }, (_, i) => ({ id: String(i), name: `n${2900 + i}` })),
  )
})

test('Kafka is told an offset only once its row is in the database, and then all of them', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic)
  await produce(orders(topic, 0, 700))
  const name = await create({ topics: topic, 'auto.create': 'true', ...ENVELOPE })
  await until('everything is committed', async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/offsets`)
    const { offsets } = body as { offsets: { offset: { kafka_offset: number } }[] }
    return offsets[0]?.offset.kafka_offset === 700
  })
  assert.equal(await count(topic), 700)
})

test('bad records go to the dead letter queue with the SQLSTATE and the column, others are written', async () => {
  const topic = uniqueName('orders')
  const queue = `${topic}-dlq`
  await createTopic(topic)
  await createTopic(queue)
  await database.query(`CREATE TABLE "${topic}" (id BIGINT PRIMARY KEY, name TEXT NOT NULL)`)
  const bad = { topic, partition: 0, value: envelope(5000, null) }
  await produce([...orders(topic, 0, 300), bad, ...orders(topic, 300, 600)])
  const name = await create({
    topics: topic,
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': queue,
    'errors.deadletterqueue.context.headers.enable': 'true',
    ...ENVELOPE,
  })
  await until('the good ones are there', async () => (await count(topic)) === 600)
  const [dead] = await consume(queue, 1)
  assert.deepEqual(dead?.value, bad.value)
  const header = dead?.headers.find(({ key }) => key === '__connect.errors.exception.message')
  assert.match(String(header?.value), /null value in column "name".*SQLState=23502; column=name/)
  const { body } = await worker.rest('GET', `/connectors/${name}/status`)
  assert.equal((body as { tasks: { state: string }[] }).tasks[0]?.state, 'RUNNING')
})

test('without tolerance the task fails with the record, the SQLSTATE and the column in its trace', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic)
  await database.query(`CREATE TABLE "${topic}" (id BIGINT PRIMARY KEY, name TEXT NOT NULL)`)
  await produce([{ topic, partition: 0, value: envelope(1, null) }])
  const name = await create({ topics: topic, ...ENVELOPE })
  let trace = ''
  await until('the task has failed', async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/status`)
    const [task] = (body as { tasks: { state: string; trace?: string }[] }).tasks
    trace = task?.trace ?? ''
    return task?.state === 'FAILED'
  })
  assert.match(trace, new RegExp(`${topic}-0@0.*null value in column "name".*SQLState=23502; column=name`))
})

test('a worker killed again and again writes every plain insert once', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic, 3)
  await produce(orders(topic, 0, 20_000, 3))
  const connector = {
    name: uniqueName('jdbc'),
    config: {
      'connector.class': CONFLUENT,
      'tasks.max': '2',
      topics: topic,
      ...database.config,
      'auto.create': 'true',
      'offsets.storage.table': 'spillway_offsets',
      'consumer.override.max.poll.records': '100',
      ...ENVELOPE,
    },
  }
  for (const rowsAtLeast of [1, 5_000, 12_000, 20_000]) {
    const victim = await WorkerProcess.start({ connectors: [connector] })
    await until(`${rowsAtLeast} rows are there`, async () => (await count(topic)) >= rowsAtLeast, 120_000)
    await victim.dispose()
  }
  const [row] = await database.query(
    `SELECT count(*)::int AS n, count(DISTINCT id)::int AS d FROM "${topic}"`,
  )
  assert.deepEqual(row, { n: 20_000, d: 20_000 })
})

test('offsets moved by REST are read from there, though the table of offsets stood elsewhere', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic)
  await produce(orders(topic, 0, 50))
  const name = await create({
    topics: topic,
    'auto.create': 'true',
    'offsets.storage.table': 'spillway_offsets',
    ...ENVELOPE,
  })
  await until('all are there', async () => (await count(topic)) === 50)
  await worker.rest('PUT', `/connectors/${name}/stop`)
  const change = { partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 40 } }
  await until('the offsets are changed', async () => {
    const { status } = await worker.rest('PATCH', `/connectors/${name}/offsets`, { offsets: [change] })
    return status === 200
  })
  await worker.rest('PUT', `/connectors/${name}/resume`)
  await until('ten came again', async () => (await count(topic)) === 60)
})

test('REST validation speaks the words of the sinks it stands in for', async () => {
  assert.deepEqual(await problems(database.config), {})
  assert.deepEqual(await problems({}), {
    'connection.url': ['Missing required configuration "connection.url" which has no default value.'],
  })
  assert.deepEqual((await problems({ 'connection.url': 'postgres://x' }))['connection.url'], [
    'Not a valid JDBC URL: postgres://x',
  ])
  assert.deepEqual(await problems({ ...database.config, 'delete.enabled': 'true' }), {
    'delete.enabled': ['Deletes are only supported for pk.mode record_key'],
    'pk.mode': ['Deletes are only supported for pk.mode record_key'],
  })
  const wrong = await problems({
    ...database.config,
    'insert.mode': 'Upsert',
    'db.timezone': 'Mars/Base',
    'table.types': 'table,not-a-type',
    'quote.sql.identifiers': 'x',
    'batch.size': '-1',
    'table.name.format': '',
    'topics.to.tables.mapping': 'no-colon',
  })
  assert.deepEqual(wrong['insert.mode'], [
    'Invalid value Upsert for configuration insert.mode: Invalid enumerator',
  ])
  assert.match(wrong['db.timezone']?.[0] ?? '', /Invalid time zone\. See the list of valid time zones at/)
  assert.match(wrong['table.types']?.[0] ?? '', /not-a-type/)
  assert.deepEqual(wrong['quote.sql.identifiers'], [`No matching QuoteMethod found for 'x'`])
  assert.match(wrong['batch.size']?.[0] ?? '', /Value must be at least 0/)
  assert.match(wrong['table.name.format']?.[0] ?? '', /non-empty/)
  assert.match(wrong['topics.to.tables.mapping']?.[0] ?? '', /Invalid topics to tables mapping/)
  const unreachable = await problems({ 'connection.url': 'jdbc:postgresql://127.0.0.1:1/x?password=secret' })
  assert.match(unreachable['connection.url']?.[0] ?? '', /^Could not connect to database\. .*ECONNREFUSED/)
  assert.doesNotMatch(JSON.stringify(unreachable['connection.url']), /secret/)
})

test('REST validation offers what goes together, under either class name', async () => {
  for (const connectorClass of [CONFLUENT, AIVEN]) {
    const offered = async (config: Record<string, string>): Promise<(string[] | undefined)[]> => {
      const configs = await validate({ 'connector.class': connectorClass, ...database.config, ...config })
      assert.ok(configs.every(({ value }) => value.visible))
      return ['delete.enabled', 'pk.mode'].map(
        (key) => configs.find(({ value }) => value.name === key)?.value.recommended_values,
      )
    }
    assert.deepEqual(await offered({}), [['false'], ['none', 'kafka', 'record_key', 'record_value']])
    assert.deepEqual(await offered({ 'pk.mode': 'RECORD_KEY', 'delete.enabled': 'true' }), [
      ['true', 'false'],
      ['record_key'],
    ])
  }
})

test("Aiven's class name refuses in Aiven's words", async () => {
  const of = async (config: Record<string, string>): Promise<Record<string, string[]>> =>
    await problems({ 'connector.class': AIVEN, ...database.config, ...config })
  assert.deepEqual(await of({ 'delete.enabled': 'true' }), {
    'delete.enabled': ['Delete support only works with pk.mode=record_key'],
    'pk.mode': ['Delete support only works with pk.mode=record_key'],
  })
  assert.deepEqual(await of({ 'pk.fields': 'id' }), {
    'pk.fields': ["Primary key fields should not be set when pkMode is 'none'."],
  })
  assert.match(
    (await of({ 'pk.mode': 'kafka', 'pk.fields': 'a,b' }))['pk.fields']?.[0] ?? '',
    /three fields \(topic, partition, offset\)/,
  )
  assert.deepEqual(await of({ 'pk.mode': 'kafka' }), {})
  assert.deepEqual(await of({ 'insert.mode': 'multi', 'sql.quote.identifiers': 'false' }), {})
})

test('offsets reset by REST read all records again, though the table of offsets has them', async () => {
  const topic = uniqueName('orders')
  await createTopic(topic, 2)
  await produce(orders(topic, 0, 60, 2))
  const name = await create({
    topics: topic,
    'auto.create': 'true',
    'offsets.storage.table': 'spillway_offsets',
    ...ENVELOPE,
  })
  await until('all are there', async () => (await count(topic)) === 60)
  await worker.rest('PUT', `/connectors/${name}/stop`)
  await until('the offsets are reset', async () => {
    const { status, body } = await worker.rest('DELETE', `/connectors/${name}/offsets`)
    return status === 200 && /have been reset successfully/.test(JSON.stringify(body))
  })
  await worker.rest('PUT', `/connectors/${name}/resume`)
  await until('all came again', async () => (await count(topic)) === 120)
  await worker.rest('DELETE', `/connectors/${name}`)
})

test('SQLite through the worker', async () => {
  await using sqlite = await sqliteDatabase()
  const topic = uniqueName('orders')
  await createTopic(topic, 2)
  await produce(orders(topic, 0, 1000, 2))
  const name = await create({
    'connection.user': 'nobody',
    'connection.password': 'x',
    ...sqlite.config,
    topics: topic,
    'tasks.max': '2',
    'insert.mode': 'upsert',
    'pk.mode': 'kafka',
    'auto.create': 'true',
    ...ENVELOPE,
  })
  await until('all rows are there', async () => {
    const [there] = await sqlite.query(`SELECT 1 AS x FROM sqlite_master WHERE name = '${topic}'`)
    if (there === undefined) return false
    return (await sqlite.query(`SELECT count(*) AS n FROM "${topic}"`))[0]?.['n'] === 1000
  })
  await worker.rest('DELETE', `/connectors/${name}`)
})

interface Dead {
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

async function consume(topic: string, howMany: number): Promise<Dead[]> {
  const consumer = kafka().consumer({ groupId: uniqueName('dlq'), clientId: 'dlq', maxPollRecords: 100 })
  try {
    const none = async (): Promise<void> => {}
    consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
    const found: Dead[] = []
    await until(`${howMany} records in ${topic}`, async () => {
      found.push(...(await consumer.poll(200)))
      return found.length >= howMany
    })
    return found
  } finally {
    await consumer.close()
  }
}
