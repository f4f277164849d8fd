import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  Consumed,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  SessionWindows,
  Stores,
  StreamsBuilder,
  TimeWindows,
  TopologyTestDriver,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type Topology,
} from '../index.ts'

const strings = Serdes.string()
const CACHE = 'statestore.cache.max.bytes'

/** A record; a null value deletes. */
type Input = readonly [key: string, value: string | null, timestamp: number]

interface Run {
  /** `key=value` of each record, by topic. */
  readonly outputs: Record<string, readonly string[]>
  readonly stores: Record<string, readonly string[]>
}

function run(
  topology: Topology,
  inputs: readonly Input[],
  cacheBytes: number | undefined,
  commitEveryRecords: number,
  topics: readonly string[],
  stores: readonly string[] = [],
): Run {
  const config = { 'application.id': 'cached', ...(cacheBytes === undefined ? {} : { [CACHE]: cacheBytes }) }
  using driver = new TopologyTestDriver(topology, config, { initialWallClockTime: 0, commitEveryRecords })
  const input = driver.createInputTopic<string, string | null>('in', strings, strings as never)
  for (const [key, value, timestamp] of inputs) input.pipeInput(key, value, timestamp)
  const rows = (name: string): readonly string[] =>
    // A count that has come back to zero stays where it was ever written.
    [...(driver.getKeyValueStore<string, unknown>(name) as KeyValueStore<string, unknown>).all()]
      .map(({ key, value }) => `${key}=${String(value)}`)
      .filter((row) => !row.endsWith('=0'))
  const found = stores.map((name) => [name, rows(name)] as const)
  const outputs = topics.map((topic) => {
    const output = driver.createOutputTopic(topic, strings, Serdes.bytes())
    return [
      topic,
      output
        .readRecordsToList()
        .map(({ key, value }) => `${key}=${value === null ? null : String(Buffer.from(value))}`),
    ] as const
  })
  return { outputs: Object.fromEntries(outputs), stores: Object.fromEntries(found) }
}

/** The newest of each key. */
function table(records: readonly string[] = []): ReadonlyMap<string, string> {
  const rows = new Map<string, string>()
  for (const record of records) {
    const [key = '', value = ''] = record.split('=')
    if (value === 'null') rows.delete(key)
    else rows.set(key, value)
  }
  return rows
}

function topology(): Topology {
  const builder = new StreamsBuilder()
  const out = Produced.with(strings, strings)
  const source = builder.table(
    'in',
    Consumed.with(strings, strings),
    Materialized.as<string, string>('rows').withKeySerde(strings).withValueSerde(strings),
  )
  source.toStream().to('table', out)
  // Another key: groups take rows back that they were given.
  source
    .groupBy((key, value) => ({ key: value.slice(0, 1), value: key }), Grouped.with(strings, strings))
    .count(Materialized.as<string, bigint>('groups'))
    .toStream()
    .mapValues(String)
    .to('groups-out', out)
  const stream = source.toStream().filter((_key, value) => value !== null)
  stream
    .groupByKey(Grouped.with(strings, strings))
    .windowedBy(TimeWindows.ofSizeAndGrace(100, 1_000_000))
    .count(Materialized.as('windows'))
    .toStream(({ key, window }) => `${key}@${window.start}`)
    .mapValues(String)
    .to('windows-out', out)
  return builder.build()
}

const inputs = fc
  .array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'é'),
      fc.option(fc.constantFrom('x1', 'x2', 'y1', 'z1'), { freq: 4 }),
      fc.integer({ min: 0, max: 3_000 }),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((list) => list as readonly Input[])

