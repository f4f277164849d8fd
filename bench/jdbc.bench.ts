/**
 * 300,000 flat records into PostgreSQL by the task of the JDBC sink, in puts of max.poll.records, beside what the
 * driver alone does with the same rows in the same run: COPY for insert, one UNNEST statement per batch for upsert.
 * With `--worker` also through a worker: fetched from Kafka, decoded from JSON without schemas, by one task.
 */
import { cpus, loadavg } from 'node:os'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { FLOAT64, INT32, INT64, SchemaBuilder, type SinkRecord, STRING, Struct } from '@spillway/framework'
import { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { PrivateStack } from '../stack/private-stack.ts'
import { envOf } from '../stack/stack.ts'
import { createTopic, produce, uniqueName } from '../test/support/topics.ts'
import { WorkerProcess } from '../test/support/worker-process.ts'
import { type RunFigures, timeConnector } from './support/sink-run.ts'
import { record } from '../test/jdbc/support/records.ts'
import { TaskDriver } from '../test/jdbc/support/task-driver.ts'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '300000' },
    runs: { type: 'string', default: '3' },
    poll: { type: 'string', default: '500' },
    worker: { type: 'boolean', default: false },
  },
})
const RECORDS = Number(values.records)
const POLL = Number(values.poll)
/** As many rows as the connector's batch.size. */
const BATCH = 3_000

const SCHEMA = SchemaBuilder.struct()
  .field('id', INT64)
  .field('customer', STRING)
  .field('city', STRING)
  .field('quantity', INT32)
  .field('amount', FLOAT64)
  .build()
const NAMES = ['id', 'customer', 'city', 'quantity', 'amount']
const TYPES = ['int8', 'text', 'text', 'int4', 'float8']
const COLUMNS =
  'id BIGINT PRIMARY KEY, customer TEXT NOT NULL, city TEXT NOT NULL, quantity INT NOT NULL, amount DOUBLE PRECISION NOT NULL'

/** The rows as plain values; upserts meet each key three times. */
function rowsOf(keys: number): unknown[][] {
  return Array.from({ length: RECORDS }, (_, i) => [
    BigInt(i % keys),
    `customer-${(i * 7919) % 50_000}`,
    ['Seoul', 'Berlin', 'Lyon', 'Austin'][i % 4],
    i % 100,
    (i % 10_000) / 100,
  ])
}

function recordsOf(rows: readonly unknown[][]): SinkRecord[] {
  return rows.map((row, i) =>
    record({
      valueSchema: SCHEMA,
      value: Struct.ofTrusted(SCHEMA, [...row]),
      kafkaOffset: BigInt(i),
      topic: 'bench',
    }),
  )
}

async function rawCopy(client: Client, rows: readonly unknown[][]): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH) {
    const stream = client.query(copyFrom('COPY bench FROM STDIN'))
    stream.end(
      `${rows
        .slice(from, from + BATCH)
        .map((row) => row.join('\t'))
        .join('\n')}\n`,
    )
    await finished(stream)
  }
}

async function rawUnnest(client: Client, rows: readonly unknown[][]): Promise<void> {
  const arrays = TYPES.map((type, i) => `$${i + 1}::${type}[]`).join(',')
  const sql =
    `INSERT INTO bench SELECT * FROM unnest(${arrays}) ON CONFLICT (id) DO UPDATE SET customer=EXCLUDED.customer,` +
    `city=EXCLUDED.city,quantity=EXCLUDED.quantity,amount=EXCLUDED.amount`
  for (let from = 0; from < rows.length; from += BATCH) {
    const part = rows.slice(from, from + BATCH)
    await client.query(
      sql,
      TYPES.map((_, column) => `{${part.map((row) => `"${String(row[column])}"`).join(',')}}`),
    )
  }
}

async function task(config: Record<string, string>, records: readonly SinkRecord[]): Promise<void> {
  await using driver = await TaskDriver.start(config)
  for (let from = 0; from < records.length; from += POLL)
    await driver.putOnce(...records.slice(from, from + POLL))
  await driver.flush()
  await driver.durable(true)
}

