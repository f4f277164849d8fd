import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { ConsumerRecord } from '../../framework/api/src/kafka/port.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'
import { TestCluster } from './test-cluster.ts'

const PARTITIONS = 6
const RECORDS = 60

const folder = mkdtempSync(join(tmpdir(), 'spillway-cluster-'))
const topic = uniqueName('cluster-rest')
const a = uniqueName('a')
const tracked = uniqueName('tracked')
const idle = uniqueName('idle')
const cluster = new TestCluster()

const fileSink = (name: string, config: Record<string, string> = {}): Record<string, string> => ({
  'connector.class': 'FileStreamSink',
  topics: topic,
  file: join(folder, `${name}.txt`),
  'tasks.max': '3',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
  ...config,
})

function lines(name: string): string[] {
  return readFileSync(join(folder, `${name}.txt`), 'utf8')
    .trimEnd()
    .split('\n')
}

async function untilLines(name: string, count: number): Promise<void> {
  await until(`${name} has written ${count} lines`, () => lines(name).length >= count, 30_000)
}

async function create(worker: WorkerProcess, name: string, request: object = {}): Promise<void> {
  const reply = await worker.rest('POST', '/connectors', { name, config: fileSink(name), ...request })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
}

/** Everything a topic holds. */
async function readAll(name: string): Promise<ConsumerRecord[]> {
  const groupId = uniqueName('reads')
  const consumer = kafka().consumer({ groupId, clientId: groupId })
  const nothing = async (): Promise<void> => {}
  consumer.subscribe({ topics: [name] }, { onAssigned: nothing, onRevoked: nothing, onLost: nothing })
  const records: ConsumerRecord[] = []
  try {
    let idle = 0
    while (records.length === 0 || idle < 2) {
      const more = await consumer.poll(1_000)
      idle = more.length === 0 ? idle + 1 : 0
      records.push(...more)
    }
  } finally {
    await consumer.close()
  }
  return records
}

before(async () => {
  await createTopic(topic, PARTITIONS)
  await produce(
    Array.from({ length: RECORDS }, (_, i) => ({
      topic,
      partition: i % PARTITIONS,
      value: Buffer.from(`v${i}`),
    })),
  )
  await cluster.start(3)
})
after(async () => {
  await cluster.dispose()
  rmSync(folder, { recursive: true, force: true })
})

