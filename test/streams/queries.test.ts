import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Consumed,
  Grouped,
  KafkaStreams,
  KeyQuery,
  Materialized,
  type Position,
  PositionBound,
  type QueryableKeyValueStore,
  QueryableStoreTypes,
  RangeQuery,
  Serdes,
  SessionWindows,
  StateQueryRequest,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '../../transforms/streams/src/index.ts'
import { createTopic, produce, uniqueName } from '../support/topics.ts'
import { until } from '../support/until.ts'
import { LogOfTest, StateFolder, appConfig, startApp, textRecords } from './kafka-app.ts'

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

test('typed queries ask each task: how far it was is a bound for the next one, and is known after a restart', async () => {
  using state = new StateFolder()
  const [input, names] = [uniqueName('asked'), uniqueName('names')]
  await createTopic(input, 3)
  await createTopic(names, 1)
  const keys = Array.from({ length: KEYS }, (_, i) => `key-${i}`)
  const send = () =>
    produce(
      textRecords(
        input,
        keys.map((key) => [key, 'x', START_MS] as const),
      ),
    )
  await send()
  const config = appConfig(state.path, { 'num.stream.threads': 2 })
  const count = (key: string) =>
    StateQueryRequest.inStore('counts').withQuery(KeyQuery.withKey<string, bigint>(key))
  const far = (app: KafkaStreams): bigint =>
    [...(app.query(count('key-0')).getPosition()?.getPartitionPositions(input).values() ?? [])].reduce(
      (sum, offset) => sum + offset + 1n,
      0n,
    )
  let position: Position | null
  {
    await using app = await startApp(topology(input, names), config)
    await until('all is counted', () => far(app) === BigInt(KEYS))
    for (const key of keys) assert.equal(app.query(count(key)).getOnlyPartitionResult()?.getResult(), 1n)
    position = app.query(count('key-0')).getPosition()
    assert.ok(position !== null)
    const ahead = position.copy()
    for (const [partition, offset] of position.getPartitionPositions(input))
      ahead.withComponent(input, partition, offset + 1n)
    const bound = count('key-0').withPositionBound(PositionBound.at(ahead))
    const refused = [...app.query(bound).getPartitionResults().values()]
    assert.equal(refused.length, 3)
    for (const result of refused) assert.equal(result.getFailureReason(), 'NOT_UP_TO_BOUND')
    await send()
    await until('the bound is reached', () =>
      [...app.query(bound).getPartitionResults().values()].every((each) => each.isSuccess()),
    )
    await until('all is counted again', () => far(app) === 2n * BigInt(KEYS))
    const range = StateQueryRequest.inStore('counts').withQuery(RangeQuery.withNoBounds<string, bigint>())
    let rows = 0
    for (const result of app.query(range.requireActive()).getPartitionResults().values())
      for await (const { value } of result.getResult()) {
        assert.equal(value, 2n)
        rows++
      }
    assert.equal(rows, KEYS)
    position = app.query(count('key-0')).getPosition()
  }
  await using app = await startApp(topology(input, names), config)
  await until('all tasks are back', () => far(app) === 2n * BigInt(KEYS))
  assert.ok(position?.equals(app.query(count('key-0')).getPosition() as Position))
})

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
