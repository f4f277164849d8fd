/** How long requests that ask for much keep a worker's main thread: printed, never asserted. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTopic, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const CONNECTORS = 500
const topic = uniqueName('delay')
let worker: WorkerProcess

before(async () => {
  const preload = join(import.meta.dirname, '..', '..', 'support', 'loop-delay.ts')
  worker = await WorkerProcess.start({ env: { NODE_OPTIONS: `--import ${preload}` } })
  await createTopic(topic)
})
after(async () => await worker.dispose())

const many = (count: number, entry: (i: number) => readonly [string, unknown]): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => entry(i)))
const list = (count: number, name = 'a'): string =>
  Array.from({ length: count }, (_, i) => `${name}${i}`).join(',')
const sink = {
  name: 'x',
  'connector.class': 'S3SinkConnector',
  topics: topic,
  'flush.size': '3',
  's3.bucket.name': 'nowhere',
  's3.region': 'us-east-1',
  'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
  'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
}
const aliases = (count: number, type: string): Record<string, unknown> => ({
  ...sink,
  transforms: list(count),
  ...many(count, (i) => [`transforms.a${i}.type`, type]),
})
const configs: Readonly<Record<string, Record<string, unknown>>> = {
  'one that is right': sink,
  '2,000 aliases': { ...sink, transforms: list(2_000) },
  '100 aliases of Cast': aliases(100, 'Cast$Value'),
  '100 aliases of no class': aliases(100, 'org.apache.kafka.connect.transforms.Casst$Value'),
  '100 long patterns': {
    ...aliases(100, 'RegexRouter'),
    ...many(100, (i) => [`transforms.a${i}.regex`, '.*'.repeat(900)]),
  },
  '100 predicates': { ...sink, transforms: list(100), predicates: list(100, 'p'.repeat(190)) },
  '2,000 keys nobody knows': { ...sink, ...many(1_980, (i) => [`flush.sizes.${i}`, '1']) },
  '10,000 topics': { ...sink, topics: list(10_000) },
  'a list of 100,000': { ...sink, topics: 'a,'.repeat(100_000) },
  'three long values': { ...sink, 's3.region': 'r'.repeat(250_000), 'topics.dir': 't'.repeat(250_000) },
  'a pattern without end': {
    ...sink,
    topics: '',
    'topics.regex': '((a{1,9}){1,9}){1,9}',
    'errors.deadletterqueue.topic.name': `${'a'.repeat(60)}b`,
  },
}

/** Asks three times, and prints the shortest: other work of the machine counts, too. */
async function measured(what: string, ask: () => Promise<{ readonly status: number }>): Promise<void> {
  const delays: number[] = []
  for (let i = 0; i < 3; i++) {
    await delaySinceLast()
    assert.ok((await ask()).status < 500)
    delays.push(await delaySinceLast())
  }
  console.log(
    `${Math.min(...delays)
      .toFixed(0)
      .padStart(5)} ms  ${what}`,
  )
}

async function delaySinceLast(): Promise<number> {
  const told = (): string[] => worker.output().match(/(?<=main thread kept for )[\d.]+/g) ?? []
  const before = told().length
  worker.kill('SIGUSR2')
  await until('the delay is told', () => told().length > before)
  return Number(told().at(-1))
}

test('requests that ask for much', async () => {
  for (const [what, config] of Object.entries(configs)) {
    const path = '/connector-plugins/S3SinkConnector/config/validate'
    await measured(`validate: ${what}`, async () => await worker.rest('PUT', path, config))
  }
  const body = `[${'1.0,'.repeat(19_000)}1.0]`
  const headers = { 'content-type': 'application/json' }
  await measured(
    'a body of 19,000 numbers',
    async () => await fetch(`${worker.url}/connectors/x/config`, { method: 'PUT', headers, body }),
  )
  const offsets = Array.from({ length: 2_000 }, (_, i) => ({
    partition: { kafka_topic: topic, kafka_partition: i },
    offset: { kafka_offset: 1 },
  }))
  await measured(
    'offsets of 2,000 partitions',
    async () => await worker.rest('PATCH', '/connectors/x/offsets', { offsets }),
  )
  const records = Array.from({ length: 100 }, () => ({ value: { text: 'x'.repeat(15_000) } }))
  const preview = { config: sink, records }
  await measured(
    'a preview of 100 records',
    async () => await worker.rest('POST', '/connector-plugins/S3SinkConnector/preview', preview),
  )
})

test(`${CONNECTORS} connectors`, async () => {
  for (let i = 0; i < CONNECTORS; i++) {
    const config = {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file: '/dev/null',
      padding: 'x'.repeat(2_000),
    }
    const { status } = await worker.rest('POST', '/connectors', {
      name: `c${i}`,
      config,
      initial_state: 'STOPPED',
    })
    assert.equal(status, 201)
  }
  const path = '/connectors?expand=info&expand=status'
  await measured(`GET ${path}`, async () => await worker.rest('GET', path))
  await measured('GET /metrics', async () => await fetch(`${worker.url}/metrics`))
  await measured('GET /admin/loggers', async () => await worker.rest('GET', '/admin/loggers'))
})
