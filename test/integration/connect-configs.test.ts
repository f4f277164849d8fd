import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { readConnectorConfig } from '../../framework/worker/src/cli/config-file.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { postgresDatabase, type TestDatabase } from '../jdbc/support/databases.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'config-examples', 'from-kafka-connect')
const RECORDS = 6

const SCHEMA = {
  type: 'struct',
  fields: [
    { field: 'id', type: 'int32' },
    { field: 'customer', type: 'string' },
    { field: 'total', type: 'double' },
    { field: 'created', type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp' },
    { field: 'note', type: 'string', optional: true },
  ],
}

/** What one worker with its connectors reads and writes: the files of the examples, with these names and addresses. */
class Setting {
  readonly topic = uniqueName('orders')
  readonly folder = mkdtempSync(join(tmpdir(), 'spillway-connect-configs-'))
  readonly bucket: TestBucket
  readonly database: TestDatabase
  #worker: WorkerProcess | undefined

  private constructor(bucket: TestBucket, database: TestDatabase) {
    this.bucket = bucket
    this.database = database
  }

  static async create(): Promise<Setting> {
    const setting = new Setting(await TestBucket.create(uniqueName('configs')), await postgresDatabase())
    await createTopic(setting.topic, 1)
    const records = Array.from({ length: RECORDS }, (_, id) => ({
      id,
      customer: `c${id}`,
      total: id + 0.5,
      created: Date.UTC(2026, 0, 31, 23),
      note: null,
    }))
    await produce(
      records.map((payload) => ({
        topic: setting.topic,
        partition: 0,
        value: Buffer.from(JSON.stringify({ schema: SCHEMA, payload })),
      })),
    )
    return setting
  }

  /** A copy of an example: every key and value is the file's, but for addresses and names. */
  file(name: string): string {
    const { kafka, s3 } = endpointsFromEnv()
    const cluster = `${this.topic}-connect`
    const text = readFileSync(join(EXAMPLES, name), 'utf8')
      .replaceAll('localhost:9092', kafka.bootstrapServers)
      .replaceAll('http://localhost:9000', s3.endpoint)
      .replaceAll('my-bucket', this.bucket.name)
      .replaceAll('jdbc:postgresql://localhost:5432/spillway', this.database.url)
      .replaceAll(/\b(topics["=: ]+)orders\b/g, `$1${this.topic}`)
      .replaceAll('orders-s3-dlq', `${this.topic}-dlq`)
      .replaceAll(/\bconnect-(cluster|configs|offsets|status)\b/g, `${cluster}-$1`)
      .replaceAll(/\b(s3-sink|jdbc-sink)\b/g, `${this.topic}-$1`)
      .replaceAll(/127\.0\.0\.1:8083\b/g, '127.0.0.1:0')
      .replaceAll('"rest.port": "8083"', '"rest.port": "0"')
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  /** Runs `spillway` on copies of examples. */
  async run(command: 'standalone' | 'distributed', ...names: readonly string[]): Promise<WorkerProcess> {
    this.#worker = WorkerProcess.run([command, ...names.map((name) => this.file(name))])
    await this.#worker.ready()
    return this.#worker
  }

  async objects(prefix: string): Promise<string[]> {
    return (await this.bucket.keys(`${prefix}/${this.topic}/`)).filter((key) => !/(^|\/)_/.test(key))
  }

  async rows(suffix: string): Promise<number> {
    const table = this.database.quote(`${this.topic}_${suffix}`)
    const rows = await this.database.query(`SELECT count(*) AS n FROM ${table}`).catch(() => [])
    return Number(rows[0]?.['n'] ?? 0)
  }

  async dispose(): Promise<void> {
    await this.#worker?.dispose()
    this.bucket.close()
    await this.database[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Keys that the worker said it does not know. */
function unknownKeys(worker: WorkerProcess): string[] {
  const warnings = worker
    .output()
    .matchAll(/The configuration '([^']+)' was supplied but isn't a known config/g)
  return [...new Set([...warnings].map(([, key = '']) => key))].sort()
}

suite('configurations with the key sets of Kafka Connect start unchanged', () => {
  const settings: Setting[] = []
  const tested = new Set<string>()
  before(async () => {
    while (settings.length < 4) settings.push(await Setting.create())
  })
  after(async () => {
    for (const setting of settings) await setting.dispose()
  })
  const setting = (index: number): Setting => settings[index] as Setting

  const standalone = async (index: number, files: readonly [string, ...string[]]): Promise<WorkerProcess> => {
    for (const file of files) tested.add(file)
    return await setting(index).run('standalone', ...files)
  }

  test('connect-standalone.properties runs s3-sink.properties and jdbc-sink.json', async () => {
    const files = ['connect-standalone.properties', 's3-sink.properties', 'jdbc-sink.json'] as const
    const worker = await standalone(0, files)
    const hour = `topics/${setting(0).topic}/year=2026/month=01/day=31/hour=23/`
    await until('two objects of three records each', async () => {
      const keys = await setting(0).objects('topics')
      return keys.length === 2 && keys.every((key) => key.startsWith(hour) && key.endsWith('.json.gz'))
    })
    await until('every row', async () => (await setting(0).rows('insert')) === RECORDS)
    assert.deepEqual(unknownKeys(worker), [
      'confluent.topic.bootstrap.servers',
      'confluent.topic.replication.factor',
    ])
    assert.equal(await worker.stop(), 0)
  })

  test('connect-standalone.json, with keys of old releases, runs s3-sink.json and jdbc-sink.properties', async () => {
    const files = ['connect-standalone.json', 's3-sink.json', 'jdbc-sink.properties'] as const
    const worker = await standalone(1, files)
    await until('two objects of three records each', async () => {
      const keys = await setting(1).objects('avro')
      return keys.length === 2 && keys.every((key) => key.endsWith('.avro'))
    })
    await until('every row', async () => (await setting(1).rows('upsert')) === RECORDS)
    assert.deepEqual(unknownKeys(worker), [])
    assert.match(worker.output(), /rest\.port and rest\.host\.name is of Kafka Connect before 3\.0/)
    assert.equal(await worker.stop(), 0)
  })

  for (const [index, file] of [
    [2, 'connect-distributed.properties'],
    [3, 'connect-distributed.json'],
  ] as const) {
    test(`${file} starts a worker that runs the S3 sink over REST`, async () => {
      tested.add(file)
      const worker = await setting(index).run('distributed', file)
      await until('the worker is ready', async () => (await worker.rest('GET', '/health')).status === 200)
      const { name, config } = await readConnectorConfig(setting(index).file('s3-sink.properties'))
      const reply = await worker.rest('POST', '/connectors', { name, config })
      assert.equal(reply.status, 201, JSON.stringify(reply.body))
      await until(
        'two objects of three records each',
        async () => (await setting(index).objects('topics')).length === 2,
      )
      assert.deepEqual(
        unknownKeys(worker).filter((key) => !key.startsWith('confluent.')),
        [],
      )
      assert.equal(await worker.stop(), 0)
    })
  }

  test('every file of the folder is one of these', async () => {
    assert.deepEqual([...tested].sort(), readdirSync(EXAMPLES).sort())
  })
})

test('an unknown key is warned about in the words of Kafka Connect, with the key that may be meant', async () => {
  const worker = await WorkerProcess.start({ config: { 'plugin.pth': 'x', nonsense: 'x' } })
  try {
    assert.deepEqual(unknownKeys(worker), ['nonsense', 'plugin.pth'])
    assert.match(
      worker.output(),
      /'plugin\.pth' was supplied but isn't a known config\. Did you mean plugin\.path\?/,
    )
    assert.equal(await worker.stop(), 0)
  } finally {
    await worker.dispose()
  }
})
