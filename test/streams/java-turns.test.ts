import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Consumed,
  Grouped,
  KafkaStreams,
  Materialized,
  Produced,
  Repartitioned,
  Serdes,
  SessionWindows,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import type { Admin, ConsumerRecord } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { JavaApp } from './java-app.ts'
import { LogOfTest, StateFolder, appConfig, newest, textRecords } from './kafka-app.ts'
import { partitionsOf, readToEnds } from './settled.ts'

const SESSION_GAP_MS = 10_000
const WINDOW_MS = 60_000
const OUTPUTS = ['kv', 'windows', 'sessions', 'letters'] as const

/** The same topology as java/TurnsApp.java: names of stores and topics are the same. */
function topology(prefix: string): Topology {
  const builder = new StreamsBuilder()
  const strings = Serdes.string()
  const input = builder.stream(`${prefix}in`, Consumed.with(strings, strings))
  const grouped = input.groupByKey(Grouped.with<string, string>(strings, strings))
  const produced = () => Produced.with(strings, strings)
  grouped
    .count(Materialized.as<string, bigint>('kv'))
    .toStream()
    .mapValues(String)
    .to(`${prefix}out-kv`, produced())
  grouped
    .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW_MS, 3_600_000))
    .count(Materialized.as<string, bigint>('windows'))
    .toStream((windowed) => `${windowed.key}@${windowed.window.start}`)
    .mapValues(String)
    .to(`${prefix}out-windows`, produced())
  grouped
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(SESSION_GAP_MS, 3_600_000))
    .count(Materialized.as<string, bigint>('sessions'))
    .toStream((windowed) => `${windowed.key}@${windowed.window.start}-${windowed.window.end}`)
    .mapValues((count) => (count === null ? null : String(count)) as string)
    .to(`${prefix}out-sessions`, produced())
  input
    .selectKey((_key, value) => value.slice(0, 1))
    .repartition(Repartitioned.as<string, string>('letters').withKeySerde(strings).withValueSerde(strings))
    .groupByKey(Grouped.with<string, string>(strings, strings))
    .count(Materialized.as<string, bigint>('by-letter'))
    .toStream()
    .mapValues(String)
    .to(`${prefix}out-letters`, produced())
  return builder.build()
}

/** Not long ago: brokers delete records of windows that are older than the retention of their changelogs. */
const START_MS = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS - 3_587_000

type Input = readonly [key: string, value: string, timestamp: number]

/** Records of a few keys whose times go on slowly, so that windows and sessions reach over the turns. */
function inputOf(turn: number): readonly Input[] {
  return Array.from({ length: 200 }, (_, i) => {
    const n = turn * 200 + i
    return [`key-${n % 7}`, `${'abcdef'[n % 6]}-${n}`, START_MS + n * 700 + (n % 50 === 0 ? 15_000 : 0)]
  })
}

/** The tables at the end, counted without any stream engine. */
function expected(inputs: readonly Input[]): Record<(typeof OUTPUTS)[number], Map<string, string>> {
  const count = (keyOf: (input: Input) => string): Map<string, string> => {
    const counts = new Map<string, number>()
    for (const input of inputs) counts.set(keyOf(input), (counts.get(keyOf(input)) ?? 0) + 1)
    return new Map([...counts].map(([key, value]) => [key, String(value)]))
  }
  const sessions = new Map<string, string>()
  for (const key of new Set(inputs.map(([each]) => each))) {
    const times = inputs.filter(([each]) => each === key).map(([, , time]) => time)
    times.sort((a, b) => a - b)
    for (let first = 0; first < times.length;) {
      let last = first
      while (last + 1 < times.length && (times[last + 1] ?? 0) - (times[last] ?? 0) <= SESSION_GAP_MS) last++
      sessions.set(`${key}@${times[first]}-${times[last]}`, String(last - first + 1))
      first = last + 1
    }
  }
  return {
    kv: count(([key]) => key),
    windows: count(([key, , time]) => `${key}@${Math.floor(time / WINDOW_MS) * WINDOW_MS}`),
    sessions,
    letters: count(([, value]) => value.slice(0, 1)),
  }
}

