/**
 * What Kafka Streams 4.3.1 does although it looks odd, and this engine does as well: recorded from its TopologyTestDriver with the
 * record cache off. docs/compatibility.md tells each of them.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  BufferConfig,
  Consumed,
  Grouped,
  JoinWindows,
  KStream,
  Materialized,
  Produced,
  Serdes,
  SessionWindows,
  SlidingWindows,
  Stores,
  StreamJoined,
  StreamsBuilder,
  Suppressed,
  TestRecord,
  TimeWindows,
  TopologyTestDriver,
} from '../index.ts'
import type { KTable, StreamsConfig, Windowed } from '../index.ts'

const strings = () => Consumed.with(Serdes.string(), Serdes.string())
const both = (left: string | null, right: string | null): string => `${left}+${right}`
const counts = () => Materialized.with<string, bigint>(Serdes.string(), Serdes.int64())
const finals = Suppressed.untilWindowCloses(BufferConfig.unbounded())

interface Scenario {
  readonly define: (builder: StreamsBuilder) => KStream<string, string> | KTable<string, string>
  /** Topic, key, value, timestamp, header "h"; then what comes out: key, value, timestamp, headers. */
  readonly steps: readonly (readonly [input: string, ...outputs: string[]])[]
  readonly dropped?: number
  readonly config?: StreamsConfig
}

const grace100 = JoinWindows.ofTimeDifferenceAndGrace(10, 100)
const grace5 = JoinWindows.ofTimeDifferenceAndGrace(10, 5)
const streams = (
  builder: StreamsBuilder,
  kind: 'join' | 'leftJoin' | 'outerJoin',
  windows: JoinWindows,
  joined?: StreamJoined<string, string, string>,
): KStream<string, string> => {
  const [left, right] = [builder.stream('l', strings()), builder.stream('r', strings())]
  if (kind === 'join') return left.join(right, both, windows, joined)
  return kind === 'leftJoin'
    ? left.leftJoin(right, both, windows, joined)
    : left.outerJoin(right, both, windows, joined)
}
const tables = (builder: StreamsBuilder, kind: 'join' | 'leftJoin' | 'outerJoin'): KTable<string, string> => {
  const table = builder.table('t', strings())
  const mapped = table.mapValues((value) => value.toUpperCase())
  if (kind === 'join') return table.join(mapped, both)
  return kind === 'leftJoin' ? table.leftJoin(mapped, both) : table.outerJoin(mapped, both)
}
const grouped = (builder: StreamsBuilder) =>
  builder.stream('in', strings()).groupByKey(Grouped.with(Serdes.string(), Serdes.string()))
const shown = (table: KTable<Windowed<string>, bigint>): KStream<string, string> =>
  table
    .toStream()
    .map<string, string>(({ key, start, end }, count) => [`${key}@${start}/${end}`, String(count)])
const inMemory = () =>
  StreamJoined.with(Serdes.string(), Serdes.string(), Serdes.string())
    .withThisStoreSupplier(Stores.inMemoryWindowStore('x', 25, 20, true))
    .withOtherStoreSupplier(Stores.inMemoryWindowStore('y', 25, 20, true))
const persistent = () =>
  StreamJoined.with(Serdes.string(), Serdes.string(), Serdes.string())
    .withThisStoreSupplier(Stores.persistentWindowStore('x', 25, 20, true))
    .withOtherStoreSupplier(Stores.persistentWindowStore('y', 25, 20, true))
