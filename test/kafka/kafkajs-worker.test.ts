import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const RECORDS = 2_000
const PARTITIONS = 2
const FLUSH = 250

const folder = mkdtempSync(join(tmpdir(), 'spillway-kafkajs-'))
const topic = uniqueName('kafkajs')
let worker: WorkerProcess

async function create(name: string, config: Record<string, string>): Promise<void> {
  const reply = await worker.rest('POST', '/connectors', {
    name,
    config: { topics: topic, 'tasks.max': '2', ...config },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
}

before(async () => {
  await createTopic(topic, PARTITIONS)
  await produce(
    Array.from({ length: RECORDS }, (_, i) => ({
      topic,
      partition: i % PARTITIONS,
      value: Buffer.from(JSON.stringify({ place: i })),
    })),
  )
  worker = await WorkerProcess.start({ config: { 'kafka.client': 'kafkajs' } })
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

suite('a worker with kafka.client=kafkajs', () => {
  test('writes every record through the file sink, and commits what it has written', async () => {
    const file = join(folder, 'out.txt')
    await create('to-file', {
      'connector.class': 'FileStreamSink',
      file,
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    })
    const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [])
    await until('all records', () => lines().length >= RECORDS)
    const places = lines().map((line) => (JSON.parse(line) as { place: number }).place)
    assert.deepEqual(
      places.toSorted((a, b) => a - b),
      Array.from({ length: RECORDS }, (_, i) => i),
    )
    await until('the offsets are committed', async () => {
      const { body } = await worker.rest('GET', '/connectors/to-file/offsets')
      const { offsets } = body as {
        offsets: { partition: { kafka_topic: string }; offset: { kafka_offset: number } }[]
      }
      // The group may hold what earlier runs have committed for topics of theirs.
      const own = offsets.filter(({ partition }) => partition.kafka_topic === topic)
      return own.reduce((sum, { offset }) => sum + offset.kafka_offset, 0) === RECORDS
    })
  })

  test('writes every record through the S3 sink, once, in objects by their offsets', async () => {
    const bucket = await TestBucket.create(uniqueName('kafkajs'))
    await create('to-s3', {
      ...bucket.config,
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      'flush.size': String(FLUSH),
    })
    await until('all objects', async () => (await bucket.keys()).length >= RECORDS / FLUSH)
    const keys = (await bucket.keys()).toSorted()
    const each = RECORDS / PARTITIONS
    const expected = Array.from({ length: PARTITIONS }, (_, partition) =>
      Array.from({ length: each / FLUSH }, (__, i) => {
        const offset = String(i * FLUSH).padStart(10, '0')
        return `topics/${topic}/partition=${partition}/${topic}+${partition}+${offset}.json`
      }),
    )
    assert.deepEqual(keys, expected.flat())
    const places = new Set<number>()
    for (const key of keys) {
      for (const line of await bucket.lines(key)) places.add((JSON.parse(line) as { place: number }).place)
    }
    assert.equal(places.size, RECORDS)
    bucket.close()
  })

  test('sends what cannot be converted to the dead letter queue', async () => {
    const queue = uniqueName('kafkajs-dlq')
    await produce([{ topic, partition: 0, value: Buffer.from('no JSON') }])
    await create('to-dlq', {
      'connector.class': 'FileStreamSink',
      file: join(folder, 'good.txt'),
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': queue,
      'errors.deadletterqueue.topic.replication.factor': '1',
    })
    const reader = join(folder, 'dlq.txt')
    await create('from-dlq', {
      'connector.class': 'FileStreamSink',
      topics: queue,
      file: reader,
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
    })
    await until('the dead letter', () => existsSync(reader) && readFileSync(reader, 'utf8') === 'no JSON\n')
  })

  test('refuses what kafkajs cannot do when the connector is created, naming the key', async () => {
    const { status, body } = await worker.rest('POST', '/connectors', {
      name: 'static',
      config: {
        'connector.class': 'FileStreamSink',
        topics: topic,
        file: join(folder, 'static.txt'),
        'consumer.override.group.instance.id': 'one',
      },
    })
    assert.equal(status, 400)
    assert.match((body as { message: string }).message, /group\.instance\.id: kafkajs has no static members/)
  })

  test('is a choice of two', async () => {
    const wrong = WorkerProcess.spawn({ config: { 'kafka.client': 'librdkafka' } })
    assert.equal(await wrong.exit, 1)
    assert.match(wrong.output(), /kafka\.client.*platformatic, kafkajs/)
    await wrong.dispose()
  })
})