test('with a cache of any size and commits at any time, tables come to the same as without', () => {
  const topics = ['table', 'groups-out', 'cached-groups-changelog', 'cached-windows-changelog'] as const
  fc.assert(
    fc.property(
      inputs,
      fc.constantFrom(1, 1_500, 1_000_000),
      fc.integer({ min: 1, max: 12 }),
      (list, bytes, every) => {
        // What is left is forwarded at the end.
        const whole = [...list, ...Array.from({ length: every }, () => ['end', 'x1', 3_000] as const)]
        const length = Math.ceil(whole.length / every) * every
        while (whole.length < length) whole.push(['end', 'x1', 3_000])
        const without = run(topology(), whole, 0, 1, topics, ['rows', 'groups'])
        const cached = run(topology(), whole, bytes, every, topics, ['rows', 'groups'])
        assert.deepEqual(cached.stores, without.stores)
        assert.deepEqual(table(cached.outputs['table']), table(without.outputs['table']))
        for (const topic of topics)
          assert.ok((cached.outputs[topic] ?? []).length <= (without.outputs[topic] ?? []).length, topic)
      },
    ),
    { numRuns: 150 },
  )
})

test('an update goes on, and into the changelog, once per key and commit; a row that came and went never was', () => {
  const list: readonly Input[] = [
    ['a', 'x1', 1],
    ['b', 'x1', 2],
    ['a', 'x2', 3],
    ['c', 'y1', 4],
    ['c', null, 5],
    ['b', 'x1', 6],
  ]
  const builder = new StreamsBuilder()
  builder
    .stream('in', Consumed.with(strings, strings))
    .toTable(Materialized.as<string, string>('rows').withKeySerde(strings).withValueSerde(strings))
    .toStream()
    .to('out', Produced.with(strings, strings))
  const { outputs, stores } = run(
    builder.build(),
    list,
    100_000,
    6,
    ['out', 'cached-rows-changelog'],
    ['rows'],
  )
  assert.deepEqual(outputs, { out: ['a=x2', 'b=x1'], 'cached-rows-changelog': ['a=x2', 'b=x1'] })
  assert.deepEqual(stores, { rows: ['a=x2', 'b=x1'] })
})

test('where more waits than may, it is forwarded before the commit', () => {
  const list = Array.from({ length: 100 }, (_, i): Input => [`k${i % 50}`, `x${i}`, i])
  const builder = new StreamsBuilder()
  builder
    .stream('in', Consumed.with(strings, strings))
    .toTable(Materialized.as<string, string>('rows').withKeySerde(strings).withValueSerde(strings))
    .toStream()
    .to('out', Produced.with(strings, strings))
  const few = run(builder.build(), list, 4_000, 1_000, ['out'])
  const forwarded = few.outputs['out']?.length ?? 0
  assert.ok(forwarded > 50 && forwarded < 100, `${forwarded} forwarded`)
  assert.equal(run(builder.build(), list, 1_000_000, 1_000, ['out']).outputs['out']?.length, 0)
})

test('withCachingDisabled and versioned stores forward each update', () => {
  const list: readonly Input[] = [
    ['a', 'x1', 1],
    ['a', 'x2', 2],
  ]
  for (const store of [
    Materialized.as<string, string>('rows').withCachingDisabled(),
    Materialized.as<string, string>(Stores.persistentVersionedKeyValueStore('rows', 1_000)),
  ]) {
    const builder = new StreamsBuilder()
    builder
      .stream('in', Consumed.with(strings, strings))
      .toTable(store.withKeySerde(strings).withValueSerde(strings))
      .toStream()
      .to('out', Produced.with(strings, strings))
    assert.deepEqual(run(builder.build(), list, 1_000_000, 10, ['out']).outputs, { out: ['a=x1', 'a=x2'] })
  }
})