const expiring: Scenario['steps'] = [
  ['l k a 1000'],
  ['l k b 970'],
  ['l k c 975'],
  ['l k d 976'],
  ['r k D 900'],
  ['l k e 100000'],
  ['l k f 1000'],
  ['r k g 100000', 'k e+g 100000'],
  ['r k h 1000'],
]
const retained: Readonly<Record<'sessions' | 'tumbling' | 'sliding', Omit<Scenario, 'dropped'>>> = {
  sessions: {
    define: (builder) =>
      shown(
        grouped(builder)
          .windowedBy(SessionWindows.ofInactivityGapAndGrace(10, 5))
          .count(counts().withRetention(15)),
      ),
    steps: [
      ['in a x 0', 'a@0/0 1 0'],
      ['in b x 15', 'b@15/15 1 15'],
      ['in a x 0', 'a@0/0 1 0'],
      ['in a y 1', 'a@1/1 1 1'],
      ['in b x 100', 'b@100/100 1 100'],
      ['in a x 84'],
      ['in a x 85', 'a@85/85 1 85'],
    ],
  },
  tumbling: {
    define: (builder) =>
      shown(grouped(builder).windowedBy(TimeWindows.ofSizeAndGrace(10, 5)).count(counts().withRetention(15))),
    steps: [
      ['in a x 0', 'a@0/10 1 0'],
      ['in b x 14', 'b@10/20 1 14'],
      ['in a x 1', 'a@0/10 2 1'],
      ['in b x 15', 'b@10/20 2 15'],
      ['in a x 1'],
      ['in b x 100', 'b@100/110 1 100'],
      ['in a x 85'],
      ['in a x 90', 'a@90/100 1 90'],
    ],
  },
  sliding: {
    define: (builder) =>
      shown(
        grouped(builder)
          .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(10, 5))
          .count(counts().withRetention(25)),
      ),
    steps: [
      ['in a x 20', 'a@10/20 1 20'],
      ['in b x 35', 'b@25/35 1 35'],
      ['in a x 20'],
      ['in b x 100', 'b@90/100 1 100'],
      ['in a x 85'],
      ['in a x 90'],
      ['in a x 86'],
    ],
  },
}
const lostFinal = ['l k far 120', 'k a+null 100'] as const

