import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, type TopicPartition, systemClock } from '../../framework/api/src/index.ts'
import { exceptionHandlers } from '../../transforms/streams/src/config/exception-handlers.ts'
import { MetricsRegistry } from '../../transforms/streams/src/context/metrics.ts'
import { ChangelogReader } from '../../transforms/streams/src/kafka/changelog-reader.ts'
import { InternalTopics } from '../../transforms/streams/src/kafka/topics/internal-topics.ts'
import { AtLeastOnce } from '../../transforms/streams/src/kafka/at-least-once.ts'
import { RecordCollector } from '../../transforms/streams/src/kafka/record-collector.ts'
import { startOffsets } from '../../transforms/streams/src/kafka/topics/start-offsets.ts'
import { StateDirectory } from '../../transforms/streams/src/kafka/state-directory.ts'
import { stateEngines } from '../../transforms/streams/src/kafka/state-keeping/state-engines.ts'
import { TaskPlans } from '../../transforms/streams/src/kafka/topics/task-plans.ts'
import { ThreadMetrics } from '../../transforms/streams/src/kafka/watching/thread-metrics.ts'
import { TaskSet } from '../../transforms/streams/src/kafka/task-set.ts'
import { KnownTopics } from '../../transforms/streams/src/kafka/topics/topic-widths.ts'
import { TopologyTopics } from '../../transforms/streams/src/kafka/topics/topology-topics.ts'
import type { StateEngines } from '../../transforms/streams/src/runtime/task-stores.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { counting } from './counting.ts'
import { LogOfTest, StateFolder, appConfig, newest, readUntil, startApp, textRecords } from './kafka-app.ts'
import { StreamsProcess } from './streams-process.ts'

const moves = process.env['SPILLWAY_LONG'] === '1' ? 500 : 60

/** Runs ahead of the wall as it is told. */
class QuickClock implements Clock {
  #ahead = 0
  now(): number {
    return Date.now() + this.#ahead
  }
  monotonic(): number {
    return performance.now() + this.#ahead
  }
  sleep(ms: number): Promise<void> {
    this.#ahead += ms
    return Promise.resolve()
  }
}

interface Shared {
  readonly applicationId: string
  readonly plans: TaskPlans
  readonly known: KnownTopics
  readonly directory: StateDirectory
  readonly engines: StateEngines
  readonly clock: Clock
  readonly log: LogOfTest
}

/** The tasks of a thread of the test's own, with real clients: its loop is the test. */
class Side implements AsyncDisposable {
  readonly consumer
  readonly #restoreConsumer = kafka().consumer({ clientId: 'restore' })
  readonly #collector: RecordCollector
  readonly #admin = kafka().admin()
  readonly #shared: Shared
  readonly tasks: TaskSet

