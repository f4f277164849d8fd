import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'
import type { Producer } from '../../framework/src/kafka/port.ts'
import { TestBucket } from '../support/objects.ts'
import { createTopic, kafka, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { type Status, TestCluster } from './test-cluster.ts'

const WORKERS = 3
const TASKS = 6
const PARTITIONS = 6
const FLUSH = 50
/** Records per second; every partition fills an object about twice a second. */
const RATE = 600
const RECOVERY_MS = 15_000
const ARRIVAL_MS = 2_000

const topic = uniqueName('faults')
const connector = uniqueName('s3-faults')
const bucket = await TestBucket.create(uniqueName('faults'))
/** Consumers have Connect's session time-out: recovery must not need it. */
const cluster = new TestCluster({
  'consumer.session.timeout.ms': '45000',
  'consumer.heartbeat.interval.ms': '3000',
  'offset.flush.interval.ms': '500',
})

/** Produces the places 0, 1, 2, … of every partition at a steady rate. */
class Load {
  readonly #abort = new AbortController()
  readonly #done: Promise<void>
  readonly #producer: Producer = kafka().producer({ clientId: 'load', compression: 'none' })
  places = 0

  constructor() {
    this.#done = this.#run()
  }

  /** Stops at a whole number of objects, so that all of them are written. */
  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort()
    await this.#done
    const left = (FLUSH - (this.places % FLUSH)) % FLUSH
    if (left > 0) await this.#send(left)
    await this.#producer.close()
  }

  async #run(): Promise<void> {
    const perTick = RATE / PARTITIONS / 10
    while (!this.#abort.signal.aborted) {
      await this.#send(perTick)
      await delay(100)
    }
  }

  async #send(places: number): Promise<void> {
    const records = Array.from({ length: places }, (_, i) => this.places + i).flatMap((place) =>
      Array.from({ length: PARTITIONS }, (__, partition) => ({
        topic,
        partition,
        value: Buffer.from(JSON.stringify({ partition, place })),
      })),
    )
    this.places += places
    await this.#producer.send(records)
  }
}

let load: Load

/** The consumer of each task: a task that starts again is a new member of the group. None while it rebalances. */
async function membersByTask(): Promise<Map<number, string>> {
  const admin = kafka().admin()
  try {
    const { state, members } = await admin.describeGroup(`connect-${connector}`)
    if (state !== 'Stable') return new Map()
    return new Map(members.map(({ clientId, memberId }) => [Number(/-(\d+)$/.exec(clientId)?.[1]), memberId]))
  } finally {
    await admin.close()
  }
}

function partitionOf(key: string): number {
  return Number(/\+(\d+)\+\d+\.json$/.exec(key)?.[1])
}

/** Resolves with the ms until every partition has had a new object. */
async function untilAllWriteAgain(faultAt: number): Promise<number> {
  const known = new Set(await bucket.keys())
  const waiting = new Set(Array.from({ length: PARTITIONS }, (_, partition) => partition))
  await until(
    'every partition is written again',
    async () => {
      for (const key of await bucket.keys()) if (!known.has(key)) waiting.delete(partitionOf(key))
      return waiting.size === 0
    },
    30_000,
  )
  return performance.now() - faultAt
}

/** All workers have as many tasks, and all partitions are written: the state that each fault begins in. */
async function untilWell(): Promise<Status> {
  await cluster.untilState(connector, 'RUNNING', TASKS)
  await until('the tasks are shared equally', async () => {
    const { tasks } = await cluster.status(connector)
    return cluster.running.every(
      ({ url }) => tasks.filter((task) => url === `http://${task.worker_id}`).length === TASKS / WORKERS,
    )
  })
  await until('every task has joined its group', async () => (await membersByTask()).size === TASKS)
  await untilAllWriteAgain(performance.now())
  return await cluster.status(connector)
}

