import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ContextualProcessor } from '../../context/processor.ts'
import { KeyValue, type Record } from '../../core/record.ts'
import { Serdes } from '../../core/serde.ts'
import { Consumed, Grouped } from '../../dsl/options.ts'
import { Materialized } from '../../stores/materialized.ts'
import type { KeyValueStore, StateStore } from '../../stores/key-value-store.ts'
import { Stores } from '../../stores/stores.ts'
import type { WindowStore } from '../../stores/window-store.ts'
import { StreamsBuilder } from '../../streams-builder.ts'
import { TopologyTestDriver } from '../../testing/topology-test-driver.ts'
import { SessionWindows } from '../../windows/event-windows.ts'
import { TimeWindows } from '../../windows/time-windows.ts'
import { Windowed } from '../../windows/window.ts'
import { Position, PositionBound } from './position.ts'
import { runQuery } from './run-query.ts'
import {
  KeyQuery,
  MultiVersionedKeyQuery,
  type Query,
  RangeQuery,
  TimestampedKeyQuery,
  TimestampedRangeQuery,
  VersionedKeyQuery,
  WindowKeyQuery,
  WindowRangeQuery,
} from './state-query.ts'

const text = Serdes.string()

/** Keeps each record in a store of each kind that the DSL does not make. */
class Keep extends ContextualProcessor<string, string, never, never> {
  process({ key, value, timestamp }: Record<string, string>): void {
    this.context.getStateStore<KeyValueStore<string, string>>('plain').put(key, value)
    const windows = this.context.getStateStore<WindowStore<string, string>>('plainWindows')
    windows.put(key, value, Math.floor(timestamp / 10) * 10)
  }
}

function driver(): TopologyTestDriver {
  const builder = new StreamsBuilder()
  const input = builder.stream('in', Consumed.with(text, text))
  const join = (a: string, b: string): string => a + b
  input.toTable(Materialized.as<string, string>('table').withKeySerde(text).withValueSerde(text))
  const grouped = input.groupByKey(Grouped.with(text, text))
  grouped
    .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
    .reduce(join, Materialized.as<string, string>('windows').withRetention(100))
  grouped
    .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(5))
    .reduce(join, Materialized.as<string, string>('sessions').withRetention(100))
  builder.table(
    'versions-in',
    Consumed.with(text, text),
    Materialized.as<string, string>(Stores.persistentVersionedKeyValueStore('versions', 100)),
  )
  builder.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore('plain'), text, text))
  const windows = Stores.inMemoryWindowStore('plainWindows', 100, 10, false)
  builder.addStateStore(Stores.windowStoreBuilder(windows, text, text))
  input.process({ get: () => new Keep() }, 'plain', 'plainWindows')
  const made = new TopologyTestDriver(builder.build(), { 'application.id': 'asked' })
  const records = made.createInputTopic('in', text.serializer, text.serializer)
  for (const [key, value, time] of [
    ['a', '1', 5],
    ['b', '2', 6],
    ['a', '3', 17],
    ['c', '4', 18],
    ['a', '5', 21],
  ] as const)
    records.pipeInput(key, value, time)
  const versions = made.createInputTopic('versions-in', text.serializer, text.serializer)
  for (const [key, value, time] of [
    ['a', '1', 10],
    ['a', '3', 30],
    ['a', '2', 20],
    ['b', null, 25],
    ['a', null, 40],
    ['a', '5', 50],
  ] as const)
    versions.pipeInput(key, value, time)
  return made
}

const queries: { readonly [name: string]: () => Query<unknown> } = {
  KeyQuery: () => KeyQuery.withKey('a'),
  'KeyQuery absent': () => KeyQuery.withKey('x').skipCache(),
  RangeQuery: () => RangeQuery.withNoBounds(),
  'RangeQuery b-': () => RangeQuery.withLowerBound('b'),
  'RangeQuery -b desc': () => RangeQuery.withUpperBound('b').withDescendingKeys(),
  'RangeQuery desc': () => RangeQuery.withNoBounds().withDescendingKeys(),
  'RangeQuery c-a': () => RangeQuery.withRange('c', 'a').withAscendingKeys(),
  TimestampedKeyQuery: () => TimestampedKeyQuery.withKey('a'),
  TimestampedRangeQuery: () => TimestampedRangeQuery.withRange('a', 'b'),
  WindowKeyQuery: () => WindowKeyQuery.withKeyAndWindowStartRange('a', 0, 10),
  'WindowRangeQuery times': () => WindowRangeQuery.withWindowStartRange(10, 20),
  'WindowRangeQuery key': () => WindowRangeQuery.withKey('a'),
  VersionedKeyQuery: () => VersionedKeyQuery.withKey('a'),
  'VersionedKeyQuery asOf': () => VersionedKeyQuery.withKey('a').asOf(29),
  'VersionedKeyQuery deleted': () => VersionedKeyQuery.withKey('a').asOf(45),
  Multi: () => MultiVersionedKeyQuery.withKey('a'),
  'Multi asc': () => MultiVersionedKeyQuery.withKey('a').withAscendingTimestamps(),
  'Multi 20-29': () => MultiVersionedKeyQuery.withKey('a').fromTime(20).toTime(29),
  'Multi 19-30': () => MultiVersionedKeyQuery.withKey('a').fromTime(19).toTime(30),
  'Multi 40-49': () => MultiVersionedKeyQuery.withKey('a').fromTime(40).toTime(49),
  'Multi absent': () => MultiVersionedKeyQuery.withKey('x').withDescendingTimestamps(),
  'Multi 30-20': () => MultiVersionedKeyQuery.withKey('a').fromTime(30).toTime(20),
}

