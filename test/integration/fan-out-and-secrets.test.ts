import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { TestBucket } from '../support/objects.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-secrets-'))
const secret = join(folder, 'not-there', 'hush-hush-4711')
let worker: WorkerProcess

before(async () => {
  writeFileSync(join(folder, 'secrets.properties'), `place=${secret}\n`)
  worker = await WorkerProcess.start({
    config: {
      'config.providers': 'file',
      'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
    },
  })
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

test('records that a transformation makes of one offset stay together through rotation and commit', async () => {
  const topic = uniqueName('fan-out')
  const name = uniqueName('fan-out')
  const bucket = await TestBucket.create(uniqueName('fan-out'))
  await createTopic(topic, 1)
  await produce(
    [0, 1, 2, 3].map((n) => ({
      topic,
      partition: 0,
      value: Buffer.from(JSON.stringify({ n, items: ['a', 'b', 'c'] })),
    })),
  )
  const reply = await worker.rest('POST', '/connectors', {
    name,
    config: {
      ...bucket.config,
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      topics: topic,
      // Full in the middle of the second offset's three records: they are not parted.
      'flush.size': '5',
      transforms: 'explode',
      'transforms.explode.type': 'io.spillway.transforms.ExplodeArray',
      'transforms.explode.field': 'items',
    },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  const keyOf = (offset: number): string =>
    `topics/${topic}/partition=0/${topic}+0+${String(offset).padStart(10, '0')}.json`
  await until('both files are there', async () => (await bucket.keys()).length === 2)
  for (const first of [0, 2]) {
    const numbers = (await bucket.lines(keyOf(first))).map((line) => (JSON.parse(line) as { n: number }).n)
    assert.deepEqual(numbers, [first, first, first, first + 1, first + 1, first + 1])
  }
  await until('all four offsets are committed', async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/offsets`)
    return JSON.stringify(body).includes('"kafka_offset":4')
  })
  bucket.close()
})

test('A71: what a provider fills in is in no trace, log line or answer', async () => {
  const topic = uniqueName('secrets')
  const name = uniqueName('secrets')
  await createTopic(topic, 1)
  const placeholder = `\${file:${join(folder, 'secrets.properties')}:place}`
  const reply = await worker.rest('POST', '/connectors', {
    name,
    config: { 'connector.class': 'FileStreamSink', topics: topic, file: placeholder },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  let status = ''
  await until('the task is FAILED', async () => {
    status = JSON.stringify((await worker.rest('GET', `/connectors/${name}/status`)).body)
    return status.includes('FAILED')
  })
  assert.match(status, /Couldn't find or create file '\[hidden\]'/)
  const { body } = await worker.rest('GET', `/connectors/${name}/config`)
  assert.equal((body as { file: string }).file, placeholder)
  const tasks = JSON.stringify((await worker.rest('GET', `/connectors/${name}/tasks`)).body)
  for (const shown of [status, tasks, worker.output()])
    assert.equal(/.{0,120}hush-hush-4711.{0,40}/.exec(shown)?.[0], undefined)
})