suite('three distributed workers', () => {
  test('a connector created at a follower runs on all of them, each task once, and each worker shows the same', async () => {
    await create(cluster.follower(), a)
    await cluster.untilState(a, 'RUNNING', 3)
    const status = await cluster.untilSpread(a, 3)
    for (const worker of cluster.workers) {
      assert.deepEqual((await worker.rest('GET', '/connectors')).body, [a])
      assert.deepEqual(await cluster.status(a, worker), status)
      assert.deepEqual((await worker.rest('GET', `/connectors/${a}/config`)).body, {
        ...fileSink(a),
        name: a,
      })
      const tasks = (await worker.rest('GET', `/connectors/${a}/tasks`)).body as { id: { task: number } }[]
      assert.deepEqual(
        tasks.map(({ id }) => id.task),
        [0, 1, 2],
      )
    }
    await untilLines(a, RECORDS)
    assert.deepEqual(lines(a).toSorted(), Array.from({ length: RECORDS }, (_, i) => `v${i}`).toSorted())
  })

  test('errors of the leader come through a follower as they are', async () => {
    const follower = cluster.follower()
    const again = await follower.rest('POST', '/connectors', { name: a, config: fileSink(a) })
    assert.equal(again.status, 409)
    assert.deepEqual(again.body, { error_code: 409, message: `Connector ${a} already exists` })
    const invalid = await follower.rest('PUT', '/connectors/x/config', { ...fileSink('x'), 'tasks.max': '0' })
    assert.equal(invalid.status, 400)
    assert.match((invalid.body as { message: string }).message, /Value must be at least 1/)
    assert.equal((await follower.rest('DELETE', '/connectors/nope')).status, 404)
    assert.equal((await follower.rest('PUT', '/connectors/nope/pause')).status, 404)
    const group = await follower.rest('POST', '/connectors', {
      name: 'g',
      config: fileSink('g', { 'consumer.override.group.id': cluster.name }),
    })
    assert.equal(group.status, 400)
    assert.match((group.body as { message: string }).message, /conflicts with Connect worker group/)
  })

  test('a request that was forwarded twice is a conflict, not a loop', async () => {
    const reply = await cluster.follower().rest('PUT', `/connectors/${a}/pause?forward=false`)
    assert.equal(reply.status, 409)
    assert.equal(
      (reply.body as { message: string }).message,
      'Cannot complete request because of a conflicting operation (e.g. worker rebalance)',
    )
  })

  test('pause, resume, stop: whichever worker is asked, all tasks follow', async () => {
    const [first, second, third] = cluster.workers as [WorkerProcess, WorkerProcess, WorkerProcess]
    assert.equal((await first.rest('PUT', `/connectors/${a}/pause`)).status, 202)
    await cluster.untilState(a, 'PAUSED', 3)
    assert.equal((await second.rest('PUT', `/connectors/${a}/resume`)).status, 202)
    await cluster.untilState(a, 'RUNNING', 3)
    assert.equal((await third.rest('PUT', `/connectors/${a}/stop`)).status, 204)
    await cluster.untilState(a, 'STOPPED', 0)
    assert.deepEqual((await first.rest('GET', `/connectors/${a}/tasks`)).body, [])
    assert.equal((await first.rest('PUT', `/connectors/${a}/resume`)).status, 202)
    await cluster.untilState(a, 'RUNNING', 3)
  })

  test('restarts reach the worker that has the task, and all workers with tasks', async () => {
    for (const worker of cluster.workers) {
      assert.equal((await worker.rest('POST', `/connectors/${a}/restart`)).status, 204)
      for (const task of [0, 1, 2]) {
        assert.equal((await worker.rest('POST', `/connectors/${a}/tasks/${task}/restart`)).status, 204)
      }
    }
    assert.equal((await cluster.follower().rest('POST', `/connectors/${a}/tasks/7/restart`)).status, 404)
    const reply = await cluster.follower().rest('POST', `/connectors/${a}/restart?includeTasks=true`)
    assert.equal(reply.status, 202)
    const { connector, tasks } = reply.body as { connector: { state: string }; tasks: { state: string }[] }
    assert.deepEqual(
      [connector, ...tasks].map(({ state }) => state),
      Array.from({ length: 4 }, () => 'RESTARTING'),
    )
    await cluster.untilState(a, 'RUNNING', 3)
  })

  test('A28: more and fewer tasks by PUT and PATCH; the same configuration again restarts nothing', async () => {
    const worker = cluster.follower()
    const put = async (max: string): Promise<number> =>
      (await worker.rest('PUT', `/connectors/${a}/config`, fileSink(a, { 'tasks.max': max }))).status
    assert.equal(await put('5'), 200)
    await cluster.untilState(a, 'RUNNING', 5)
    assert.equal((await worker.rest('PATCH', `/connectors/${a}/config`, { 'tasks.max': '2' })).status, 200)
    await cluster.untilState(a, 'RUNNING', 2)
    const admin = kafka().admin()
    try {
      const end = async (): Promise<readonly bigint[]> =>
        await admin.listOffsets([{ topic: `${cluster.name}-config`, partition: 0 }], 'latest')
      const before = await end()
      assert.equal(await put('2'), 200)
      assert.deepEqual(await end(), before)
    } finally {
      await admin.close()
    }
  })

  test('offsets are read at any worker and changed while the connector is stopped', async () => {
    const worker = cluster.follower()
    const offsets = {
      offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: 8 } }],
    }
    assert.equal((await worker.rest('PATCH', `/connectors/${a}/offsets`, offsets)).status, 400)
    await worker.rest('PUT', `/connectors/${a}/stop`)
    await cluster.untilState(a, 'STOPPED', 0)
    await until('the tasks have left their group', async () => {
      const reply = await worker.rest('PATCH', `/connectors/${a}/offsets`, offsets)
      return reply.status === 200
    })
    const read = (await worker.rest('GET', `/connectors/${a}/offsets`)).body as typeof offsets
    assert.equal(read.offsets.length, PARTITIONS)
    assert.deepEqual(read.offsets[0], offsets.offsets[0])
    const before = lines(a).length
    await worker.rest('PUT', `/connectors/${a}/resume`)
    await cluster.untilState(a, 'RUNNING', 2)
    await untilLines(a, before + 2)
    assert.deepEqual(lines(a).slice(before).toSorted(), ['v48', 'v54'])
    await worker.rest('PUT', `/connectors/${a}/stop`)
    await until('the offsets are reset', async () => {
      const reply = await worker.rest('DELETE', `/connectors/${a}/offsets`)
      return reply.status === 200
    })
    assert.deepEqual((await worker.rest('GET', `/connectors/${a}/offsets`)).body, { offsets: [] })
  })

  test('A38: topics that tasks on any worker have read are seen at every worker', async () => {
    await create(cluster.follower(), tracked)
    for (const worker of cluster.workers) {
      await until('the topic is known', async () => {
        const { body } = await worker.rest('GET', `/connectors/${tracked}/topics`)
        return (body as Record<string, { topics: string[] }>)[tracked]?.topics.includes(topic) === true
      })
    }
  })

  test('a level of a logger is set on every worker with scope=cluster', async () => {
    const logger = 'org.apache.kafka.connect.runtime.rest'
    const reply = await cluster
      .follower()
      .rest('PUT', `/admin/loggers/${logger}?scope=cluster`, { level: 'WARN' })
    assert.equal(reply.status, 204)
    for (const worker of cluster.workers) {
      await until('the level is set', async () => {
        const { body } = await worker.rest('GET', `/admin/loggers/${logger}`)
        return (body as { level?: string }).level === 'WARN'
      })
    }
  })

  test('a connector is created stopped or paused with no tasks, and deleted at any worker', async () => {
    await create(cluster.follower(), idle, { initial_state: 'STOPPED' })
    await cluster.untilState(idle, 'STOPPED', 0)
    for (const name of [idle, tracked, a]) {
      assert.equal((await cluster.follower().rest('DELETE', `/connectors/${name}`)).status, 204)
      for (const worker of cluster.workers) {
        await until('the connector is gone', async () => {
          const reply = await worker.rest('GET', `/connectors/${name}/status`)
          return reply.status === 404
        })
      }
    }
    for (const worker of cluster.workers) {
      await until('none is left', async () => {
        const { body } = await worker.rest('GET', '/connectors')
        return (body as string[]).length === 0
      })
    }
  })

  test("the topics hold Connect's own records", async () => {
    const records = (await readAll(`${cluster.name}-config`)).map(({ key, value }) => ({
      key: String(key),
      value: value === null ? null : (JSON.parse(value.toString()) as Record<string, unknown>),
    }))
    const first = (key: string): unknown => records.find((record) => record.key === key)?.value
    assert.deepEqual(first(`connector-${a}`), { properties: { ...fileSink(a), name: a } })
    assert.deepEqual(Object.keys(first(`task-${a}-0`) as object), ['properties'])
    assert.deepEqual(first(`commit-${a}`), { tasks: 3 })
    assert.deepEqual(first(`target-state-${a}`), { state: 'PAUSED', 'state.v2': 'PAUSED' })
    assert.deepEqual(first(`target-state-${idle}`), { state: 'PAUSED', 'state.v2': 'STOPPED' })
    assert.deepEqual(first(`restart-connector-${a}`), { 'include-tasks': true, 'only-failed': false })
    assert.equal(records.findLast(({ key }) => key === `connector-${a}`)?.value, null)

    const statuses = await readAll(`${cluster.name}-status`)
    const value = statuses.find(({ key }) => String(key) === `status-task-${a}-0`)?.value
    const status = JSON.parse(String(value)) as Record<string, unknown>
    assert.equal(status['state'], 'RUNNING')
    assert.equal(status['trace'], null)
    assert.equal(typeof status['worker_id'], 'string')
    assert.equal(typeof status['generation'], 'number')
    const topicRecord = statuses.find(({ key }) => String(key) === `status-topic-${topic}:connector-${a}`)
    const { topic: tracked } = JSON.parse(String(topicRecord?.value)) as { topic: Record<string, unknown> }
    assert.equal(tracked['name'], topic)
    assert.equal(tracked['connector'], a)
    assert.equal(typeof tracked['discoverTimestamp'], 'number')
  })
})

