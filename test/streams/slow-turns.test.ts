import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Converter, STRING, type Schema } from '@spillway/api'
import {
  Consumed,
  Grouped,
  type KafkaStreams,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
  type Topology,
  converterSerde,
} from '../../transforms/streams/src/index.ts'
import { closing } from '../support/closing.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { busyOver } from './counting.ts'
import { LogOfTest, StateFolder, appConfig, newest, readUntil, startApp, textRecords } from './kafka-app.ts'
import { type RemoteApp, StreamsProcess } from './streams-process.ts'

const text = Serdes.string()
const partitions = 4
const keys = Array.from({ length: partitions }, (_, i) => `key-${i}`)

async function topics(): Promise<readonly [input: string, output: string]> {
  const names = [uniqueName('slow-in'), uniqueName('slow-out')] as const
  for (const name of names) await createTopic(name, partitions)
  return names
}

/** A record for each partition. */
const round = (input: string, value = 'x') =>
  produce(
    textRecords(
      input,
      keys.map((key, partition) => [key, value, Date.now(), partition]),
    ),
  )

const isShared = (...apps: readonly RemoteApp[]): boolean =>
  apps.every(({ state, tasks }) => state === 'RUNNING' && tasks.length === partitions / 2)

const hasHalf = (app: KafkaStreams): boolean =>
  app.state() === 'RUNNING' &&
  app.metadataForLocalThreads().some(({ activeTasks }) => activeTasks.length === partitions / 2)

const guarantees = ['at_least_once', 'exactly_once_v2'] as const

/** All counts of each key are there, under exactly once each of them once. */
async function counted(output: string, wanted: (key: string) => number, guarantee: string): Promise<void> {
  const found = await readUntil(
    output,
    (all) => keys.every((key) => Number(newest(all).get(key)) >= wanted(key)),
    60_000,
    'read_committed',
  )
  if (guarantee === 'at_least_once') return
  for (const key of keys)
    assert.deepEqual(
      found.filter((each) => String(each.key) === key).map((each) => Number(each.value)),
      Array.from({ length: wanted(key) }, (_, i) => i + 1),
    )
}