  constructor(shared: Shared) {
    this.#shared = shared
    const { applicationId, clock, known, log } = shared
    this.consumer = kafka().consumer({ clientId: 'main', groupId: applicationId, maxPollRecords: 1 })
    this.#collector = new RecordCollector(
      (lost) => kafka().producer({ clientId: 'producer', lingerMs: 0, lost }),
      known,
      { handler: exceptionHandlers({}).production, clock, logger: log },
    )
    this.tasks = new TaskSet({
      ...shared,
      consumer: this.consumer,
      restoreConsumer: this.#restoreConsumer,
      admin: this.#admin,
      reader: new ChangelogReader(this.#restoreConsumer, {}),
      collector: this.#collector,
      delivery: new AtLeastOnce(this.consumer, this.#collector),
      logger: log,
      signal: new AbortController().signal,
      metrics: new ThreadMetrics(new MetricsRegistry(), 'thread', clock, () => ({
        state: 'RUNNING',
        restoringTasks: 0,
        standbyTasks: 0,
      })),
      bufferedRecords: 1,
      taskTimeoutMs: 60_000,
      services: {
        applicationId,
        config: {},
        metrics: new MetricsRegistry(),
        handlers: exceptionHandlers({}),
        sink: this.#collector,
        now: () => clock.now(),
        globalStores: new Map(),
        emitIntervalMs: 1_000,
      },
      startOffsets: (partitions) =>
        startOffsets(
          {
            consumer: this.consumer,
            admin: this.#admin,
            clock,
            resetOf: () => null,
            defaultReset: 'earliest',
          },
          partitions,
        ),
    })
  }

  async take(partition: TopicPartition): Promise<void> {
    this.consumer.assign([partition])
    await this.tasks.assigned([partition])
    await this.tasks.open()
  }

  async give(partition: TopicPartition): Promise<void> {
    await this.tasks.revoked([partition])
    this.consumer.assign([])
  }

  /** Opens the task's stores, waiting for their lock, and counts one record. */
  async count(): Promise<void> {
    for (let tries = 0; !this.tasks.isAllRunning; tries++) {
      assert.ok(tries < 10, this.#shared.log.lines.slice(-5).join('\n'))
      await this.#shared.clock.sleep(100)
      await this.tasks.open()
    }
    const records = await this.consumer.poll(10_000, this.tasks.wanted())
    assert.equal(records.length, 1)
    this.tasks.add(records)
    assert.equal(this.tasks.process(), 1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tasks.abandonAll()
    await this.consumer.close()
    await this.#restoreConsumer.close()
    await this.#collector.close()
    await this.#admin.close()
  }
}

test(`a task is handed over ${moves} times between threads, each time before the other has let go`, async () => {
  using folder = new StateFolder()
  const applicationId = uniqueName('hand-over')
  const [input, output] = [uniqueName('hand-over-in'), uniqueName('hand-over-out')]
  await createTopic(input)
  await createTopic(output)
  await produce(
    textRecords(
      input,
      Array.from({ length: moves }, () => ['a', 'x'] as const),
    ),
  )
  const [clock, log, admin] = [new QuickClock(), new LogOfTest(), kafka().admin()]
  await using resources = new AsyncDisposableStack()
  resources.defer(() => admin.close())
  const known = new KnownTopics(admin, systemClock)
  const topics = new TopologyTopics(applicationId, counting(input, output).builder)
  const internal = new InternalTopics({
    admin,
    replicationFactor: 1,
    logger: log,
    clock: systemClock,
  })
  const plans = new TaskPlans(topics, admin, known, internal)
  await plans.refresh()
  const directory = new StateDirectory(folder.path, applicationId)
  const engines = stateEngines({}, directory)
  resources.defer(() => {
    engines.persistent.close()
    engines.memory.close()
  })
  const shared = { applicationId, plans, known, directory, engines, clock, log }
  {
    await using first = new Side(shared)
    await using second = new Side(shared)
    const at = { topic: input, partition: 0 }
    let [has, gets] = [first, second]
    await has.take(at)
    for (let move = 0; move < moves; move++) {
      await has.count()
      await gets.take(at)
      assert.equal(gets.tasks.isAllRunning, false)
      await has.give(at)
      ;[has, gets] = [gets, has]
    }
  }
  const counts = await readUntil(output, (found) => newest(found).get('a') === String(moves))
  assert.deepEqual(
    counts.map(({ value }) => value?.toString()),
    Array.from({ length: moves }, (_, i) => String(i + 1)),
  )
  assert.equal(directory.isLocked('0_0'), false)
})

test('two processes with one state.dir wait for each other, and threads come and go', async (t) => {
  using folder = new StateFolder()
  const [input, output] = [uniqueName('one-dir-in'), uniqueName('one-dir-out')]
  await createTopic(input, 4)
  await createTopic(output, 2)
  const config = appConfig(folder.path)
  const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`)
  const round = () =>
    produce(
      textRecords(
        input,
        keys.map((key) => [key, 'x'] as const),
      ),
    )
  const counted = (count: number) =>
    readUntil(output, (found) => keys.every((key) => newest(found).get(key) === String(count)))
  await round()
  const log = new LogOfTest()
  await using app = await startApp(counting(input, output), config, log)
  await counted(1)
  await using other = StreamsProcess.counting(input, output, config)
  await other.app.running()
  await round()
  await counted(2)
  let count = 2
  for (let i = 0; i < 3; i++) {
    const began = Date.now()
    const name = app.addStreamThread()
    assert.equal(name, 'StreamThread-2')
    await round()
    await counted(++count)
    assert.equal(await app.removeStreamThread(), name)
    await round()
    await counted(++count)
    t.diagnostic(`a thread came and went in ${Date.now() - began} ms`)
  }
  assert.equal(await other.process.stop(), 0, other.app.shown())
  await round()
  await counted(++count)
  assert.equal(app.state(), 'RUNNING', log.lines.join('\n'))
  assert.doesNotMatch(other.app.shown() + log.lines.join('\n'), /died|does not fit/)
})
