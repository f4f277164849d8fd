/** Cases B of the sink runtime that are about records that cannot be written. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { kafka, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { CaseWorker } from './cases/case-worker.ts'
import { filledTopic, Monitored } from './cases/monitored.ts'
import { readTopic } from './cases/read-topic.ts'
import { target } from './target/selected-target.ts'

const folder = mkdtempSync(join(tmpdir(), 'conformance-errors-'))
let worker: CaseWorker

before(async () => {
  worker = await CaseWorker.start('standalone', { 'offset.flush.interval.ms': '500' })
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `value-${i}`)

const deadLetters = (queue: string): Record<string, string> => ({
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': queue,
  'errors.deadletterqueue.topic.replication.factor': '1',
})

suite('errors', () => {
  test('B1, B25: what keeps failing goes to the dead letter queue, made with one partition; what fails once is retried', async () => {
    const queue = uniqueName('dlq')
    const sink = new Monitored(worker, folder)
    const topic = await filledTopic(numbered(1_000))
    await sink.create(topic, {
      ...deadLetters(queue),
      'errors.deadletterqueue.context.headers.enable': 'true',
      'errors.retry.timeout': '1000',
      transforms: 'faulty',
      'transforms.faulty.type': target.pluginClass('FaultyPassthrough'),
    })
    await until('999 records are written', () => sink.values().length >= 999)
    const expected = numbered(1_000).filter((value) => value !== 'value-7')
    assert.deepEqual(sink.values(), expected)
    await until('all is committed', async () => (await sink.committed())[`${topic}-0`] === 1_000)
    const admin = kafka().admin()
    try {
      const [made] = await admin.describeTopics([queue])
      assert.equal(made?.partitions, 1)
    } finally {
      await admin.close()
    }
    const letters = await readTopic(queue)
    assert.deepEqual(
      letters.map(({ value }) => String(value)),
      ['value-7'],
    )
    const headers = Object.fromEntries(
      letters[0]?.headers.map(({ key, value }) => [key, String(value)]) ?? [],
    )
    assert.deepEqual(Object.keys(headers).toSorted(), [
      '__connect.errors.class.name',
      '__connect.errors.connector.name',
      '__connect.errors.exception.class.name',
      '__connect.errors.exception.message',
      '__connect.errors.exception.stacktrace',
      '__connect.errors.offset',
      '__connect.errors.partition',
      '__connect.errors.stage',
      '__connect.errors.task.id',
      '__connect.errors.topic',
    ])
    const short = (name: string): string | undefined => headers[`__connect.errors.${name}`]
    assert.equal(short('topic'), topic)
    assert.equal(short('partition'), '0')
    assert.equal(short('offset'), '7')
    assert.equal(short('connector.name'), sink.name)
    assert.equal(short('task.id'), '0')
    assert.equal(short('stage'), 'TRANSFORMATION')
    assert.equal(short('exception.class.name'), 'org.apache.kafka.connect.errors.RetriableException')
    assert.equal(short('exception.message'), "Error when value='value-7'")
    await sink.remove()
  })

  test('B2: every record that a task reports goes to the dead letter queue, and the task goes on', async () => {
    const queue = uniqueName('dlq')
    const name = uniqueName('reporter')
    await worker.create(name, {
      'connector.class': target.pluginClass('ErrantReporterSink'),
      topics: await filledTopic(numbered(1_000)),
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'consumer.override.max.poll.records': '5',
      ...deadLetters(queue),
      'errors.deadletterqueue.context.headers.enable': 'true',
    })
    const letters = await readTopic(queue, 1_000)
    assert.deepEqual(letters.map(({ value }) => String(value)).toSorted(), numbered(1_000).toSorted())
    const headers = new Map(letters[0]?.headers.map(({ key, value }) => [key, String(value)]))
    assert.equal(headers.get('__connect.errors.stage'), 'TASK_PUT')
    assert.equal(headers.get('__connect.errors.class.name'), 'org.apache.kafka.connect.sink.SinkTask')
    await worker.untilState(name, 'RUNNING', 1)
    await worker.remove(name)
  })

  test('B3: without tolerance a record that cannot be read fails the task, and is not committed', async () => {
    const sink = new Monitored(worker, folder)
    const topic = await filledTopic(['{"a":1}', 'no json', '{"a":2}'])
    await sink.create(topic, {
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    })
    await until('the task fails', async () => (await worker.status(sink.name)).tasks[0]?.state === 'FAILED')
    const { trace = '' } = (await worker.status(sink.name)).tasks[0] ?? {}
    assert.match(
      trace,
      /^org\.apache\.kafka\.connect\.errors\.ConnectException: Tolerance exceeded in error handler/,
    )
    assert.match(trace, /Caused by: org\.apache\.kafka\.connect\.errors\.DataException: /)
    assert.ok(((await sink.committed())[`${topic}-0`] ?? 0) <= 1)
    await sink.remove()
  })

  test('B4: with tolerance and no dead letter queue a bad record is skipped, the next is delivered', async () => {
    const sink = new Monitored(worker, folder)
    const topic = await filledTopic(['{"a":1}', 'no json'])
    await sink.create(topic, {
      'errors.tolerance': 'all',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
    })
    await until('the bad record is committed', async () => (await sink.committed())[`${topic}-0`] === 2)
    await produce([{ topic, partition: 0, value: Buffer.from('{"a":2}') }])
    await until('the next is put', () => sink.values().length === 2)
    assert.deepEqual(sink.values(), [{ a: 1 }, { a: 2 }])
    await worker.untilState(sink.name, 'RUNNING', 1)
    await sink.remove()
  })
})