test('the aggregations of a cogroup share what waits', () => {
  const builder = new StreamsBuilder()
  const grouped = builder
    .stream('in', Consumed.with(strings, strings))
    .groupByKey(Grouped.with(strings, strings))
  const other = builder
    .stream('other', Consumed.with(strings, strings))
    .groupByKey(Grouped.with(strings, strings))
  grouped
    .cogroup<string>((_key, value, all) => `${all}${value}`)
    .cogroup(other, (_key, value, all) => `${all}(${value})`)
    .aggregate(() => '', Materialized.as<string, string>('all').withKeySerde(strings).withValueSerde(strings))
    .toStream()
    .to('out', Produced.with(strings, strings))
  using driver = new TopologyTestDriver(
    builder.build(),
    { 'application.id': 'cached', [CACHE]: 100_000 },
    { initialWallClockTime: 0, commitEveryRecords: 5 },
  )
  const first = driver.createInputTopic('in', strings, strings)
  const second = driver.createInputTopic('other', strings, strings)
  first.pipeInput('k', '1', 1)
  second.pipeInput('k', '2', 2)
  first.pipeInput('k', '3', 3)
  second.pipeInput('k', '4', 4)
  first.pipeInput('k', '5', 5)
  const output = driver.createOutputTopic('out', strings, strings)
  assert.deepEqual(output.readValuesToList(), ['1(2)3(4)5'])
})

test('a store of a processor with caching on logs the newest of each key at a commit', () => {
  class Keeps implements Processor<string, string, string, string> {
    #store!: KeyValueStore<string, string>
    init(context: ProcessorContext<string, string>): void {
      this.#store = context.getStateStore('kept')
    }
    process({ key, value }: { readonly key: string; readonly value: string }): void {
      this.#store.put(key, value)
    }
  }
  const list: readonly Input[] = [
    ['a', 'x1', 1],
    ['a', 'x2', 2],
    ['b', 'y1', 3],
  ]
  const logged = (isCached: boolean): readonly string[] => {
    const kept = Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore('kept'), strings, strings)
    const builder = new StreamsBuilder()
    builder.addStateStore(isCached ? kept.withCachingEnabled() : kept)
    builder.stream('in', Consumed.with(strings, strings)).process(() => new Keeps(), 'kept')
    return (
      run(builder.build(), list, 100_000, 3, ['cached-kept-changelog']).outputs['cached-kept-changelog'] ?? []
    )
  }
  assert.deepEqual(logged(false), ['a=x1', 'a=x2', 'b=y1'])
  assert.deepEqual(logged(true), ['a=x2', 'b=y1'])
})

test('a session that was merged away before the commit never was', () => {
  const builder = new StreamsBuilder()
  builder
    .stream('in', Consumed.with(strings, strings))
    .groupByKey(Grouped.with(strings, strings))
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(100, 10_000))
    .count(Materialized.as('sessions'))
    .toStream(({ key, window }) => `${key}@${window.start}-${window.end}`)
    .mapValues(String)
    .to('out', Produced.with(strings, strings))
  const list: readonly Input[] = [
    ['a', 'x', 0],
    ['a', 'x', 50],
    ['a', 'x', 120],
  ]
  assert.deepEqual(run(builder.build(), list, 100_000, 3, ['out']).outputs, { out: ['a@0-120=3'] })
})

test('what was forwarded takes no room any more', () => {
  const epoch = ['a', 'b', 'a', 'c', 'b', 'c']
  const list = Array.from({ length: 300 }, (_, commit) =>
    epoch.map((key, i): Input => [key, i % 4 === 3 ? null : `x${'-'.repeat(commit % 50)}`, commit * 10 + i]),
  ).flat()
  const builder = new StreamsBuilder()
  builder
    .stream('in', Consumed.with(strings, strings))
    .toTable(Materialized.as<string, string>('rows').withKeySerde(strings).withValueSerde(strings))
    .toStream()
    .to('out', Produced.with(strings, strings))
  const few = run(builder.build(), list, 5_000, epoch.length, ['out', 'cached-rows-changelog'])
  const many = run(builder.build(), list, 1_000_000, epoch.length, ['out', 'cached-rows-changelog'])
  assert.deepEqual(few, many)
  assert.equal(few.outputs['out']?.length, 900)
})
