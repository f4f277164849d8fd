import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Consumed,
  type FixedKeyProcessor,
  type FixedKeyProcessorContext,
  type FixedKeyRecord,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  SessionWindows,
  SlidingWindows,
  StreamsBuilder,
  TimeWindows,
  type Topology,
  type Windowed,
} from '../../transforms/streams/src/index.ts'
import type { Admin } from '../../framework/api/src/kafka/port.ts'
import { endpointsFromEnv } from '../../stack/stack.ts'
import { randomFrom, runSeed } from '../support/random.ts'
import { createTopic, kafka, produce, uniqueName } from '../support/topics.ts'
import { JavaApp } from './java-app.ts'
import { StateFolder, appConfig, startApp, textRecords } from './kafka-app.ts'
import { partitionsOf, readToEnds, settled } from './settled.ts'

const OUTPUTS = [
  'count',
  'aggregate',
  'reduce',
  'table',
  'filter',
  'mapped',
  'join',
  'left',
  'tumbling',
  'sliding',
  'sessions',
] as const
const HOUR_MS = 3_600_000

class CommitsAtMarks implements FixedKeyProcessor<string, string, string> {
  #context!: FixedKeyProcessorContext<string, string>

  init(context: FixedKeyProcessorContext<string, string>): void {
    this.#context = context
  }

  process(record: FixedKeyRecord<string, string>): void {
    if (record.key === 'commit') this.#context.commit()
    else this.#context.forward(record.withValue((record.value === 'null' ? null : record.value) as string))
  }
}

/** The same as java/CacheApp.java. */
function topology(prefix: string): Topology {
  const builder = new StreamsBuilder()
  const strings = Serdes.string()
  const out = () => Produced.with(strings, strings)
  const stored = (name: string) =>
    Materialized.as<string, string>(name).withKeySerde(strings).withValueSerde(strings)
  const counted = (count: bigint | null) => (count === null ? null : String(count)) as string
  const named = ({ key, window }: Windowed<string>) => `${key}@${window.start}`
  const input = builder
    .stream(`${prefix}in`, Consumed.with(strings, strings))
    .processValues(() => new CommitsAtMarks())
  const grouped = input
    .filter((_key, value) => value !== null)
    .groupByKey(Grouped.with<string, string>(strings, strings))
  grouped
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .mapValues(counted)
    .to(`${prefix}out-count`, out())
  grouped
    .aggregate<string>(
      () => '',
      (_key, value, all) => (value === 'x' ? null : (all.length > 6 ? '' : all) + value) as string,
      stored('aggregates'),
    )
    .toStream()
    .to(`${prefix}out-aggregate`, out())
  const last = grouped.reduce((_old, value) => (value === 'x' ? null : value) as string, stored('last'))
  last.toStream().to(`${prefix}out-reduce`, out())
  const table = input.toTable(stored('table'))
  table.toStream().to(`${prefix}out-table`, out())
  table
    .filter((_key, value) => value !== 'a')
    .toStream()
    .to(`${prefix}out-filter`, out())
  table
    .mapValues((value) => value.toUpperCase(), stored('mapped'))
    .toStream()
    .to(`${prefix}out-mapped`, out())
  table
    .join(last, (left, right) => `${left}${right}`, stored('joined'))
    .toStream()
    .to(`${prefix}out-join`, out())
  table
    .leftJoin(last, (left, right) => `${left}-${right}`)
    .toStream()
    .to(`${prefix}out-left`, out())
  grouped
    .windowedBy(TimeWindows.ofSizeAndGrace(10_000, HOUR_MS))
    .count(Materialized.as<string, bigint>('tumbling'))
    .toStream(named)
    .mapValues(counted)
    .to(`${prefix}out-tumbling`, out())
  grouped
    .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(3_000, HOUR_MS))
    .count(Materialized.as<string, bigint>('sliding'))
    .toStream(named)
    .mapValues(counted)
    .to(`${prefix}out-sliding`, out())
  grouped
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(2_000, HOUR_MS))
    .count(Materialized.as<string, bigint>('sessions'))
    .toStream((windowed) => `${named(windowed)}-${windowed.window.end}`)
    .mapValues(counted)
    .to(`${prefix}out-sessions`, out())
  return builder.build()
}

/** What happens from one commit to the next; the last record asks for it. */
type Epoch = readonly (readonly [key: string, value: string, timestamp: number])[]

function randomEpochs(count: number): readonly Epoch[] {
  const random = randomFrom(runSeed())
  const oneOf = (texts: readonly string[]): string => texts[Math.floor(random() * texts.length)] as string
  let time = Math.floor((Date.now() - HOUR_MS) / 60_000) * 60_000
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(random() * 8)
    const records = Array.from({ length }, () => {
      time += Math.floor(random() * 2_500)
      const late = Math.floor(random() * 3_000)
      return [oneOf(['k1', 'k2', 'k3']), oneOf(['a', 'b', 'c', 'x', 'null']), time - late] as const
    })
    return [...records, ['commit', '-', time] as const]
  })
}

async function outputsOf(admin: Admin, prefix: string): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {}
  for (const name of OUTPUTS) {
    const consumer = kafka().consumer({ clientId: 'reader' })
    try {
      const partitions = await partitionsOf(admin, [`${prefix}out-${name}`])
      consumer.assign(partitions.map((each) => ({ ...each, offset: 0n })))
      const records = await readToEnds(admin, consumer)
      found[name] = records.map(
        ({ key, value, timestamp }) =>
          `${key?.toString()}=${value?.toString() ?? null} at ${new Date(Number(timestamp)).toISOString()}`,
      )
    } finally {
      await consumer.close()
    }
  }
  return found
}

test('with the record cache on, what is forwarded at each commit is what Kafka Streams forwards, in its order', async (t) => {
  t.diagnostic(`SPILLWAY_SEED=${runSeed()}`)
  using folder = new StateFolder()
  using javaFolder = new StateFolder()
  const admin = kafka().admin()
  try {
    const epochs = randomEpochs(25)
    const run = async (
      start: (application: string, prefix: string) => Promise<AsyncDisposable>,
    ): Promise<Record<string, readonly string[]>> => {
      const prefix = `${uniqueName('cache')}-`
      const application = uniqueName('cache-app')
      await createTopic(`${prefix}in`, 1)
      for (const name of OUTPUTS) await createTopic(`${prefix}out-${name}`, 1)
      await using _app = await start(application, prefix)
      for (const epoch of epochs) {
        await produce(textRecords(`${prefix}in`, epoch))
        await settled(admin, application, [`${prefix}in`], () => undefined, 60_000)
      }
      return await outputsOf(admin, prefix)
    }
    const servers = endpointsFromEnv().kafka.bootstrapServers
    const wanted = await run(
      async (application, prefix) =>
        await JavaApp.start('CacheApp.java', [application, servers, javaFolder.path, prefix]),
    )
    const found = await run(async (application, prefix) => {
      const config = appConfig(folder.path, {
        'application.id': application,
        'commit.interval.ms': HOUR_MS,
        'statestore.cache.max.bytes': undefined,
      })
      return await startApp(topology(prefix), config)
    })
    assert.ok((wanted['count'] ?? []).length > epochs.length, 'Kafka Streams has counted')
    const inputs = epochs.flat().filter(([, value]) => value !== 'null' && value !== '-').length
    assert.ok((wanted['count'] ?? []).length < inputs, 'and its cache was on')
    assert.deepEqual(found, wanted)
  } finally {
    await admin.close()
  }
})
