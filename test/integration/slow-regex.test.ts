import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ConsumerRecord } from '../../framework/src/kafka/port.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const EVIL = 150
const folder = mkdtempSync(join(tmpdir(), 'spillway-slow-regex-'))
const lines = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
let worker: WorkerProcess

before(async () => {
  worker = await WorkerProcess.start({
    // One thread: the two tasks are neighbours.
    config: { 'task.threads': '1', 'task.thread.stall.timeout.ms': '5000' },
  })
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function add(config: Record<string, string>): Promise<{ name: string; topic: string; file: string }> {
  const name = uniqueName('slow-regex')
  const topic = uniqueName('slow-regex')
  const file = join(folder, name)
  await createTopic(topic, 1)
  const reply = await worker.rest('POST', '/connectors', {
    name,
    config: {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file,
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
      ...config,
    },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  return { name, topic, file }
}

test('a topic full of records that a regular expression never ends with: they are dead-lettered, the others written, the neighbour is served', async () => {
  const queue = uniqueName('slow-regex-dlq')
  const neighbour = await add({})
  const { name, topic, file } = await add({
    transforms: 'drop',
    'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
    'transforms.drop.predicate': 'slow',
    predicates: 'slow',
    'predicates.slow.type': 'io.spillway.transforms.predicates.FieldValueMatches$Value',
    'predicates.slow.field': 'text',
    'predicates.slow.pattern': '(a+)+b',
    'errors.tolerance': 'all',
    'errors.deadletterqueue.topic.name': queue,
    'errors.deadletterqueue.topic.replication.factor': '1',
    'errors.deadletterqueue.context.headers.enable': 'true',
  })
  const good: string[] = []
  const values: string[] = []
  for (let i = 0; i < EVIL; i++) {
    values.push('a'.repeat(40 + i))
    if (i % 10 === 0) {
      good.push(`{text=good ${i}}`)
      values.push(`good ${i}`, `${'a'.repeat(i)}ab`)
    }
  }
  await produce(values.map((text) => ({ topic, partition: 0, value: Buffer.from(JSON.stringify({ text })) })))
  await until('the first record is read', () => lines(file).length > 0)
  await produce([{ topic: neighbour.topic, partition: 0, value: Buffer.from('{"n":1}') }])
  await until('the neighbour has written', () => lines(neighbour.file).includes('{n=1}'))
  await until('the good records are written', () => lines(file).length === good.length)
  assert.deepEqual(lines(file), good)

  const admin = kafka().admin()
  const consumer = kafka().consumer({ groupId: uniqueName('reader'), clientId: 'reader' })
  try {
    await until('the others are in the dead letter queue', async () => {
      const [end] = await admin.listOffsets([{ topic: queue, partition: 0 }], 'latest')
      return end === BigInt(EVIL)
    })
    const none = async (): Promise<void> => {}
    consumer.subscribe({ topics: [queue] }, { onAssigned: none, onRevoked: none, onLost: none })
    const dead: ConsumerRecord[] = []
    await until('a dead letter', async () => {
      dead.push(...(await consumer.poll(500)))
      return dead.length > 0
    })
    const header = (key: string): string =>
      dead[0]?.headers.find((one) => one.key === `__connect.errors.${key}`)?.value?.toString() ?? ''
    assert.match(
      header('exception.message'),
      /\(a\+\)\+b \(predicates\.slow\.pattern\) backtracks without end/,
    )
    assert.deepEqual([header('topic'), header('partition'), header('offset')], [topic, '0', '0'])
  } finally {
    await consumer.close()
    await admin.close()
  }
  const { body } = await worker.rest('GET', `/connectors/${name}/status`)
  assert.deepEqual(
    (body as { tasks: { state: string; restarts?: number }[] }).tasks.map(({ state, restarts }) => [
      state,
      restarts ?? 0,
    ]),
    [['RUNNING', 0]],
  )
})