describe('a thread that does not poll', { concurrency: true }, () => {
  for (const guarantee of guarantees)
    test(`busy until its session ends: others take its tasks, it comes back, nothing is lost: ${guarantee}`, async () => {
      using folders = new DisposableStack()
      const [input, output] = await topics()
      const config = appConfig('', {
        'processing.guarantee': guarantee,
        'session.timeout.ms': 1_000,
        'heartbeat.interval.ms': 200,
      })
      const folder = folders.use(new StateFolder())
      await using first = StreamsProcess.counting(input, output, { ...config, 'state.dir': folder.path })
      await using second = StreamsProcess.counting(input, output, {
        ...config,
        'state.dir': folders.use(new StateFolder()).path,
      })
      try {
        await until('each has half of the tasks', () => isShared(first.app, second.app))
        await round(input)
        const partition = Number(first.app.tasks[0]?.split('_')[1])
        const busy = busyOver(join(folder.path, 'busy'), 3_000)
        await produce(textRecords(input, [[keys[partition] as string, busy, Date.now(), partition]]))
        await until('the other one has all tasks', () => second.app.tasks.length === partitions)
        await round(input)
        await until('the first one has noticed', () => first.app.hasLogged(/: lost .*-in-/))
        await until('each has half of the tasks again', () => isShared(first.app, second.app))
        await round(input)
        await counted(output, (key) => (key === keys[partition] ? 4 : 3), guarantee)
        assert.deepEqual([first.app.state, second.app.state], ['RUNNING', 'RUNNING'])
      } catch (error) {
        process.stderr.write(`--first\n${first.app.shown()}\n--second\n${second.app.shown()}\n`)
        throw error
      }
    })

  /** Counts; records `slow` go to a topic that is made late, too. */
  function slowCounting(input: string, output: string, slow: string): Topology {
    const builder = new StreamsBuilder()
    const all = builder.stream(input, Consumed.with(text, text))
    all.filter((_key, value) => value === 'slow').to(slow, Produced.with(text, text))
    all
      .groupByKey(Grouped.with(text, text))
      .count(Materialized.as<string, bigint>('counts'))
      .toStream()
      .mapValues(String)
      .to(output, Produced.with(text, text))
    return builder.build()
  }

  for (const guarantee of guarantees)
    test(`waiting for its production longer than max.poll.interval.ms: it leaves, comes back, nothing is lost: ${guarantee}`, async () => {
      using folder = new StateFolder()
      using other = new StateFolder()
      const [input, output] = await topics()
      const slow = uniqueName('slow-sink')
      const config = appConfig(folder.path, {
        'processing.guarantee': guarantee,
        'session.timeout.ms': 20_000,
        'max.poll.interval.ms': 1_000,
      })
      const logs = [new LogOfTest(), new LogOfTest()] as const
      await using first = await startApp(slowCounting(input, output, slow), config, logs[0])
      await using second = await startApp(
        slowCounting(input, output, slow),
        { ...config, 'state.dir': other.path },
        logs[1],
      )
      await using admin = closing(kafka().admin())
      const members = async () => (await admin.describeGroup(config['application.id'] as string)).members
      try {
        await until('each has half of the tasks', () => [first, second].every(hasHalf))
        await round(input)
        await produce(textRecords(input, [['key-0', 'slow', Date.now(), 0]]))
        await until('who waits has left', async () => (await members()).length < 2)
        await createTopic(slow)
        await until('all are there again', async () => (await members()).length === 2)
        await until('each has half of the tasks again', () => [first, second].every(hasHalf))
        await round(input)
        await counted(output, (key) => (key === 'key-0' ? 3 : 2), guarantee)
        const found = await readUntil(slow, (all) => all.length > 0, 60_000, 'read_committed')
        if (guarantee === 'exactly_once_v2') assert.equal(found.length, 1)
        assert.match(
          [...logs[0].lines, ...logs[1].lines].join('\n'),
          /lost .*no poll for 1000 ms \(max\.poll\.interval\.ms\)/,
        )
      } catch (error) {
        process.stderr.write(`--first\n${logs[0].lines.join('\n')}\n--second\n${logs[1].lines.join('\n')}\n`)
        throw error
      }
    })

  test('whose serde waits for longer than max.poll.interval.ms stays a member', async () => {
    using folder = new StateFolder()
    const [input, output] = await topics()
    const converter = new LateConverter()
    const builder = new StreamsBuilder()
    builder
      .stream(input, Consumed.with(text, converterSerde<string>(converter, { schema: STRING })))
      .to(output, Produced.with(text, text))
    const config = appConfig(folder.path, { 'max.poll.interval.ms': 1_000 })
    await using app = await startApp(builder.build(), config)
    await using admin = closing(kafka().admin())
    const members = async () =>
      (await admin.describeGroup(config['application.id'] as string)).members.map(({ memberId }) => memberId)
    const before = await members()
    assert.equal(before.length, 1)
    await round(input, 'late')
    await converter.asked
    await delay(2_500)
    assert.deepEqual(await members(), before)
    converter.answer()
    const found = await readUntil(output, (all) => all.length >= partitions)
    assert.deepEqual(
      found.map(({ key, value }) => `${key?.toString()}=${value?.toString()}`).sort(),
      keys.map((key) => `${key}=late`),
    )
    assert.deepEqual(await members(), before)
    assert.equal(app.state(), 'RUNNING')
  })
})

/** Answers when it is told to. */
class LateConverter implements Converter {
  readonly #asked = Promise.withResolvers<void>()
  readonly #released = Promise.withResolvers<void>()
  #isReleased = false
  readonly asked = this.#asked.promise

  configure(): void {}

  answer(): void {
    this.#isReleased = true
    this.#released.resolve()
  }

  toConnectData(_topic: string, bytes: Buffer | null) {
    const answer = { schema: STRING, value: bytes?.toString() ?? null }
    this.#asked.resolve()
    return this.#isReleased ? answer : this.#released.promise.then(() => answer)
  }

  fromConnectData(_topic: string, _schema: Schema | null, value: unknown): Buffer {
    return Buffer.from(value as string)
  }
}
