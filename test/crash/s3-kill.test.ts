import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const LONG = process.env['SPILLWAY_LONG'] === '1'
const PARTITIONS = 4
const RECORDS = LONG ? 1_000_000 : 200_000
const FLUSH = LONG ? 50_000 : 10_000
const KILLS = 5

const topic = uniqueName('crash')
const connector = uniqueName('s3-crash')
const bucket = await TestBucket.create(uniqueName('crash'))
let worker: WorkerProcess | undefined
after(async () => {
  await worker?.dispose()
  bucket.close()
})

/** Records of about 200 bytes: their partition and place in it say where they must come to lie. */
function* records(): Iterable<ProducerRecord> {
  for (let i = 0; i < RECORDS; i++) {
    const partition = i % PARTITIONS
    const place = Math.floor(i / PARTITIONS)
    yield {
      topic,
      partition,
      value: Buffer.from(JSON.stringify({ partition, place, text: 'x'.repeat(160) })),
    }
  }
}

/** So slowly that every life of the worker finds something to do. */
async function produceSteadily(): Promise<void> {
  const all = records()[Symbol.iterator]()
  const perTick = Math.ceil(RECORDS / 100)
  for (let sent = 0; sent < RECORDS; sent += perTick) {
    const count = Math.min(perTick, RECORDS - sent)
    await produce(Array.from({ length: count }, () => all.next().value as ProducerRecord))
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
}

test(`${RECORDS} records survive kill -9 of the worker ${KILLS} times: every one in exactly one object, in order`, async () => {
  await createTopic(topic, PARTITIONS)
  const producing = produceSteadily()
  const config = {
    ...bucket.config,
    'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
    'tasks.max': '2',
    topics: topic,
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'flush.size': String(FLUSH),
    'consumer.override.session.timeout.ms': '2000',
    'consumer.override.heartbeat.interval.ms': '500',
  }
  const seed = Number(process.env['SPILLWAY_SEED'] ?? Date.now() % 1_000_000)
  console.log(`seed ${seed}`)
  const random = randomFrom(seed)
  for (let kill = 0; kill < KILLS; kill++) {
    worker = await WorkerProcess.start({ connectors: [{ name: connector, config }] })
    // A random instant: while joining the group, consuming, uploading or committing.
    await new Promise((resolve) => setTimeout(resolve, random() * 2_000))
    worker.kill('SIGKILL')
    await worker.dispose()
  }
  await producing
  worker = await WorkerProcess.start({ connectors: [{ name: connector, config }] })
  const files = RECORDS / FLUSH
  await until('all objects are there', async () => (await bucket.keys()).length >= files, 120_000)
  await until('the group has committed the end', async () => {
    const admin = kafka().admin()
    try {
      const offsets = await admin.listGroupOffsets(`connect-${connector}`)
      return (
        offsets.length === PARTITIONS &&
        offsets.every((o) => o.offset.offset === BigInt(RECORDS / PARTITIONS))
      )
    } finally {
      await admin.close()
    }
  })
  assert.equal(await worker.stop(), 0)

  const expected = new Set<string>()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (let start = 0; start < RECORDS / PARTITIONS; start += FLUSH) {
      expected.add(
        `topics/${topic}/partition=${partition}/${topic}+${partition}+${String(start).padStart(10, '0')}.json`,
      )
    }
  }
  assert.deepEqual(new Set(await bucket.keys()), expected)
  for (const key of expected) {
    const [, partition = '', start = ''] = /\+(\d+)\+(\d+)\.json$/.exec(key) ?? []
    const lines = await bucket.lines(key)
    assert.equal(lines.length, FLUSH, key)
    lines.forEach((line, i) => {
      const record = JSON.parse(line) as { partition: number; place: number }
      if (record.partition !== Number(partition) || record.place !== Number(start) + i) {
        assert.fail(`${key} line ${i + 1} holds partition ${record.partition}, place ${record.place}`)
      }
    })
  }
})

/** A small generator (mulberry32), so that a failing run can be repeated by its seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
