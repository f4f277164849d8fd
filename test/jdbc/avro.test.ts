import assert from 'node:assert/strict'
import test from 'node:test'
import {
  builtInConverters,
  type Converter,
  dateSchema,
  Decimal,
  decimalSchema,
  INT64,
  OPTIONAL_STRING,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  STRING,
  timestampSchema,
} from '@spillway/framework'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { postgresDatabase } from './support/databases.ts'
import { struct } from './support/records.ts'

const AVRO = 'io.confluent.connect.avro.AvroConverter'

async function avro(config: RawConfig, isKey: boolean): Promise<Converter> {
  const plugin = builtInConverters.find((p) => p.kind === 'converter' && p.className === AVRO)
  if (plugin?.kind !== 'converter') return assert.fail('There is no Avro converter')
  const converter = plugin.create()
  await converter.configure(config, isKey)
  return converter
}

test('Avro with a key: rows are written, changed, deleted, and the table grows with the schema', async () => {
  await using database = await postgresDatabase()
  const registry = { 'schema.registry.url': endpointsFromEnv().registry.url }
  const [keys, values] = [await avro(registry, true), await avro(registry, false)]
  const topic = uniqueName('avro')
  await createTopic(topic)
  const keySchema = SchemaBuilder.struct().name('Key').field('id', INT64).build()
  const base = (): SchemaBuilder =>
    SchemaBuilder.struct()
      .name('Order')
      .field('name', STRING)
      .field('amount', decimalSchema(2))
      .field('day', dateSchema())
      .field('at', timestampSchema())
      .field('tags', SchemaBuilder.array(STRING).build())
  const first = base().build()
  const second = base()
    .field('note', OPTIONAL_STRING)
    .field('n', new SchemaBuilder('INT32').defaultValue(5).build())
    .build()
  const fields = {
    name: 'tea',
    amount: Decimal.parse('12.50'),
    day: new Date(86_400_000),
    at: new Date(1474661402123),
    tags: ['a', 'b'],
  }
  const send = async (id: bigint, schema: Schema | null, changes: object = {}): Promise<void> => {
    await produce([
      {
        topic,
        partition: 0,
        key: await keys.fromConnectData(topic, keySchema, struct(keySchema, { id })),
        value:
          schema === null
            ? null
            : await values.fromConnectData(topic, schema, struct(schema, { ...fields, ...changes })),
      },
    ])
  }
  await send(1n, first)
  await send(2n, first)
  await send(1n, first, { name: 'coffee' })
  await send(2n, null)
  await send(9007199254740993n, second, { note: 'new', n: 7 })
  const worker = await WorkerProcess.start()
  try {
    const reply = await worker.rest('POST', '/connectors', {
      name: topic,
      config: {
        'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
        topics: topic,
        ...database.config,
        'insert.mode': 'upsert',
        'pk.mode': 'record_key',
        'delete.enabled': 'true',
        'auto.create': 'true',
        'auto.evolve': 'true',
        'key.converter': AVRO,
        'key.converter.schema.registry.url': registry['schema.registry.url'],
        'value.converter': AVRO,
        'value.converter.schema.registry.url': registry['schema.registry.url'],
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
    let rows: unknown[] = []
    await until('two rows are there', async () => {
      rows = await database
        .query(`SELECT id, name, amount, day::text, at::text, tags, note, n FROM "${topic}" ORDER BY id`)
        .catch(() => [])
      return rows.length === 2
    })
    const common = { amount: '12.50', day: '1970-01-02', at: '2016-09-23 20:10:02.123', tags: ['a', 'b'] }
    assert.deepEqual(rows, [
      { id: '1', name: 'coffee', ...common, note: null, n: 5 },
      { id: '9007199254740993', name: 'tea', ...common, note: 'new', n: 7 },
    ])
  } finally {
    await worker.dispose()
  }
})
