/** Cases B of the sink runtime that are about one task: what it is given, when, and what is committed. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, kafka, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { CaseWorker } from './cases/case-worker.ts'
import { filledTopic, Monitored } from './cases/monitored.ts'

const folder = mkdtempSync(join(tmpdir(), 'conformance-task-'))
let worker: CaseWorker

before(async () => {
  worker = await CaseWorker.start('standalone', { 'offset.flush.interval.ms': '500' })
})
after(async () => {
  await worker.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** A connector that is removed when the test ends. */
function monitored(t: { after(clean: () => Promise<void>): void }, on = worker): Monitored {
  const sink = new Monitored(on, folder)
  t.after(async () => await sink.remove())
  return sink
}

suite('put', () => {
  test('B5, B14: without dead letter queue and error log there is no reporter; put is called with nothing now and then', async (t) => {
    const sink = monitored(t)
    await sink.create(await filledTopic(['a']))
    await until(
      'several empty puts',
      () => sink.events('put').filter((e) => e.records?.length === 0).length >= 3,
    )
    assert.equal(sink.events('start')[0]?.reporter, false)
    assert.deepEqual(sink.values(), ['a'])
  })

  test('B6: a RetriableException from put brings the same records again, in order, until they are taken', async (t) => {
    const sink = monitored(t)
    await sink.create(await filledTopic(['a', 'b', 'c']), { 'fail.puts': '2' })
    await until('the third try', () => sink.values().length >= 9)
    const tries = sink.batches().map((records) => records.map((record) => record.value))
    assert.deepEqual(tries, [
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ])
    await worker.untilState(sink.name, 'RUNNING', 1)
  })

  test('B8: any other exception fails the task for good, the connector stays RUNNING', async (t) => {
    const sink = monitored(t)
    await sink.create(await filledTopic(['a']), { 'fatal.put': 'true' })
    await until('the task fails', async () => (await worker.status(sink.name)).tasks[0]?.state === 'FAILED')
    const { connector, tasks } = await worker.status(sink.name)
    assert.equal(connector.state, 'RUNNING')
    assert.match(
      tasks[0]?.trace ?? '',
      /^org\.apache\.kafka\.connect\.errors\.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception\./,
    )
    assert.match(tasks[0]?.trace ?? '', /Caused by: .*put was asked to fail/)
  })

  test('B13: context.timeout bounds the wait for the next put', async (t) => {
    const slow = await CaseWorker.start('standalone', { 'offset.flush.interval.ms': '3600000' })
    t.after(async () => await slow.dispose())
    const sink = new Monitored(slow, folder)
    await sink.create(await filledTopic(['a']), { 'put.timeout.ms': '200' })
    await until('ten puts', () => sink.events('put').length >= 10, 20_000)
    assert.deepEqual(sink.values(), ['a'])
  })

  test('context.offset brings records again from where it says', async (t) => {
    const sink = monitored(t)
    await sink.create(await filledTopic(['a', 'b', 'c']), { 'rewind.to': '1' })
    await until('they come again', () => sink.values().length >= 5)
    assert.deepEqual(sink.values(), ['a', 'b', 'c', 'b', 'c'])
  })
})

