import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createTopic, kafka, produce, uniqueName } from '../../support/topics.ts'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'

const plugin = join(import.meta.dirname, '..', '..', 'plugins', 'monitorable-sink.ts')
const folder = mkdtempSync(join(tmpdir(), 'spillway-runtime-'))

interface Event {
  readonly event: string
  readonly task: number
  readonly reporter?: boolean
  readonly partitions?: string[]
  readonly offsets?: Record<string, number>
  readonly records?: {
    topic: string
    at: string
    value: unknown
    headers: { key: string; value: unknown }[]
  }[]
}

/** A connector with the monitorable sink, and what it has noted so far. */
class Monitored {
  readonly name = uniqueName('monitored')
  readonly log = join(folder, this.name)
  readonly worker: WorkerProcess

  constructor(worker: WorkerProcess) {
    this.worker = worker
  }

  async create(topics: string, config: Record<string, string> = {}): Promise<void> {
    const reply = await this.worker.rest('POST', '/connectors', {
      name: this.name,
      config: {
        'connector.class': plugin,
        topics,
        log: this.log,
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
        'consumer.override.session.timeout.ms': '6000',
        ...config,
      },
    })
    assert.equal(reply.status, 201, JSON.stringify(reply.body))
  }

  events(kind?: string): Event[] {
    if (!existsSync(this.log)) return []
    const lines = readFileSync(this.log, 'utf8').split('\n')
    const whole = lines.slice(0, -1).map((line) => JSON.parse(line) as Event)
    return kind === undefined ? whole : whole.filter((event) => event.event === kind)
  }

  /** Values of all records put so far. */
  values(): unknown[] {
    return this.events('put').flatMap((event) => event.records?.map((record) => record.value) ?? [])
  }

  async committed(): Promise<Record<string, number>> {
    const { body } = await this.worker.rest('GET', `/connectors/${this.name}/offsets`)
    const { offsets } = body as {
      offsets: {
        partition: { kafka_topic: string; kafka_partition: number }
        offset: { kafka_offset: number }
      }[]
    }
    return Object.fromEntries(
      offsets.map((o) => [
        `${o.partition.kafka_topic}-${o.partition.kafka_partition}`,
        o.offset.kafka_offset,
      ]),
    )
  }

  async remove(): Promise<void> {
    await this.worker.rest('DELETE', `/connectors/${this.name}`)
  }
}

