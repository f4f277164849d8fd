import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Consumed,
  Grouped,
  KafkaStreams,
  Materialized,
  type QueryableKeyValueStore,
  QueryableStoreTypes,
  Serdes,
  SessionWindows,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { LogOfTest, StateFolder, appConfig, textRecords } from './kafka-app.ts'

const KEYS = 20
const START_MS = Math.floor(Date.now() / 60_000) * 60_000

function topology(input: string, names: string): Topology {
  const builder = new StreamsBuilder()
  const texts = Serdes.string()
  const grouped = builder
    .stream(input, Consumed.with(texts, texts))
    .groupByKey(Grouped.with<string, string>(texts, texts))
  grouped.count(Materialized.as<string, bigint>('counts'))
  grouped.windowedBy(TimeWindows.ofSizeWithNoGrace(60_000)).count(Materialized.as<string, bigint>('windows'))
  grouped
    .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(1_000))
    .count(Materialized.as<string, bigint>('sessions'))
  builder.globalTable(names, Consumed.with(texts, texts), Materialized.as<string, string>('names'))
  return builder.build()
}

test('stores are read over the tasks of a client as one, by kind, while it runs', async () => {
  using state = new StateFolder()
  const [input, names] = [uniqueName('queried'), uniqueName('names')]
  await createTopic(input, 4)
  await createTopic(names, 2)
  const key = (i: number): string => `key-${String(i).padStart(2, '0')}`
  await produce(
    textRecords(
      names,
      Array.from({ length: KEYS }, (_, i) => [key(i), `name ${i}`]),
    ),
  )
  const records = Array.from({ length: KEYS * 3 }, (_, i) => [key(i % KEYS), 'x', START_MS + i] as const)
  await produce(textRecords(input, records))
  const app = new KafkaStreams(topology(input, names), appConfig(state.path, { 'num.stream.threads': 2 }), {
    logger: new LogOfTest(),
  })
  const countsAsked = () => app.store('counts', QueryableStoreTypes.keyValueStore<string, bigint>())
  assert.throws(countsAsked, {
    name: 'StreamsNotStartedException',
    message: 'KafkaStreams has not been started, you can retry after calling start()',
  })
  let counts: QueryableKeyValueStore<string, bigint>
  try {
    await app.start()
    await app.running()
    counts = countsAsked()
    assert.throws(() => app.store('none', QueryableStoreTypes.keyValueStore()), {
      name: 'UnknownStateStoreException',
      message: 'Cannot get state store none because no such store is registered in the topology.',
    })
    await until('all is counted', () => [...counts.all()].filter(({ value }) => value === 3n).length === KEYS)
    assert.equal(counts.get(key(7)), 3n)
    assert.equal(counts.get('absent'), null)
    assert.equal(counts.approximateNumEntries(), KEYS)
    const some = [...counts.range(key(3), key(6))].map((row) => row.key)
    assert.deepEqual(some.sort(), [3, 4, 5, 6].map(key))
    // An iteration that ends early holds nothing.
    for (const row of counts.all()) {
      assert.equal(row.value, 3n)
      break
    }
    const stamped = app.store('counts', QueryableStoreTypes.timestampedKeyValueStore<string, bigint>())
    assert.deepEqual(stamped.get(key(0)), { value: 3n, timestamp: START_MS + 2 * KEYS })
    const windows = app.store('windows', QueryableStoreTypes.windowStore<string, bigint>())
    assert.equal(windows.fetch(key(1), START_MS), 3n)
    assert.deepEqual(
      [...windows.fetch(key(2), START_MS - 60_000, START_MS + 60_000)].map((row) => [row.key, row.value]),
      [[START_MS, 3n]],
    )
    assert.equal([...windows.all()].length, KEYS)
    const sessions = app.store('sessions', QueryableStoreTypes.sessionStore<string, bigint>())
    assert.deepEqual(
      [...sessions.fetch(key(5))].map(({ key: { window }, value }) => [window.start, window.end, value]),
      [[START_MS + 5, START_MS + 5 + 2 * KEYS, 3n]],
    )
    const named = app.store('names', QueryableStoreTypes.keyValueStore<string, string>())
    assert.equal(named.get(key(9)), 'name 9')
    const wrong = app.store('counts', QueryableStoreTypes.windowStore<string, bigint>())
    assert.throws(() => wrong.all(), {
      message: /windowStore does not accept the actual store type Timestamped/,
    })
    assert.throws(() => (counts as unknown as { put: (k: string, v: bigint) => void }).put('a', 1n), {
      message: /only read/,
    })
  } finally {
    await app.close()
  }
  assert.throws(() => counts.get(key(0)), { message: /the client is NOT_RUNNING, not RUNNING/ })
  assert.throws(countsAsked, {
    name: 'IllegalStateException',
    message: 'KafkaStreams is not running. State is NOT_RUNNING.',
  })
})