const keyValues = {
  KeyQuery: '5',
  'KeyQuery absent': 'null',
  RangeQuery: '(a=5 b=2 c=4)',
  'RangeQuery b-': '(b=2 c=4)',
  'RangeQuery -b desc': '(b=2 a=5)',
  'RangeQuery desc': '(c=4 b=2 a=5)',
  'RangeQuery c-a': '()',
}
const windowed = {
  'WindowRangeQuery key':
    'UNKNOWN_QUERY_TYPE because WindowStores only supports WindowRangeQuery.withWindowStartRange',
}
const versioned = (name: string) =>
  `! UnsupportedOperationException Versioned stores do not support ${name} queries at this time.`

/** What Kafka Streams 4.3.1 with stores of RocksDB answers to the same records; what is not here it does not know (UNKNOWN_QUERY_TYPE). */
const answers: { readonly [store: string]: { readonly [query: string]: string } } = {
  plain: keyValues,
  table: { ...keyValues, TimestampedKeyQuery: '5@21', TimestampedRangeQuery: '(a=5@21 b=2@6)' },
  plainWindows: {
    ...windowed,
    WindowKeyQuery: '(0=1 10=3)',
    'WindowRangeQuery times': '(a[10,20]=3 a[20,30]=5 c[10,20]=4)',
  },
  windows: {
    ...windowed,
    WindowKeyQuery: '(0=1@5 10=3@17)',
    'WindowRangeQuery times': '(a[10,20]=3@17 a[20,30]=5@21 c[10,20]=4@18)',
  },
  sessions: {
    'WindowRangeQuery times':
      'UNKNOWN_QUERY_TYPE because SessionStores only support WindowRangeQuery.withKey',
    'WindowRangeQuery key': '(a[5,5]=1 a[17,21]=35)',
  },
  versions: {
    ...Object.fromEntries(
      Object.keys(keyValues).map((name) => [name, versioned(name.split(' ')[0] ?? '')] as const),
    ),
    VersionedKeyQuery: '5@50-',
    'VersionedKeyQuery asOf': '2@20-30',
    'VersionedKeyQuery deleted': 'null',
    Multi: '(5@50- 3@30-40 2@20-30 1@10-20)',
    'Multi asc': '(1@10-20 2@20-30 3@30-40 5@50-)',
    'Multi 20-29': '(2@20-30)',
    'Multi 19-30': '(3@30-40 2@20-30 1@10-20)',
    'Multi 40-49': '()',
    'Multi absent': '()',
    'Multi 30-20':
      '! IllegalArgumentException The `fromTime` timestamp must be smaller than the `toTime` timestamp.',
  },
}

function shown(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof KeyValue) return `${shown(value.key)}=${shown(value.value)}`
  if (value instanceof Windowed) return `${String(value.key)}[${value.window.start},${value.window.end}]`
  if (Symbol.iterator in value) return `(${Array.from(value as Iterable<unknown>, shown).join(' ')})`
  const {
    value: inner,
    timestamp,
    validTo,
  } = value as { value: string; timestamp: number; validTo?: number | null }
  return `${inner}@${timestamp}${validTo === undefined ? '' : `-${validTo ?? ''}`}`
}

function ask(store: StateStore, query: Query<unknown>, bound = PositionBound.unbounded()): string {
  const position = Position.emptyPosition().withComponent('in', 0, 4n)
  try {
    const result = runQuery({ store, partition: 0, position }, query, bound, false)
    if (result.isSuccess()) return shown(result.getResult())
    const [, why = ''] = /\)( because .*)\.$/.exec(result.getFailureMessage()) ?? []
    return `${result.getFailureReason()}${why}`
  } catch (error) {
    return `! ${(error as Error).name} ${(error as Error).message}`
  }
}

suite('each kind of store answers each kind of query as Kafka Streams does', () => {
  const stores = driver().getAllStateStores()
  for (const [name, expected] of Object.entries(answers)) {
    test(name, () => {
      const store = stores.get(name)
      assert.ok(store)
      const found = Object.entries(queries).map(([query, make]) => [query, ask(store, make())])
      const wanted = Object.keys(queries).map((query) => [query, expected[query] ?? 'UNKNOWN_QUERY_TYPE'])
      assert.deepEqual(found, wanted)
    })
  }
})

test('a store that is not as far as the bound does not answer, and one that fails says so', () => {
  const store = driver().getAllStateStores().get('plain')
  assert.ok(store)
  const at = (topic: string, partition: number, offset: bigint): PositionBound =>
    PositionBound.at(Position.emptyPosition().withComponent(topic, partition, offset))
  const query = KeyQuery.withKey('a')
  assert.equal(ask(store, query, at('in', 0, 4n)), '5')
  assert.equal(ask(store, query, at('in', 1, 9n)), '5')
  assert.equal(ask(store, query, at('in', 0, 5n)), 'NOT_UP_TO_BOUND')
  assert.equal(ask(store, query, at('other', 0, 0n)), 'NOT_UP_TO_BOUND')
  store.close()
  assert.equal(ask(store, query), 'STORE_EXCEPTION')
})