const scenarios: Readonly<Record<string, Scenario>> = {
  'a left join gives an out-of-order record without partner at once, within grace too': {
    define: (builder) => streams(builder, 'leftJoin', grace100),
    steps: [
      ['l k a 100'],
      ['l k b 80', 'k b+null 80'],
      ['r k B 82', 'k b+B 82'],
      ['r k C 60'],
      ['l k c 61', 'k c+C 61'],
    ],
  },
  'an outer join gives out-of-order records without partner at once, of both sides': {
    define: (builder) => streams(builder, 'outerJoin', grace100),
    steps: [
      ['l k a 100'],
      ['l k b 80', 'k b+null 80'],
      ['r k B 82', 'k b+B 82'],
      ['r k C 60', 'k null+C 60'],
      ['l k c 61', 'k c+C 61'],
    ],
  },
  'a left join waits for the window to close where records are in order': {
    define: (builder) => streams(builder, 'leftJoin', grace100),
    steps: [['l k a 100'], ['r z x 220', 'k a+null 100'], ['r z x 300']],
  },
  'a result of a left join without partner has the headers of the record that closed its window': {
    define: (builder) => streams(builder, 'leftJoin', grace100),
    steps: [['l k a 100 mine'], ['r z x 300 other', 'k a+null 100 h=other'], ['l y q 500 third']],
  },
  'a result of an outer join without partner has the headers of the record that closed its window': {
    define: (builder) => streams(builder, 'outerJoin', grace100),
    steps: [
      ['l k a 100 mine'],
      ['r z x 300 other', 'k a+null 100 h=other'],
      ['l y q 500 third', 'z null+x 300 h=third'],
    ],
  },
  'a table joined with its own mapValues keeps the row of a deleted key': {
    define: (builder) => tables(builder, 'join'),
    steps: [
      ['t k a 1', 'k a+A 1', 'k a+A 1'],
      ['t k b 2', 'k b+B 2', 'k b+B 2'],
      ['t k null 3'],
      ['t k c 4', 'k c+C 4', 'k c+C 4'],
    ],
  },
  'a table left-joined with its own mapValues deletes the row': {
    define: (builder) => tables(builder, 'leftJoin'),
    steps: [
      ['t k a 1', 'k a+A 1', 'k a+A 1'],
      ['t k null 3', 'k null 3'],
    ],
  },
  'a table outer-joined with its own mapValues deletes the row twice': {
    define: (builder) => tables(builder, 'outerJoin'),
    steps: [
      ['t k a 1', 'k a+A 1', 'k a+A 1'],
      ['t k null 3', 'k null 3', 'k null 3'],
    ],
  },
  'a table joined with itself keeps the row of a deleted key': {
    define: (builder) => {
      const table = builder.table('t', strings())
      return table.join(table, both)
    },
    steps: [['t k a 1', 'k a+a 1', 'k a+a 1'], ['t k null 3']],
  },
  'a table joined with its own filter keeps the row of a deleted key': {
    define: (builder) => {
      const table = builder.table('t', strings())
      return table.join(
        table.filter(() => true),
        both,
      )
    },
    steps: [['t k a 1', 'k a+a 1', 'k a+a 1'], ['t k null 3']],
  },
  'a table joined with its own stored mapValues keeps the row of a deleted key': {
    define: (builder) => {
      const table = builder.table('t', strings())
      const stored = Materialized.as<string, string>('m').withValueSerde(Serdes.string())
      return table.join(
        table.mapValues((value) => value.toUpperCase(), stored),
        both,
      )
    },
    steps: [['t k a 1', 'k a+A 1', 'k a+A 1'], ['t k null 3']],
  },
  'a join takes records past grace that find a partner, and drops none': {
    define: (builder) => streams(builder, 'join', grace5),
    steps: [
      ['l k a 100'],
      ['l k far 120'],
      ['r k B 100', 'k a+B 100'],
      ['l z x 60000'],
      ['r k C 100'],
      ['r k D 59990'],
    ],
  },
  'a left join gives a pair past grace after it has given the record alone': {
    define: (builder) => streams(builder, 'leftJoin', grace5),
    steps: [
      ['l k a 100'],
      lostFinal,
      ['r k B 100', 'k a+B 100'],
      ['l z x 60000', 'k far+null 120'],
      ['r k C 100'],
      ['r k D 59990'],
    ],
  },
  'an outer join gives records past grace at once': {
    define: (builder) => streams(builder, 'outerJoin', grace5),
    steps: [
      ['l k a 100'],
      lostFinal,
      ['r k B 100', 'k a+B 100'],
      ['l z x 60000', 'k far+null 120'],
      ['r k C 100', 'k null+C 100'],
      ['r k D 59990'],
    ],
  },
  'a suppressed session comes twice for a record at the last moment of its grace': {
    define: (builder) =>
      shown(
        grouped(builder)
          .windowedBy(SessionWindows.ofInactivityGapAndGrace(10, 5))
          .count(counts().withRetention(1000))
          .suppress(finals),
      ),
    steps: [
      ['in a x 0'],
      ['in b x 15', 'a@0/0 1 0'],
      ['in a x 0', 'a@0/0 2 0'],
      ['in a x 5'],
      ['in b x 16'],
      ['in b x 60', 'a@0/5 3 5', 'b@15/16 2 16'],
    ],
  },
  'a suppressed sliding window comes twice for a record at the last moment of its grace': {
    define: (builder) =>
      shown(
        grouped(builder)
          .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(10, 5))
          .count(counts())
          .suppress(finals),
      ),
    steps: [
      ['in a x 20'],
      ['in b x 25', 'a@10/20 1 20'],
      ['in a x 20', 'a@10/20 2 20'],
      ['in b x 26'],
      ['in b x 100', 'b@15/25 1 25', 'b@16/26 2 26', 'b@26/36 1 26'],
    ],
  },
  'a suppressed tumbling window comes once': {
    define: (builder) =>
      shown(grouped(builder).windowedBy(TimeWindows.ofSizeAndGrace(10, 5)).count(counts()).suppress(finals)),
    steps: [
      ['in a x 0'],
      ['in b x 15', 'a@0/10 1 0'],
      ['in a x 9'],
      ['in b x 16'],
      ['in b x 100', 'b@10/20 2 16'],
    ],
    dropped: 1,
  },
  'a persistent join store drops records by segments of time': {
    define: (builder) => streams(builder, 'join', grace5, persistent()),
    steps: expiring,
    dropped: 2,
  },
  'an in-memory join store counts every record that it cannot keep': {
    define: (builder) => streams(builder, 'join', grace5, inMemory()),
    steps: expiring,
    dropped: 4,
  },
  'join stores that are in memory by default count every record that they cannot keep': {
    define: (builder) => streams(builder, 'join', grace5),
    steps: expiring,
    dropped: 4,
    config: { 'default.dsl.store': 'in_memory' },
  },
  'join stores that are persistent by default drop records by segments of time': {
    define: (builder) => streams(builder, 'join', grace5),
    steps: expiring,
    dropped: 2,
  },
  'persistent sessions that leave a retention as short as allowed are not counted': {
    ...retained.sessions,
    dropped: 1,
  },
  'in-memory sessions that leave a retention as short as allowed are counted': {
    ...retained.sessions,
    dropped: 3,
    config: { 'default.dsl.store': 'in_memory' },
  },
  'persistent tumbling windows count what is late': { ...retained.tumbling, dropped: 2 },
  'in-memory tumbling windows count what is late': {
    ...retained.tumbling,
    dropped: 2,
    config: { 'default.dsl.store': 'in_memory' },
  },
  'persistent sliding windows count what is late': { ...retained.sliding, dropped: 4 },
  'in-memory sliding windows count what is late': {
    ...retained.sliding,
    dropped: 4,
    config: { 'default.dsl.store': 'in_memory' },
  },
}

