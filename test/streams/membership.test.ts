import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Admin, ConsumerRecord } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { StateFolder, textRecords } from './kafka-app.ts'
import { partitionsOf, readToEnds, settled } from './settled.ts'
import { type RemoteApp, StreamsProcess } from './streams-process.ts'

type Config = Readonly<Record<string, string | number>>

/** A process that runs a topology of `work` to `done`, or of `ticks` to `tocks`. */
class Member implements AsyncDisposable {
  readonly app: RemoteApp
  readonly folder: StateFolder
  readonly #process = new StreamsProcess()
  readonly #keepsFolder: boolean

  constructor(topology: string, namespace: string, config: Config, folder?: StateFolder) {
    this.folder = folder ?? new StateFolder()
    this.#keepsFolder = folder !== undefined
    this.app = this.#process.start({
      id: namespace,
      topology,
      namespace,
      config: {
        'application.id': 'app',
        'bootstrap.servers': endpointsFromEnv().kafka.bootstrapServers,
        'state.dir': this.folder.path,
        'replication.factor': 1,
        'commit.interval.ms': 100,
        'heartbeat.interval.ms': 300,
        'statestore.cache.max.bytes': 0,
        ...config,
      },
    })
  }

  async kill(): Promise<void> {
    await this.#process.kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
    if (!this.#keepsFolder) this.folder[Symbol.dispose]()
  }
}

const lines = (app: RemoteApp, pattern: RegExp): readonly string[] =>
  app.log.map(({ line }) => line).filter((line) => pattern.test(line))

/** Each key has one partition. */
const numbered = (from: number, to: number): Parameters<typeof textRecords>[1] =>
  Array.from({ length: to - from }, (_, i) => {
    const number = from + i
    return [`k${number % 8}`, String(number), Date.now(), number % 4] as const
  })

async function valuesOf(admin: Admin, topic: string): Promise<readonly string[]> {
  const consumer = kafka().consumer({ clientId: 'reader', isolationLevel: 'read_committed' })
  try {
    consumer.assign((await partitionsOf(admin, [topic])).map((each) => ({ ...each, offset: 0n })))
    const records: readonly ConsumerRecord[] = await readToEnds(admin, consumer)
    const values = records.map(({ value }) => value?.toString() ?? '').filter((value) => value !== 'stall')
    return values.sort((a, b) => Number(a) - Number(b))
  } finally {
    await consumer.close()
  }
}

describe('a member of the group', { concurrency: 2 }, () => {
  for (const [what, config] of Object.entries({
    'longer than its session': { 'session.timeout.ms': 3_000, 'stall.ms': 6_000 },
    'longer than max.poll.interval.ms': { 'max.poll.interval.ms': 2_000, 'stall.ms': 5_000 },
  }))
    test(`that works on a record ${what} loses its tasks, comes back, and nothing is lost or done twice`, async () => {
      const namespace = `${uniqueName('stall')}-`
      await createTopic(`${namespace}work`, 4)
      await createTopic(`${namespace}done`, 1)
      const admin = kafka().admin()
      const common = { 'processing.guarantee': 'exactly_once_v2', 'session.timeout.ms': 6_000 }
      const { 'stall.ms': stallMs, ...timing } = config
      await using stalling = new Member('stalls', namespace, { ...common, ...timing, 'stall.ms': stallMs })
      await using other = new Member('stalls', namespace, { ...common, ...timing })
      try {
        await until(
          'both have tasks',
          () =>
            stalling.app.tasks.length === 2 &&
            other.app.tasks.length === 2 &&
            stalling.app.state === 'RUNNING',
          60_000,
        )
        const work = `${namespace}work`
        await produce(textRecords(work, numbered(0, 100)))
        // To a partition of the process that stands still at it.
        const partition = Number(stalling.app.tasks[0]?.split('_')[1])
        await produce(textRecords(work, [['stall', 'stall', Date.now(), partition]]))
        await produce(textRecords(work, numbered(100, 200)))
        await settled(admin, `${namespace}app`, [work], () => undefined, 60_000)
        await until(
          'it is back',
          () =>
            lines(stalling.app, /joins the group again|lost |leaving group/).length > 0 &&
            stalling.app.state === 'RUNNING' &&
            stalling.app.tasks.length === 2,
          60_000,
        )
        assert.deepEqual(
          await valuesOf(admin, `${namespace}done`),
          Array.from({ length: 200 }, (_, i) => String(i)),
        )
      } catch (error) {
        console.error(`stalling:\n${stalling.app.shown()}\nother:\n${other.app.shown()}`)
        throw error
      } finally {
        await admin.close()
      }
    })

  test('with a name of its own (group.instance.id) has its tasks again after a restart, without a rebalance', async () => {
    const namespace = `${uniqueName('static')}-`
    await createTopic(`${namespace}ticks`, 4)
    await createTopic(`${namespace}tocks`, 1)
    const admin = kafka().admin()
    using folder = new StateFolder()
    const config = (name: string): Config => ({ 'group.instance.id': name, 'session.timeout.ms': 20_000 })
    await using other = new Member('steady', namespace, config('other'))
    let first: Member | undefined = new Member('steady', namespace, config('first'), folder)
    try {
      await until(
        'both have tasks',
        () => first?.app.tasks.length === 2 && other.app.tasks.length === 2 && first.app.state === 'RUNNING',
        60_000,
      )
      const ticks = `${namespace}ticks`
      await produce(textRecords(ticks, numbered(0, 40)))
      await settled(admin, `${namespace}app`, [ticks], () => undefined)
      const [tasks, generation] = [[...first.app.tasks].sort(), other.app.generation]
      const assignments = lines(other.app, /assigned|revoked/).length
      await first.kill()
      first = undefined
      first = new Member('steady', namespace, config('first'), folder)
      await first.app.running()
      await produce(textRecords(ticks, numbered(40, 80)))
      await settled(admin, `${namespace}app`, [ticks], () => undefined)
      assert.deepEqual([...first.app.tasks].sort(), tasks)
      assert.equal(lines(other.app, /assigned|revoked/).length, assignments, other.app.shown())
      assert.equal(other.app.generation, generation)
      const members = (await admin.describeGroup(`${namespace}app`)).members
      assert.deepEqual(members.map(({ groupInstanceId }) => groupInstanceId).sort(), ['first-1', 'other-1'])
      // Counts of eight keys, five of each in either half.
      assert.deepEqual(
        (await valuesOf(admin, `${namespace}tocks`)).filter((value) => value === '10').length,
        8,
      )
    } finally {
      await first?.[Symbol.asyncDispose]()
      await admin.close()
    }
  })

  test('whose name another process takes ends, and says what to do', async () => {
    const namespace = `${uniqueName('twins')}-`
    await createTopic(`${namespace}ticks`, 2)
    await createTopic(`${namespace}tocks`, 1)
    const config = { 'group.instance.id': 'same', 'session.timeout.ms': 6_000 }
    await using first = new Member('steady', namespace, config)
    await first.app.running()
    await using second = new Member('steady', namespace, config)
    await second.app.running()
    await first.app.ended()
    assert.equal(first.app.state, 'ERROR', first.app.shown())
    assert.match(first.app.shown(), /group\.instance\.id same-1/)
    assert.equal(second.app.state, 'RUNNING')
  })
})