await using stack = await PrivateStack.create()
await stack.start(values.worker ? ['postgres', 'kafka'] : ['postgres'])
if (values.worker) Object.assign(process.env, envOf(stack.settings))
const { host, port, user, password, database } = stack.endpoints.postgres
const client = new Client({ host, port, user, password, database })
await client.connect()

const config = {
  'connection.url': `jdbc:postgresql://${host}:${port}/${database}`,
  'connection.user': user,
  'connection.password': password,
  'table.name.format': 'bench',
}
const upsert = { ...config, 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' }

async function rate(name: string, run: () => Promise<void>): Promise<number> {
  await client.query(`DROP TABLE IF EXISTS bench; CREATE TABLE bench (${COLUMNS})`)
  globalThis.gc?.()
  const started = performance.now()
  await run()
  const perSecond = RECORDS / ((performance.now() - started) / 1000)
  const { rows } = await client.query<{ n: string }>('SELECT count(*) AS n FROM bench')
  if (Number(rows[0]?.n) === 0) throw new Error(`${name} wrote nothing`)
  return perSecond
}

const fresh = rowsOf(RECORDS)
const repeated = rowsOf(Math.ceil(RECORDS / 3))
const freshRecords = recordsOf(fresh)
const repeatedRecords = recordsOf(repeated)
const cases = {
  insert: {
    raw: async () => await rawCopy(client, fresh),
    task: async () => await task(config, freshRecords),
  },
  upsert: {
    raw: async () => await rawUnnest(client, repeated),
    task: async () => await task(upsert, repeatedRecords),
  },
}
console.log(
  `${RECORDS} records, puts of ${POLL}, ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
)
for (const [name, { raw, task: sink }] of Object.entries(cases)) {
  const pairs: { raw: number; sink: number }[] = []
  for (let run = 0; run < Number(values.runs); run++) {
    pairs.push({ raw: await rate(`raw ${name}`, raw), sink: await rate(name, sink) })
  }
  const middle = (of: (pair: { raw: number; sink: number }) => number): number =>
    pairs.map(of).toSorted((a, b) => a - b)[Math.floor(pairs.length / 2)] ?? 0
  const show = (n: number): string => Math.round(n).toLocaleString('en')
  console.log(
    `${name}: ${show(middle((p) => p.sink))} rows/s, raw ${show(middle((p) => p.raw))} rows/s, ` +
      `ratio ${middle((p) => p.sink / p.raw).toFixed(2)} (medians of ${pairs.length})`,
  )
}
if (values.worker) {
  for (const [name, rows, keys] of [
    ['insert', fresh, config],
    ['upsert', repeated, upsert],
  ] as const) {
    const figures = await throughWorker(rows, keys)
    console.log(
      `${name} through a worker: ${Math.round(figures.recordsPerSecond).toLocaleString('en')} records/s, ` +
        `${figures.cpuSeconds.toFixed(1)} CPU s, peak RSS ${Math.round(figures.peakRssMiB)} MiB`,
    )
  }
}
await client.end()

async function throughWorker(rows: readonly unknown[][], keys: Record<string, string>): Promise<RunFigures> {
  const topic = uniqueName('bench')
  await createTopic(topic, 4)
  const fill = async (): Promise<void> =>
    await produce(
      rows.map((row, i) => ({
        topic,
        partition: i % 4,
        value: Buffer.from(
          JSON.stringify(Object.fromEntries(NAMES.map((name, c) => [name, jsonOf(row[c])]))),
        ),
      })),
    )
  await client.query(`DROP TABLE IF EXISTS bench; CREATE TABLE bench (${COLUMNS})`)
  const worker = await WorkerProcess.start()
  try {
    const connector = {
      name: topic,
      config: { 'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector', topics: topic, ...keys },
    }
    // Committed offsets follow the database: when all are committed, all rows are there.
    return await timeConnector(worker, connector, rows.length, fill, async () => {
      const { body } = await worker.rest('GET', `/connectors/${topic}/offsets`)
      const { offsets } = body as { offsets: { offset: { kafka_offset: number } }[] }
      return offsets.reduce((sum, { offset }) => sum + offset.kafka_offset, 0) === rows.length
    })
  } finally {
    await worker.dispose()
  }
}

function jsonOf(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