/** Kills a worker: every partition is written again in the time promised, and the tasks of others never stopped. */
async function killed(victim: WorkerProcess): Promise<void> {
  const { tasks } = await untilWell()
  const before = await membersByTask()
  const at = performance.now()
  victim.kill('SIGKILL')
  await victim.exit
  // What was on its way to the store at the kill still arrives: it is no sign of recovery.
  await delay(ARRIVAL_MS)
  const recovery = await untilAllWriteAgain(at)
  console.log(`written again after ${Math.round(recovery)} ms`)
  assert.ok(recovery > ARRIVAL_MS && recovery < RECOVERY_MS, `${recovery} ms`)
  let now = new Map<number, string>()
  await until('every task has joined its group', async () => {
    now = await membersByTask()
    return now.size === TASKS
  })
  for (const { id, worker_id } of tasks) {
    const wasAffected = cluster.workerOf(worker_id) === victim
    assert.equal(now.get(id) !== before.get(id), wasAffected, `task ${id}`)
  }
  await cluster.start(1)
}

before(async () => {
  await createTopic(topic, PARTITIONS)
  await cluster.start(WORKERS)
  const reply = await cluster.follower().rest('POST', '/connectors', {
    name: connector,
    config: {
      ...bucket.config,
      'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
      topics: topic,
      'tasks.max': String(TASKS),
      'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
      'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
      'flush.size': String(FLUSH),
    },
  })
  assert.equal(reply.status, 201, JSON.stringify(reply.body))
  load = new Load()
})
after(async () => {
  await load.stop()
  await cluster.dispose()
  bucket.close()
})

suite(`${TASKS} tasks on ${WORKERS} workers under a steady load`, () => {
  test('kill -9 of a follower: its partitions are written again within 15 s, and no other task starts', async () => {
    await killed(cluster.follower())
  })

  test('kill -9 of the leader: its partitions are written again within 15 s, and no other task starts', async () => {
    await killed(cluster.leader())
  })

  test('SIGSTOP of a worker: its tasks go to others, and when it wakes it ends what it had and gets work anew', async () => {
    await untilWell()
    const zombie = cluster.follower()
    const at = performance.now()
    zombie.kill('SIGSTOP')
    await delay(ARRIVAL_MS)
    try {
      const recovery = await untilAllWriteAgain(at)
      console.log(`recovered after ${Math.round(recovery)} ms`)
      assert.ok(recovery < RECOVERY_MS, `${recovery} ms`)
    } finally {
      zombie.kill('SIGCONT')
    }
    await until('the zombie knows that it has lost its tasks', () =>
      zombie.output().includes('connectors and tasks stop without a commit'),
    )
    assert.doesNotMatch(zombie.output(), /kept its thread busy/)
    await untilWell()
  })

  test('a rolling restart: workers leave at once, and every partition goes on within seconds', async () => {
    for (const worker of cluster.running) {
      await untilWell()
      const at = performance.now()
      assert.equal(await worker.stop(), 0)
      const recovery = await untilAllWriteAgain(at)
      console.log(`written again after ${Math.round(recovery)} ms`)
      assert.ok(recovery < 8_000, `${recovery} ms`)
      await cluster.start(1)
    }
  })

  test('after all of it no record is lost and none is doubled', async () => {
    await untilWell()
    await load.stop()
    const files = (load.places / FLUSH) * PARTITIONS
    await until('the last objects are written', async () => (await bucket.keys()).length >= files, 60_000)
    const keys = await bucket.keys()
    assert.equal(keys.length, files)
    const seen = Array.from({ length: PARTITIONS }, () => new Set<number>())
    for (const key of keys) {
      for (const line of await bucket.lines(key)) {
        const { partition, place } = JSON.parse(line) as { partition: number; place: number }
        assert.equal(partition, partitionOf(key))
        assert.ok(seen[partition]?.has(place) === false, `${key} holds place ${place} again`)
        seen[partition].add(place)
      }
    }
    assert.deepEqual(
      seen.map(({ size }) => size),
      seen.map(() => load.places),
    )
  })
})
