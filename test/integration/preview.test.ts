import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  mysqlDatabase,
  postgresDatabase,
  sqliteDatabase,
  type TestDatabase,
} from '../jdbc/support/databases.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

interface Output {
  readonly topic: string
  readonly value: unknown
  readonly destinations?: string[]
  readonly statements?: { readonly sql: string; readonly parameters?: unknown[] }[]
  readonly error?: { readonly stage: string; readonly message: string }
}

interface Preview {
  readonly name: string
  readonly class: string
  readonly records: readonly {
    readonly offset: number
    readonly error?: { readonly stage: string; readonly class: string; readonly message: string }
    readonly outputs: readonly Output[]
  }[]
}

const S3 = 'io.confluent.connect.s3.S3SinkConnector'
const JDBC = 'io.confluent.connect.jdbc.JdbcSinkConnector'

suite('POST /connector-plugins/{class}/preview', () => {
  let worker: WorkerProcess

  before(async () => {
    worker = await WorkerProcess.start()
  })
  after(async () => {
    await worker.dispose()
  })

  const ask = async (plugin: string, config: object, records: unknown): Promise<Preview> => {
    const reply = await worker.rest('POST', `/connector-plugins/${plugin}/preview`, { config, records })
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    return reply.body as Preview
  }
  const refusal = async (plugin: string, body: unknown): Promise<string> => {
    const reply = await worker.rest('POST', `/connector-plugins/${plugin}/preview`, body)
    assert.equal(reply.status, 400, JSON.stringify(reply.body))
    return (reply.body as { message: string }).message
  }

  /** Nothing of it need exist. */
  const s3Config = {
    's3.bucket.name': 'a-bucket-that-is-not-there',
    's3.region': 'us-east-1',
    'store.url': 'http://127.0.0.1:1',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
    'partition.field.name': 'country',
    topics: 'orders',
    'flush.size': '2',
  }

  test('tells the object of each record, as rotation cuts them, and every record its own error', async () => {
    const { name, records } = await ask(
      S3,
      {
        ...s3Config,
        transforms: 'drop,route',
        'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
        'transforms.drop.predicate': 'empty',
        'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
        'transforms.route.regex': '(.*)',
        'transforms.route.replacement': 'routed-$1',
        predicates: 'empty',
        'predicates.empty.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
      },
      [
        { value: { country: 'DE', n: 1 } },
        { value: { country: 'FR', n: 2 } },
        { value: { country: 'DE', n: 3 } },
        { value: null },
        { value: '{not json' },
        { value: 42 },
        { value: { country: 'DE', n: 5 } },
      ],
    )
    assert.equal(name, 'preview')
    const file = (country: string, offset: number): string =>
      `topics/routed-orders/country=${country}/orders+0+${String(offset).padStart(10, '0')}.json`
    assert.deepEqual(
      records.map(({ outputs }) => outputs.map(({ destinations }) => destinations)),
      [[[file('DE', 0)]], [[file('FR', 1)]], [[file('DE', 2)]], [], [], [[]], [[file('DE', 2)]]],
    )
    assert.deepEqual(records[0]?.outputs[0]?.value, { country: 'DE', n: 1 })
    assert.equal(records[4]?.error?.stage, 'VALUE_CONVERTER')
    assert.equal(records[4]?.error?.class, 'org.apache.kafka.connect.json.JsonConverter')
    assert.equal(records[5]?.outputs[0]?.error?.stage, 'TASK_PUT')
    assert.match(records[5]?.outputs[0]?.error?.message ?? '', /orders-0@5/)
  })

  test('names the same objects as the connector then writes, from the last records of the topic', async () => {
    const topic = uniqueName('preview-orders')
    const bucket = await TestBucket.create(uniqueName('preview'))
    try {
      await createTopic(topic, 1)
      await produce(
        ['DE', 'FR', 'DE', 'DE'].map((country, i) => ({
          topic,
          partition: 0,
          value: Buffer.from(JSON.stringify({ country, i })),
        })),
      )
      const config = { ...s3Config, ...bucket.config, topics: topic, 'connector.class': S3 }
      const preview = await ask('S3Sink', config, 10)
      assert.deepEqual(
        preview.records.map(({ offset }) => offset),
        [0, 1, 2, 3],
      )
      const foretold = preview.records.flatMap(({ outputs }) => outputs.flatMap((o) => o.destinations ?? []))
      assert.deepEqual(await bucket.keys(), [], 'a preview writes nothing')
      const two = await ask('S3Sink', config, 2)
      assert.deepEqual(
        two.records.map(({ offset }) => offset),
        [2, 3],
      )
      const admin = kafka().admin()
      try {
        assert.deepEqual(await admin.listGroupOffsets('connect-preview'), [], 'and moves no position')
      } finally {
        await admin.close()
      }
      const reply = await worker.rest('POST', '/connectors', { name: topic, config })
      assert.equal(reply.status, 201, JSON.stringify(reply.body))
      await until('every foretold object is there', async () => {
        const keys = await bucket.keys('topics/')
        return foretold.every((key) => keys.includes(key))
      })
    } finally {
      bucket.close()
    }
  })

  const SCHEMA = {
    type: 'struct',
    fields: [
      { field: 'id', type: 'int64' },
      { field: 'name', type: 'string', optional: true },
    ],
  }
  const row = (id: unknown, name: string | null): object => ({
    value: { schema: SCHEMA, payload: { id, name } },
  })

  for (const [title, open, create, upsert] of [
    [
      'PostgreSQL',
      postgresDatabase,
      /^CREATE TABLE "people" \(\n"id" BIGINT NOT NULL/,
      /ON CONFLICT \("id"\) DO UPDATE SET/,
    ],
    [
      'MySQL',
      mysqlDatabase,
      /^CREATE TABLE `people` \(\n`id` BIGINT NOT NULL/,
      /VALUES\(1,'a'\) ON DUPLICATE KEY UPDATE/,
    ],
    ['SQLite', sqliteDatabase, /^CREATE TABLE "people" \(\n"id" INTEGER NOT NULL/, /ON CONFLICT/],
  ] as const) {
    test(`${title}: shows what would be created, then a statement per record, and changes nothing`, async () => {
      await using database: TestDatabase = await open()
      const config = {
        ...database.config,
        topics: 'people',
        'insert.mode': 'upsert',
        'pk.mode': 'record_value',
        'pk.fields': 'id',
        'auto.create': 'true',
        'auto.evolve': 'true',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter.schemas.enable': 'true',
      }
      const { records } = await ask(JDBC, config, [row(1, 'a'), row('x', 'b'), row(2, null)])
      const [first, second, third] = records
      const statements = first?.outputs[0]?.statements ?? []
      assert.equal(statements.length, 2, JSON.stringify(records))
      assert.match(statements[0]?.sql ?? '', create)
      assert.match(statements[1]?.sql ?? '', upsert)
      assert.equal(second?.error?.stage, 'VALUE_CONVERTER')
      assert.equal(third?.outputs[0]?.statements?.length, 1)
      assert.match(third?.outputs[0]?.destinations?.join('') ?? '', /people/)
      const people = database.query(`SELECT count(*) AS n FROM ${database.quote('people')}`)
      await assert.rejects(people, 'the table has not been created')

      // What is there is looked at: a table without the column is extended, and the statement is that of the table.
      await database.query(`CREATE TABLE ${database.quote('people')} (id BIGINT NOT NULL PRIMARY KEY)`)
      const again = await ask(JDBC, config, [row(7, 'c')])
      const [alter, write] = again.records[0]?.outputs[0]?.statements ?? []
      assert.match(alter?.sql ?? '', /^ALTER TABLE .people. ADD .name. TEXT NULL$/)
      assert.match(write?.sql ?? '', /^INSERT INTO/)
      const rows = await database.query(`SELECT count(*) AS n FROM ${database.quote('people')}`)
      assert.equal(Number(rows[0]?.['n']), 0)
    })
  }

  test('a wrong configuration is refused with all that is wrong, a request with what it lacks', async () => {
    const { topics: _topics, ...rest } = s3Config
    assert.match(
      await refusal(S3, { config: { ...rest, 'flush.size': 'many' }, records: 1 }),
      /contains the following 3 error\(s\):\n[^]*topics[^]*Invalid value many for configuration flush\.size/,
    )
    assert.match(await refusal(S3, { config: s3Config }), /"records" must be a list of records, or how many/)
    assert.match(await refusal(S3, { config: s3Config, records: 1000 }), /1 to 100 records, not 1000/)
    assert.match(
      await refusal(S3, { config: s3Config, records: [{ valeu: 1 }] }),
      /Unrecognized field "valeu" of records\[0\]/,
    )
    assert.match(
      await refusal(S3, { config: { ...s3Config, 'connector.class': JDBC }, records: 1 }),
      /Included connector type .*Jdbc.* does not match request type .*S3/,
    )
  })

  test('a database that is not there is told, and the worker serves on', async () => {
    const reply = await worker.rest('POST', `/connector-plugins/${JDBC}/preview`, {
      config: { topics: 'a', 'connection.url': 'jdbc:postgresql://127.0.0.1:1/none' },
      records: [{ value: '{}' }],
    })
    assert.equal(reply.status, 400)
    assert.match(JSON.stringify(reply.body), /The preview failed: Could not connect to database/)
    assert.equal((await worker.rest('GET', '/health')).status, 200)
  })
})