suite('records', () => {
  test('B16: a transformation may rename the topic; offsets and active topics keep the original', async (t) => {
    const sink = monitored(t)
    const topic = await filledTopic(['a'])
    await sink.create(topic, {
      transforms: 'route',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': '.*',
      'transforms.route.replacement': 'elsewhere',
    })
    await until('it is put and committed', async () => (await sink.committed())[`${topic}-0`] === 1)
    const [record] = sink.records()
    assert.equal(record?.topic, 'elsewhere')
    assert.equal(record?.at, `${topic}-0@0`)
    const { body } = await worker.rest('GET', `/connectors/${sink.name}/topics`)
    assert.deepEqual(body, { [sink.name]: { topics: [topic] } })
  })

  test('B17: records that a transformation drops are committed', async (t) => {
    const sink = monitored(t)
    const topic = await filledTopic(['a', 'b'])
    await sink.create(topic, {
      transforms: 'drop',
      'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
    })
    await until('all is committed', async () => (await sink.committed())[`${topic}-0`] === 2)
    assert.deepEqual(sink.values(), [])
  })

  test('B19: the timestamp of a record and its type come along; -1 is none', async (t) => {
    const topic = await filledTopic([])
    const appended = uniqueName('append-time')
    const admin = kafka().admin()
    try {
      const configs = { 'message.timestamp.type': 'LogAppendTime' }
      await admin.createTopics([{ name: appended, partitions: 1, replicationFactor: 1, configs }])
    } finally {
      await admin.close()
    }
    const value = Buffer.from('x')
    await produce([
      { topic, partition: 0, value, timestamp: 1_234_567_890_123 },
      { topic, partition: 0, value, timestamp: -1 },
    ])
    const began = Date.now()
    await produce([{ topic: appended, partition: 0, value, timestamp: 1 }])
    const sink = monitored(t)
    await sink.create(`${topic},${appended}`)
    await until('all are put', () => sink.values().length === 3)
    const of = (name: string): unknown[] =>
      sink
        .records()
        .filter((record) => record.topic === name)
        .map(({ timestamp, timestampType }) => [timestamp, timestampType.replaceAll('_', '').toLowerCase()])
    assert.deepEqual(of(topic), [
      [1_234_567_890_123, 'createtime'],
      [null, 'createtime'],
    ])
    const [[time, type]] = of(appended) as [[number, string]]
    assert.equal(type, 'logappendtime')
    assert.ok(time >= began && time <= Date.now(), String(time))
  })

  test('B20: headers are converted, and a connector may name another header converter', async (t) => {
    const topic = await filledTopic([])
    const header = { key: 'h', value: Buffer.from('12') }
    await produce([{ topic, partition: 0, value: Buffer.from('x'), headers: [header] }])
    const simple = monitored(t)
    await simple.create(topic)
    const text = monitored(t)
    await text.create(topic, { 'header.converter': 'org.apache.kafka.connect.storage.StringConverter' })
    const json = monitored(t)
    await json.create(topic, {
      'header.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'header.converter.schemas.enable': 'false',
    })
    const headerOf = (sink: Monitored): unknown => sink.records()[0]?.headers[0]?.value
    await until('all have it', () => [simple, text, json].every((sink) => sink.values().length === 1))
    assert.deepEqual([simple, text, json].map(headerOf), [12, '12', 12])
  })
})

suite('commits', () => {
  test('B10: a preCommit that throws makes the consumer read again from the last commit', async (t) => {
    const sink = monitored(t)
    const topic = await filledTopic(['a', 'b'])
    await sink.create(topic, { 'fail.pre.commits': '1' })
    await until('the records come again', () => sink.values().length >= 4)
    assert.deepEqual(sink.values().slice(0, 4), ['a', 'b', 'a', 'b'])
    await until('they are committed then', async () => (await sink.committed())[`${topic}-0`] === 2)
  })

  test('B11: requestCommit commits before the interval is over', async (t) => {
    const slow = await CaseWorker.start('standalone', { 'offset.flush.interval.ms': '3600000' })
    t.after(async () => await slow.dispose())
    const sink = new Monitored(slow, folder)
    const topic = await filledTopic(['a'])
    // Kafka Connect looks after a commit that was asked for only when the next poll begins.
    await sink.create(topic, { 'request.commit': 'true', 'put.timeout.ms': '200' })
    await until('it is committed', async () => (await sink.committed())[`${topic}-0`] === 1)
  })

  test('B26: a connector deleted and made again goes on at its committed offsets', async (t) => {
    const sink = new Monitored(worker, folder)
    const topic = await filledTopic(['a'])
    await sink.create(topic)
    await until('it is committed', async () => (await sink.committed())[`${topic}-0`] === 1)
    await sink.remove()
    await produce([{ topic, partition: 0, value: Buffer.from('b') }])
    await sink.create(topic)
    t.after(async () => await sink.remove())
    await until('the new record is put', () => sink.values().includes('b'))
    assert.deepEqual(sink.values(), ['a', 'b'])
  })

  test('offsets of several topics by a regular expression in the syntax of Java', async (t) => {
    const prefix = uniqueName('regex')
    const topics = [`${prefix}-a1`, `${prefix}-b2`, `${prefix}-c`]
    for (const topic of topics) {
      await createTopic(topic)
      await produce([{ topic, partition: 0, value: Buffer.from(topic) }])
    }
    const sink = monitored(t)
    await sink.create('', { 'topics.regex': `${prefix}-\\p{Lower}++\\d` })
    await until('both are put and committed', async () => Object.keys(await sink.committed()).length === 2)
    assert.deepEqual(new Set(sink.values()), new Set(topics.slice(0, 2)))
  })
})
