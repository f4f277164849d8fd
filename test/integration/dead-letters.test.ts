import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ConsumerRecord } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-dlq-'))
let worker: WorkerProcess

before(async () => {
  worker = await WorkerProcess.start()
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** All records of a topic's partition 0 up to `count`. */
async function consume(topic: string, count: number): Promise<ConsumerRecord[]> {
  const consumer = kafka().consumer({ groupId: uniqueName('reader'), clientId: 'reader' })
  const none = async (): Promise<void> => {}
  consumer.subscribe({ topics: [topic] }, { onAssigned: none, onRevoked: none, onLost: none })
  const records: ConsumerRecord[] = []
  try {
    await until(`${count} records in ${topic}`, async () => {
      records.push(...(await consumer.poll(500)))
      return records.length >= count
    })
    return records
  } finally {
    await consumer.close()
  }
}

test('B1, B4, B17, B25: bad records go to the dead letter queue as they were read, with ten headers; the rest is written and the lag is 0', async () => {
  const topic = uniqueName('dlq-in')
  const queue = uniqueName('dlq')
  const name = uniqueName('dlq-sink')
  const file = join(folder, 'good.txt')
  await createTopic(topic, 1)
  const bad = new Set([3, 9])
  await produce(
    Array.from({ length: 10 }, (_, i) => ({
      topic,
      partition: 0,
      key: Buffer.from(`k${i}`),
      value: Buffer.from(bad.has(i) ? `{bad ${i}` : `{"n":${i}}`),
      timestamp: 1_700_000_000_000 + i,
      headers: [{ key: 'trace', value: Buffer.from('abc') }],
    })),
  )
  const reply = await worker.rest('POST', '/connectors', {
    name,
    config: {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file,
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': queue,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  const dead = await consume(queue, 2)
  assert.deepEqual(
    dead.map((r) => [r.key?.toString(), r.value?.toString(), r.timestamp]),
    [
      ['k3', '{bad 3', 1_700_000_000_003],
      ['k9', '{bad 9', 1_700_000_000_009],
    ],
  )
  const headers = new Map(dead[0]?.headers.map((h) => [h.key, h.value?.toString() ?? '']))
  const context = (key: string): string => headers.get(`__connect.errors.${key}`) ?? ''
  assert.equal(headers.get('trace'), 'abc')
  assert.equal(headers.size, 11)
  assert.equal(context('topic'), topic)
  assert.equal(context('partition'), '0')
  assert.equal(context('offset'), '3')
  assert.equal(context('connector.name'), name)
  assert.equal(context('task.id'), '0')
  assert.equal(context('stage'), 'VALUE_CONVERTER')
  assert.equal(context('class.name'), 'org.apache.kafka.connect.json.JsonConverter')
  assert.equal(context('exception.class.name'), 'org.apache.kafka.connect.errors.DataException')
  assert.match(context('exception.message'), /\S/)
  assert.match(context('exception.stacktrace'), /^org\.apache\.kafka\.connect\.errors\.DataException: /)

  await until(
    'the good records are written',
    () => readFileSync(file, 'utf8').trimEnd().split('\n').length === 8,
  )
  assert.equal(readFileSync(file, 'utf8'), [0, 1, 2, 4, 5, 6, 7, 8].map((n) => `{n=${n}}\n`).join(''))
  await until('the bad record at the end is committed too', async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/offsets`)
    return JSON.stringify(body).includes('"kafka_offset":10')
  })
  const admin = kafka().admin()
  try {
    assert.equal((await admin.describeTopics([queue]))[0]?.partitions, 1)
  } finally {
    await admin.close()
  }
})

test('a dead letter queue that cannot be created fails the task, naming the key to change', async () => {
  const topic = uniqueName('dlq-in')
  const name = uniqueName('dlq-sink')
  await createTopic(topic, 1)
  await worker.rest('POST', '/connectors', {
    name,
    config: {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file: join(folder, 'other.txt'),
      'errors.deadletterqueue.topic.name': uniqueName('dlq'),
    },
  })
  let trace = ''
  await until('the task is FAILED', async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/tasks/0/status`)
    const task = body as { state?: string; trace?: string }
    trace = task.trace ?? ''
    return task.state === 'FAILED'
  })
  assert.match(trace, /errors\.deadletterqueue\.topic\.replication\.factor=3/)
})

test('spillway dlq shows why records failed, and sends them back once, repaired ones too', async () => {
  const topic = uniqueName('dlq-in')
  const queue = uniqueName('dlq')
  await createTopic(topic, 1)
  await produce([{ topic, partition: 0, key: Buffer.from('k'), value: Buffer.from('{bad') }])
  await worker.rest('POST', '/connectors', {
    name: uniqueName('dlq-sink'),
    config: {
      'connector.class': 'FileStreamSink',
      topics: topic,
      file: join(folder, 'replay.txt'),
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': queue,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    },
  })
  await consume(queue, 1)
  const server = ['--bootstrap-server', endpointsFromEnv().kafka.bootstrapServers]
  const run = async (...args: string[]): Promise<string> => {
    const command = WorkerProcess.run(['dlq', ...args, ...server])
    try {
      assert.equal(await command.exit, 0, command.output())
      return command.output()
    } finally {
      await command.dispose()
    }
  }
  assert.match(
    await run('show', queue),
    new RegExp(`from ${topic}-0@0.*VALUE_CONVERTER .*JsonConverter.*value \\{bad`, 's'),
  )

  const letter = JSON.parse(await run('show', queue, '--json')) as { value: string }
  const repaired = join(folder, 'repaired.jsonl')
  writeFileSync(repaired, JSON.stringify({ ...letter, value: '{"good":1}' }))
  assert.match(await run('replay', queue, '--input', repaired), /Sent 1 records/)
  await until(
    'the repaired record is written',
    () => readFileSync(join(folder, 'replay.txt'), 'utf8') === '{good=1}\n',
  )

  const elsewhere = uniqueName('elsewhere')
  await createTopic(elsewhere, 1)
  const again = await consume(topic, 2)
  assert.deepEqual(again[1]?.headers, [])
  assert.match(await run('replay', queue, '--to', elsewhere), /Sent 1 records/)
  assert.match(await run('replay', queue, '--to', elsewhere), /Sent 0 records/)
  assert.equal((await consume(elsewhere, 1))[0]?.value?.toString(), '{bad')
})