suite('internal topics', () => {
  async function refusal(kind: string, partitions: number, policy: string): Promise<string> {
    const name = uniqueName('bad-topic')
    const admin = kafka().admin()
    try {
      const configs = { 'cleanup.policy': policy }
      await admin.createTopics([{ name, partitions, replicationFactor: 1, configs }])
    } finally {
      await admin.close()
    }
    const worker = WorkerProcess.spawn({
      cluster: uniqueName('cluster'),
      config: { [`${kind}.storage.topic`]: name },
    })
    try {
      assert.equal(await worker.exit, 1)
      return worker.output().replaceAll(name, '<topic>')
    } finally {
      await worker.dispose()
    }
  }

  test('are created compacted, one partition for the configuration', async () => {
    const admin = kafka().admin()
    try {
      const names = ['config', 'offset', 'status'].map((kind) => `${cluster.name}-${kind}`)
      const partitions = new Map((await admin.describeTopics(names)).map((t) => [t.name, t.partitions]))
      assert.deepEqual(
        names.map((name) => partitions.get(name)),
        [1, 25, 5],
      )
      for (const name of names) assert.equal((await admin.topicConfigs(name))['cleanup.policy'], 'compact')
    } finally {
      await admin.close()
    }
  })

  test('that lose records with time are refused', async () => {
    const message = await refusal('status', 1, 'delete')
    assert.match(
      message,
      /Topic '<topic>' supplied via the 'status\.storage\.topic' property is required to have/,
    )
    assert.match(message, /'cleanup\.policy=delete'/)
  })

  test('a configuration topic with several partitions is refused', async () => {
    assert.ok(
      (await refusal('config', 3, 'compact')).includes(
        "Topic '<topic>' supplied via the 'config.storage.topic' property is required to have a single partition in " +
          'order to guarantee consistency of connector configurations, but found 3 partitions.',
      ),
    )
  })
})
