import assert from 'node:assert/strict'
import { TestBucket } from '../support/objects.ts'
import { createTopic, kafka, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { SinkWatch } from './sink-watch.ts'
import { SteadyLoad } from './steady-load.ts'
import { type Status, TestCluster } from './test-cluster.ts'

/** Longest time after a fault until a record that was produced after it is in the store. */
const RECOVERY_MS = 15_000
const PATIENCE_MS = 120_000

export interface SceneSize {
  readonly workers: number
  readonly connectors: number
  /** Per connector; each has one partition. */
  readonly tasks: number
  /** Records per second over all connectors. */
  readonly rate: number
  readonly flush: number
}

/** A task and where it runs: a task that starts again is a new member of its consumer group. */
export interface Placement {
  readonly worker: string
  readonly memberId: string
}

/** Workers that write a steady load to the store through S3 sinks, for faults to be done to. */
export class FaultScene {
  /** Consumers have Connect's session time-out: recovery must not need it. */
  readonly cluster = new TestCluster({
    'consumer.session.timeout.ms': '45000',
    'offset.flush.interval.ms': '500',
  })
  readonly #size: SceneSize
  readonly #connectors: readonly string[]
  readonly #bucket: TestBucket
  #load: SteadyLoad | undefined
  #watch: SinkWatch | undefined

  private constructor(size: SceneSize, bucket: TestBucket) {
    this.#size = size
    this.#bucket = bucket
    this.#connectors = Array.from({ length: size.connectors }, () => uniqueName('faults'))
  }

  static async create(size: SceneSize): Promise<FaultScene> {
    const scene = new FaultScene(size, await TestBucket.create(uniqueName('faults')))
    try {
      await scene.#begin()
    } catch (error) {
      await scene.dispose()
      throw error
    }
    return scene
  }

  /** All workers have as many tasks, and all partitions are written: the state that each fault begins in. */
  async untilWell(): Promise<ReadonlyMap<string, Placement>> {
    const { connectors, tasks, workers } = this.#size
    let placed = new Map<string, Placement>()
    await until(
      'the tasks are shared equally, and each has joined its group',
      async () => {
        placed = await this.placements()
        return (
          placed.size === connectors * tasks &&
          this.cluster.running.every(
            ({ url }) =>
              [...placed.values()].filter(({ worker }) => `http://${worker}` === url).length ===
              (connectors * tasks) / workers,
          )
        )
      },
      PATIENCE_MS,
    )
    await this.watch.untilAllHave(this.load.places, PATIENCE_MS)
    return placed
  }

  /** Tasks that run and have joined a group that does not rebalance. */
  async placements(): Promise<Map<string, Placement>> {
    const admin = kafka().admin()
    try {
      const found = new Map<string, Placement>()
      for (const name of this.#connectors) {
        // While a worker starts, it answers with an error in its place.
        const tasks = ((await this.cluster.status(name)) as Partial<Status>).tasks ?? []
        const { state, members } = await admin.describeGroup(`connect-${name}`)
        if (state !== 'Stable') continue
        for (const task of tasks.filter((one) => one.state === 'RUNNING')) {
          const own = members.filter(({ clientId }) => clientId === `connector-consumer-${name}-${task.id}`)
          const [member] = own
          if (member === undefined || own.length > 1) continue
          found.set(`${name}-${task.id}`, { worker: task.worker_id, memberId: member.memberId })
        }
      }
      return found
    } finally {
      await admin.close()
    }
  }

  /** Smallest committed offset per partition, from the groups themselves. */
  async committed(): Promise<Map<string, bigint>> {
    const admin = kafka().admin()
    try {
      const offsets = new Map<string, bigint>()
      for (const name of this.#connectors) {
        for (const { partition, offset } of await admin.listGroupOffsets(`connect-${name}`)) {
          offsets.set(`${partition.topic}-${partition.partition}`, offset.offset)
        }
      }
      return offsets
    } finally {
      await admin.close()
    }
  }

  /**
   * Every partition has a record in the store that was produced after the fault, within the time promised: what was on
   * its way to the store at the fault is no sign of recovery. To be called at once.
   */
  async assertRecovers(what: string, fault: number): Promise<void> {
    await this.watch.untilAllHave(this.load.places, PATIENCE_MS)
    const took = performance.now() - fault
    console.log(`${what}: every partition written again after ${Math.round(took)} ms`)
    assert.ok(took < RECOVERY_MS, `${what}: ${took} ms`)
  }

  /** No partition was without a new object for longer than the time promised. */
  assertNoLongSilence(what: string, since: number): void {
    const { ms, partition } = this.watch.longestSilence(since)
    console.log(`${what}: longest silence ${Math.round(ms)} ms (${partition})`)
    assert.ok(ms < RECOVERY_MS, `${what}: ${partition} was silent for ${ms} ms`)
  }

  /** Tasks that the fault did not touch and that stayed where they were have not started again. */
  assertUndisturbed(
    before: ReadonlyMap<string, Placement>,
    after: ReadonlyMap<string, Placement>,
    victim: WorkerProcess,
  ): void {
    const restarted = [...before].filter(([task, { worker, memberId }]) => {
      const now = after.get(task)
      return `http://${worker}` !== victim.url && now?.worker === worker && now.memberId !== memberId
    })
    assert.deepEqual(
      restarted.map(([task]) => task),
      [],
      'tasks that started again where they were',
    )
  }

  /** kill -9, and a new worker in its place once all is written again. */
  async kill(what: string, victim: WorkerProcess): Promise<void> {
    const before = await this.untilWell()
    const fault = performance.now()
    victim.kill('SIGKILL')
    await victim.exit
    try {
      await this.assertRecovers(what, fault)
      let after = new Map<string, Placement>()
      await until('every task runs', async () => {
        after = await this.placements()
        return after.size === before.size
      })
      for (const [task, { worker }] of before) {
        const isAffected = `http://${worker}` === victim.url
        assert.equal(after.get(task)?.worker !== worker, isAffected, `${task} has moved`)
      }
      this.assertUndisturbed(before, after, victim)
    } finally {
      await this.cluster.start(1)
    }
    await this.untilWell()
    this.assertNoLongSilence(what, fault)
  }

  /** Ends the load and compares the store with it: every record once, in its place. */
  async assertExactlyOnce(): Promise<number> {
    const { flush, connectors, tasks } = this.#size
    await this.load.stop(flush)
    const { places } = this.load
    await this.watch.untilAllHave(places - 1, PATIENCE_MS)
    const expected = [...this.watch.keysUpTo(places)]
    assert.deepEqual((await this.#bucket.keys()).sort(), expected.map(({ key }) => key).sort())
    for (const { key, offset } of expected) {
      const found = (await this.#bucket.lines(key)).map(
        (line) => (JSON.parse(line) as { place: number }).place,
      )
      assert.deepEqual(
        found,
        Array.from({ length: flush }, (_, i) => offset + i),
        key,
      )
    }
    return places * connectors * tasks
  }

  async dispose(): Promise<void> {
    await this.#watch?.stop()
    await this.#load?.stop()
    await this.cluster.dispose()
    this.#bucket.close()
  }

  get watch(): SinkWatch {
    assert.ok(this.#watch !== undefined)
    return this.#watch
  }

  get load(): SteadyLoad {
    assert.ok(this.#load !== undefined)
    return this.#load
  }

  async #begin(): Promise<void> {
    const { workers, tasks, rate, flush } = this.#size
    for (const name of this.#connectors) await createTopic(name, tasks)
    await this.cluster.start(workers)
    for (const name of this.#connectors) {
      const reply = await this.cluster.follower().rest('POST', '/connectors', {
        name,
        config: {
          ...this.#bucket.config,
          'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
          topics: name,
          'tasks.max': String(tasks),
          'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
          'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
          'flush.size': String(flush),
        },
      })
      assert.equal(reply.status, 201, JSON.stringify(reply.body))
    }
    this.#load = new SteadyLoad(this.#connectors, tasks, rate)
    this.#watch = new SinkWatch(this.#bucket, this.#connectors, tasks, flush)
  }
}