describe('as Kafka Streams 4.3.1 does it:', () => {
  for (const [name, { define, steps, dropped, config }] of Object.entries(scenarios)) {
    test(name, () => {
      const builder = new StreamsBuilder()
      const result = define(builder)
      const stream = result instanceof KStream ? result : result.toStream()
      stream.to('out', Produced.with(Serdes.string(), Serdes.string()))
      using driver = new TopologyTestDriver(builder.build(), { 'application.id': 'app', ...config }, 0)
      const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
      const found = steps.map(([input]) => {
        const [topic, key, value, time, header] = input.split(' ') as [
          string,
          string,
          string,
          string,
          string?,
        ]
        const headers = header === undefined ? null : { h: header }
        driver
          .createInputTopic(topic, Serdes.string(), Serdes.string())
          .pipeInput(new TestRecord(key, value === 'null' ? null : value, headers, Number(time)))
        const outputs = output.readRecordsToList().map((record) => {
          const told = Object.entries(record.headers.toObject()).map((pair) => ` ${pair.join('=')}`)
          return `${record.key} ${record.value} ${record.timestamp}${told.join('')}`
        })
        return [input, ...outputs]
      })
      assert.deepEqual(found, steps)
      assert.equal(driver.droppedRecords(), dropped ?? 0)
    })
  }
})

test('iterators over a persistent store give the rows there were, as those of RocksDB do', () => {
  const builder = new StreamsBuilder()
  const [keys, values] = [Serdes.string(), Serdes.string()]
  builder.addStateStore(Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore('kv'), keys, values))
  builder.stream('in', strings()).process(() => ({ process: () => undefined }), 'kv')
  using driver = new TopologyTestDriver(builder.build(), {}, 0)
  const store = driver.getKeyValueStore<string, string>('kv')
  assert.ok(store !== null)
  for (const key of 'abcde') store.put(key, key)
  const seen: string[] = []
  for (const { key, value } of store.all()) {
    seen.push(key + value)
    if (seen.length > 1) continue
    store.put('c', 'C')
    store.delete('d')
    store.put('bb', 'new')
    store.put('f', 'new')
  }
  assert.deepEqual(seen, ['aa', 'bb', 'cc', 'dd', 'ee'])
  assert.deepEqual(
    [...store.all()].map(({ key, value }) => key + value),
    ['aa', 'bb', 'bbnew', 'cC', 'ee', 'fnew'],
  )
})