suite('the sink task loop', () => {
  let worker: WorkerProcess
  before(async () => {
    worker = await WorkerProcess.start({ config: { 'offset.flush.interval.ms': '500' } })
  })
  after(async () => {
    await worker.dispose()
    rmSync(folder, { recursive: true, force: true })
  })

  async function filledTopic(values: readonly string[], partitions = 1): Promise<string> {
    const topic = uniqueName('runtime')
    await createTopic(topic, partitions)
    await produce(values.map((value, i) => ({ topic, partition: i % partitions, value: Buffer.from(value) })))
    return topic
  }

  test('B5, B14: without DLQ and error log there is no reporter, and put is called with nothing now and then', async () => {
    const sink = new Monitored(worker)
    await sink.create(await filledTopic(['a']))
    await until(
      'several empty puts',
      () => sink.events('put').filter((e) => e.records?.length === 0).length >= 3,
    )
    assert.equal(sink.events('start')[0]?.reporter, false)
    assert.deepEqual(sink.values(), ['a'])
    await sink.remove()
  })

  test('B6: a RetriableError from put brings the same records again, in order, until they are taken', async () => {
    const sink = new Monitored(worker)
    await sink.create(await filledTopic(['a', 'b', 'c']), { 'fail.puts': '2' })
    await until('the third try', () => sink.values().length >= 9)
    const tries = sink.events('put').filter((e) => (e.records?.length ?? 0) > 0)
    assert.deepEqual(
      tries.map((e) => e.records?.map((r) => r.value)),
      [
        ['a', 'b', 'c'],
        ['a', 'b', 'c'],
        ['a', 'b', 'c'],
      ],
    )
    const state = (await worker.rest('GET', `/connectors/${sink.name}/tasks/0/status`)).body as {
      state: string
    }
    assert.equal(state.state, 'RUNNING')
    await sink.remove()
  })

  test('B10: a preCommit that throws makes the consumer read again from the last commit', async () => {
    const sink = new Monitored(worker)
    const topic = await filledTopic(['a', 'b'])
    await sink.create(topic, { 'fail.pre.commits': '1' })
    await until('the records come again', () => sink.values().length >= 4)
    assert.deepEqual(sink.values().slice(0, 4), ['a', 'b', 'a', 'b'])
    await until('they are committed then', async () => (await sink.committed())[`${topic}-0`] === 2)
    await sink.remove()
  })

  test('B11: requestCommit commits before the interval is over', async () => {
    const slow = await WorkerProcess.start({ config: { 'offset.flush.interval.ms': '3600000' } })
    try {
      const sink = new Monitored(slow)
      const topic = await filledTopic(['a'])
      await sink.create(topic, { 'request.commit': 'true' })
      await until('it is committed', async () => (await sink.committed())[`${topic}-0`] === 1)
    } finally {
      await slow.dispose()
    }
  })

  test('B2: every record a task reports goes to the dead letter queue, and the task goes on', async () => {
    const sink = new Monitored(worker)
    const queue = uniqueName('dlq')
    await sink.create(await filledTopic(Array.from({ length: 20 }, (_, i) => `v${i}`)), {
      'report.all': 'true',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': queue,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'consumer.override.max.poll.records': '5',
    })
    const admin = kafka().admin()
    try {
      await until('all are in the queue', async () => {
        const there = await admin.describeTopics([queue])
        if (there.length === 0) return false
        const [end] = await admin.listOffsets([{ topic: queue, partition: 0 }], 'latest')
        return end === 20n
      })
    } finally {
      await admin.close()
    }
    assert.equal(sink.events('start')[0]?.reporter, true)
    assert.ok(sink.events('put').every((e) => (e.records?.length ?? 0) <= 5))
    await sink.remove()
  })

  test('B20: headers are converted, and a connector may name another header converter', async () => {
    const topic = uniqueName('runtime')
    await createTopic(topic, 1)
    await produce([
      { topic, partition: 0, value: Buffer.from('x'), headers: [{ key: 'h', value: Buffer.from('12') }] },
    ])
    const simple = new Monitored(worker)
    await simple.create(topic)
    const text = new Monitored(worker)
    await text.create(topic, { 'header.converter': 'org.apache.kafka.connect.storage.StringConverter' })
    const headerOf = (sink: Monitored): unknown =>
      sink.events('put').flatMap((e) => e.records ?? [])[0]?.headers[0]?.value
    await until('both have it', () => simple.values().length === 1 && text.values().length === 1)
    assert.equal(headerOf(simple), 12)
    assert.equal(headerOf(text), '12')
    await simple.remove()
    await text.remove()
  })

  test('B16: a transformation may rename the topic; offsets and active topics keep the original', async () => {
    const sink = new Monitored(worker)
    const topic = await filledTopic(['a'])
    await sink.create(topic, {
      transforms: 'route',
      'transforms.route.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.route.regex': '.*',
      'transforms.route.replacement': 'elsewhere',
    })
    await until('it is put and committed', async () => (await sink.committed())[`${topic}-0`] === 1)
    const record = sink.events('put').flatMap((e) => e.records ?? [])[0]
    assert.equal(record?.topic, 'elsewhere')
    assert.equal(record?.at, `${topic}-0@0`)
    const { body } = await worker.rest('GET', `/connectors/${sink.name}/topics`)
    assert.deepEqual(body, { [sink.name]: { topics: [topic] } })
    await sink.remove()
  })

  test('B17: records a transformation drops are committed', async () => {
    const sink = new Monitored(worker)
    const topic = await filledTopic(['a', 'b'])
    await sink.create(topic, {
      transforms: 'drop',
      'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
    })
    await until('all is committed', async () => (await sink.committed())[`${topic}-0`] === 2)
    assert.deepEqual(sink.values(), [])
    await sink.remove()
  })

  test('B26: a connector deleted and made again goes on at its committed offsets', async () => {
    const sink = new Monitored(worker)
    const topic = await filledTopic(['a'])
    await sink.create(topic)
    await until('it is committed', async () => (await sink.committed())[`${topic}-0`] === 1)
    await sink.remove()
    await produce([{ topic, partition: 0, value: Buffer.from('b') }])
    await sink.create(topic)
    await until('the new record is put', () => sink.values().includes('b'))
    assert.deepEqual(sink.values(), ['a', 'b'])
    await sink.remove()
  })

  test('A29: more task configurations than tasks.max fail the connector, unless that is allowed', async () => {
    const topic = await filledTopic([])
    const sink = new Monitored(worker)
    await sink.create(topic, { 'tasks.max': '2', 'extra.tasks': '1' })
    const statusOf = async (
      name: string,
    ): Promise<{ connector: { state: string; trace?: string }; tasks: unknown[] }> =>
      (await worker.rest('GET', `/connectors/${name}/status`)).body as never
    await until(
      'the connector is FAILED',
      async () => (await statusOf(sink.name)).connector.state === 'FAILED',
    )
    assert.match(
      (await statusOf(sink.name)).connector.trace ?? '',
      /has generated 3 tasks, which is greater than 2/,
    )
    const lenient = new Monitored(worker)
    await lenient.create(topic, { 'tasks.max': '2', 'extra.tasks': '1', 'tasks.max.enforce': 'false' })
    await until('all three tasks run', async () => (await statusOf(lenient.name)).tasks.length === 3)
    await sink.remove()
    await lenient.remove()
  })

  for (const [strategy, isCooperative] of [
    ['org.apache.kafka.clients.consumer.RangeAssignor', false],
    ['org.apache.kafka.clients.consumer.CooperativeStickyAssignor', true],
  ] as const) {
    test(`B21, B22: with ${strategy.slice(strategy.lastIndexOf('.') + 1)} a new member ${isCooperative ? 'takes only what moves' : 'closes and opens everything'}`, async () => {
      const topic = await filledTopic(
        Array.from({ length: 8 }, (_, i) => `v${i}`),
        4,
      )
      const sink = new Monitored(worker)
      const override = { 'consumer.override.partition.assignment.strategy': strategy }
      await sink.create(topic, override)
      await until(
        'all partitions are open',
        () => sink.events('open').flatMap((e) => e.partitions ?? []).length === 4,
      )
      await until('all is committed', async () => Object.values(await sink.committed()).length === 4)
      // A second member of the same group, from another connector of another worker.
      const other = await WorkerProcess.start()
      try {
        const second = new Monitored(other)
        await second.create(topic, { ...override, 'consumer.override.group.id': `connect-${sink.name}` })
        await until(
          'the second has two partitions',
          () => second.events('open').flatMap((e) => e.partitions ?? []).length === 2,
        )
        await until('the first has closed what it gave up', () => sink.events('close').length > 0)
        const closed = sink.events('close').flatMap((e) => e.partitions ?? [])
        assert.equal(closed.length, isCooperative ? 2 : 4)
        assert.deepEqual(second.values(), [], 'what was committed before the revocation does not come again')
      } finally {
        await other.dispose()
      }
      await sink.remove()
    })
  }
})