/** Everything in the application's inputs is processed and committed. */
async function isDone(admin: Admin, application: string, prefix: string): Promise<boolean> {
  const offsets = new Map(
    (await admin.listGroupOffsets(application)).map(({ partition, offset }) => [
      `${partition.topic}-${partition.partition}`,
      offset.offset,
    ]),
  )
  for (const topic of [`${prefix}in`, `${application}-letters-repartition`]) {
    const [description] = await admin.describeTopics([topic])
    const partitions = Array.from({ length: description?.partitions ?? 0 }, (_, partition) => ({
      topic,
      partition,
    }))
    if (partitions.length === 0) return false
    const ends = await admin.listOffsets(partitions, 'latest')
    const begins = await admin.listOffsets(partitions, 'earliest')
    const isBehind = ends.some((end, i) => end > (begins[i] ?? 0n) && offsets.get(`${topic}-${i}`) !== end)
    if (isBehind) return false
  }
  return true
}

/** Nobody writes to it any more. */
async function readAll(admin: Admin, topic: string): Promise<readonly ConsumerRecord[]> {
  const consumer = kafka().consumer({ clientId: 'reader', isolationLevel: 'read_committed' })
  try {
    consumer.assign((await partitionsOf(admin, [topic])).map((each) => ({ ...each, offset: 0n })))
    return await readToEnds(admin, consumer)
  } finally {
    await consumer.close()
  }
}

for (const guarantee of ['at_least_once', 'exactly_once_v2'])
  test(`Kafka Streams and this one take turns on one application: each restores what the other has left, ${guarantee}`, async () => {
    await takeTurns(guarantee)
  })

async function takeTurns(guarantee: string): Promise<void> {
  using ours = new StateFolder()
  using javas = new StateFolder()
  const prefix = `${uniqueName('turns')}-`
  const config = appConfig(ours.path, { 'processing.guarantee': guarantee })
  const application = config['application.id'] as string
  const { bootstrapServers } = endpointsFromEnv().kafka
  await createTopic(`${prefix}in`, 3)
  for (const name of OUTPUTS) await createTopic(`${prefix}out-${name}`, 2)
  const admin = kafka().admin()
  const log = new LogOfTest()

  const javaTurn = async (): Promise<void> => {
    const args = [application, bootstrapServers, javas.path, prefix, guarantee]
    await using _app = await JavaApp.start('TurnsApp.java', args)
    await until('Kafka Streams has processed the input', () => isDone(admin, application, prefix), 120_000)
  }
  const ourTurn = async (): Promise<void> => {
    await using app = new KafkaStreams(topology(prefix), config, { logger: log })
    await app.start()
    await until('the input is processed', () => isDone(admin, application, prefix), 60_000)
  }

  try {
    const turns = [javaTurn, ourTurn, javaTurn, ourTurn]
    for (const [turn, run] of turns.entries()) {
      await produce(textRecords(`${prefix}in`, inputOf(turn)))
      await run()
      await until(
        'nobody is in the group',
        async () => (await admin.describeGroup(application)).members.length === 0,
      )
    }
    const inputs = turns.flatMap((_, turn) => inputOf(turn))
    const tables = expected(inputs)
    for (const name of OUTPUTS) {
      const wanted = tables[name]
      const found = await readAll(admin, `${prefix}out-${name}`)
      const rows = new Map([...newest(found)].filter(([, value]) => value !== null))
      assert.deepEqual(new Map([...rows].sort()), new Map([...wanted].sort()), name)
      // Each input updates these once.
      if (guarantee === 'exactly_once_v2' && name !== 'sessions')
        assert.equal(found.length, inputs.length, name)
    }
  } catch (error) {
    console.error(log.lines.join('\n'))
    throw error
  } finally {
    await admin.close()
  }
}
