import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import type { ConsumerRecord, ProducerRecord } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/settings.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { range } from './support/records.ts'
import { TestBucket } from './support/test-bucket.ts'

const PARTITIONS = 3
const RECORDS = 600
const bootstrap = endpointsFromEnv().kafka.bootstrapServers
const folder = mkdtempSync(join(tmpdir(), 'spillway-restore-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Bytes of all kinds, tombstones, null keys, headers that come twice or are null. */
function record(topic: string, i: number): ProducerRecord {
  return {
    topic,
    partition: i % PARTITIONS,
    key: i % 7 === 0 ? null : Buffer.from([0xff, i & 0xff]),
    value: i % 5 === 0 ? null : Buffer.from(`{"i": ${i}, "text": "ü\\n"}`),
    timestamp: 1_600_000_000_000 + i,
    headers:
      i % 3 === 0
        ? []
        : [
            { key: 'h', value: Buffer.from([i & 0xff, 0]) },
            { key: 'h', value: null },
          ],
  }
}

/** All records of a topic, by partition, as text that tells all but the offset. */
async function contentOf(topic: string, count: number): Promise<string[][]> {
  const consumer = kafka().consumer({
    groupId: uniqueName('read'),
    clientId: 'test',
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  })
  const none = async (): Promise<void> => {}
  consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
  const records: ConsumerRecord[] = []
  try {
    await until('all records are read', async () => {
      records.push(...(await consumer.poll(200)))
      return records.length >= count
    })
    records.push(...(await consumer.poll(300)))
  } finally {
    await consumer.close()
  }
  const described = (r: ConsumerRecord): string =>
    JSON.stringify([
      r.key?.toString('hex') ?? null,
      r.value?.toString('hex') ?? null,
      r.timestamp,
      r.headers.map(({ key, value }) => [key, value?.toString('hex') ?? null]),
    ])
  return range(0, PARTITIONS).map((partition) =>
    records.filter((r) => r.partition === partition).map(described),
  )
}

async function spillway(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  const own = mkdtempSync(join(folder, 'run-'))
  const process = WorkerProcess.run(args, own)
  const code = await process.exit
  return { code, output: process.output() }
}

const BYTES = 'org.apache.kafka.connect.converters.ByteArrayConverter'

/** Writes a topic to objects through a worker, and gives the file with the connector's configuration. */
async function backup(topic: string, bucket: TestBucket, changes: Record<string, string>): Promise<string> {
  const name = uniqueName('backup')
  const config = {
    ...(bucket.config() as Record<string, string>),
    topics: topic,
    'tasks.max': '1',
    'flush.size': '50',
    'rotate.idle.ms': '300',
    'format.envelope': 'true',
    'key.converter': BYTES,
    'value.converter': BYTES,
    'header.converter': BYTES,
    ...changes,
  }
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify({ name, config }))
  const worker = await WorkerProcess.start({ connectors: [{ name, config }] })
  try {
    await until('the topic is backed up', async () => {
      const admin = kafka().admin()
      try {
        const offsets = await admin.listGroupOffsets(`connect-${name}`)
        return offsets.reduce((sum, { offset }) => sum + Number(offset.offset), 0) >= RECORDS
      } finally {
        await admin.close()
      }
    })
  } finally {
    await worker.stop()
    await worker.dispose()
  }
  return file
}

const FORMAT = 'io.confluent.connect.s3.format'
for (const [name, changes] of Object.entries({
  'JSON with gzip': { 's3.compression.type': 'gzip' },
  'JSON with snappy': { 'format.compression.type': 'snappy' },
  'Avro with zstandard': { 'format.class': `${FORMAT}.avro.AvroFormat`, 'avro.codec': 'zstandard' },
  'plain JSON and text': {
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
  },
})) {
  test(`a topic that was backed up as ${name} is restored with keys, values, headers, times and partitions`, async () => {
    await using bucket = await TestBucket.create()
    const [from, to] = [uniqueName('from'), uniqueName('to')]
    await createTopic(from, PARTITIONS)
    await createTopic(to, PARTITIONS)
    const isText = name === 'plain JSON and text'
    const text = (r: ProducerRecord): ProducerRecord => ({
      ...r,
      key: !r.key ? null : Buffer.from(`k${Buffer.from(r.key).toString('hex')}`),
      value: !r.value ? null : Buffer.from(`{"n":1.00,"big":12345678901234567890,"t":"ü"}`),
    })
    await produce(range(0, RECORDS).map((i) => (isText ? text(record(from, i)) : record(from, i))))
    const file = await backup(from, bucket, changes)
    const run = await spillway(
      'restore',
      file,
      '--to',
      to,
      '--bootstrap-server',
      bootstrap,
      '--keep-partitions',
    )
    assert.equal(run.code, 0, run.output)
    const original = await contentOf(from, RECORDS)
    assert.deepEqual(await contentOf(to, RECORDS), original)
    const again = await spillway(
      'restore',
      file,
      '--to',
      to,
      '--bootstrap-server',
      bootstrap,
      '--keep-partitions',
    )
    assert.match(again.output, /Restored 0 records/)
    assert.deepEqual(await contentOf(to, RECORDS), original, 'restoring again adds nothing')
  })
}

test('a restore that is killed goes on where its last transaction ended', async () => {
  await using bucket = await TestBucket.create()
  const [from, to] = [uniqueName('from'), uniqueName('to')]
  await createTopic(from, PARTITIONS)
  await createTopic(to, PARTITIONS)
  await produce(range(0, RECORDS).map((i) => record(from, i)))
  const file = await backup(from, bucket, {})
  const args = ['restore', file, '--to', to, '--bootstrap-server', bootstrap, '--keep-partitions'] as const
  const first = WorkerProcess.run([...args])
  await until('it has begun', async () => first.output().includes(' records'))
  first.kill('SIGKILL')
  await first.dispose()
  const second = await spillway(...args)
  assert.equal(second.code, 0, second.output)
  assert.deepEqual(await contentOf(to, RECORDS), await contentOf(from, RECORDS))
})

test('what cannot be restored is refused with the reason', async () => {
  await using bucket = await TestBucket.create()
  const to = uniqueName('to')
  const restore = async (changes: Record<string, string | null>, ...more: string[]): Promise<string> => {
    const file = join(folder, `${uniqueName('refused')}.json`)
    const config = {
      name: 'c',
      'key.converter': BYTES,
      'value.converter': BYTES,
      ...bucket.config(),
      ...changes,
    }
    const written = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
    writeFileSync(file, JSON.stringify(written))
    const { code, output } = await spillway(
      'restore',
      file,
      '--to',
      to,
      '--bootstrap-server',
      bootstrap,
      ...more,
    )
    assert.equal(code, 1, output)
    assert.ok(readFileSync(file).length > 0)
    return output
  }
  assert.match(
    await restore({ 'format.envelope': 'true' }),
    new RegExp(`There is no topic ${to} in the cluster`),
  )
  await createTopic(to, 1)
  assert.match(await restore({}), /format.envelope is not true/)
  const parquet = `${FORMAT}.parquet.ParquetFormat`
  assert.match(
    await restore({ 'format.envelope': 'true', 'format.class': parquet }),
    /restored from JsonFormat and AvroFormat/,
  )
  const key = 'topics/t/partition=0/t+0+0000000000.json'
  await bucket.store.put(key, Buffer.from('{"key":null,"value":"not base64!"}\n'), {})
  assert.match(
    await restore({ 'format.envelope': 'true' }),
    /t\+0\+0000000000\.json, record 1: value\.converter is ByteArrayConverter/,
  )
  await bucket.store.put(key, Buffer.from('{"a":1}\n'), {})
  assert.match(await restore({ 'format.envelope': 'true' }), /line 1 is no envelope/)
})
