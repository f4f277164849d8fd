import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  AutoOffsetReset,
  BufferConfig,
  Consumed,
  Grouped,
  JoinWindows,
  Joined,
  Materialized,
  Repartitioned,
  Serdes,
  SessionWindows,
  SlidingWindows,
  Stores,
  StreamsBuilder,
  Suppressed,
  TimeWindows,
  TopologyTestDriver,
  UnlimitedWindows,
  Window,
  WindowedSerdes,
  endOfTime,
} from '../index.ts'
import type { ProcessorContext, PunctuationType } from '../index.ts'

/** What is no whole number of milliseconds. */
const wrong: Readonly<Record<string, unknown>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '1.5': 1.5,
  '0.1': 0.1,
  '9007199254740992': 2 ** 53,
  '1e+300': 1e300,
  "'60000' (string)": '60000',
  "'PT1M' (string)": 'PT1M',
  '60000n (bigint)': 60_000n,
  'true (boolean)': true,
  undefined,
  null: null,
  '[ 5 ] (array)': [5],
}

/** Uses a context in its turn. */
function inInit(act: (context: ProcessorContext<string, string>) => void): void {
  const builder = new StreamsBuilder()
  builder.stream('in', Consumed.with(Serdes.string(), Serdes.string())).process<string, string>(() => ({
    init: act,
    process: () => undefined,
  }))
  try {
    new TopologyTestDriver(builder.build(), {}, 0).close()
  } catch (error) {
    throw (error as Error).cause
  }
}

/** Every place that takes a duration, an interval or a count, and what it calls it. */
const places: Readonly<Record<string, readonly [string, (value: never) => unknown]>> = {
  'TimeWindows size': ['window size', (value) => TimeWindows.ofSizeWithNoGrace(value)],
  'TimeWindows grace': ['grace period', (value) => TimeWindows.ofSizeAndGrace(60_000, value)],
  'TimeWindows advance': [
    'window advance',
    (value) => TimeWindows.ofSizeWithNoGrace(60_000).advanceBy(value),
  ],
  'UnlimitedWindows start': ['window start time', (value) => UnlimitedWindows.of().startOn(value)],
  'SlidingWindows difference': [
    'window time difference',
    (value) => SlidingWindows.ofTimeDifferenceWithNoGrace(value),
  ],
  'SlidingWindows grace': ['grace period', (value) => SlidingWindows.ofTimeDifferenceAndGrace(1, value)],
  'SessionWindows gap': ['inactivity gap', (value) => SessionWindows.ofInactivityGapWithNoGrace(value)],
  'SessionWindows grace': ['grace period', (value) => SessionWindows.ofInactivityGapAndGrace(1, value)],
  'JoinWindows difference': [
    'time difference before',
    (value) => JoinWindows.ofTimeDifferenceWithNoGrace(value),
  ],
  'JoinWindows grace': ['grace period', (value) => JoinWindows.ofTimeDifferenceAndGrace(1, value)],
  'JoinWindows before': [
    'time difference before',
    (value) => JoinWindows.ofTimeDifferenceWithNoGrace(1).before(value),
  ],
  'JoinWindows after': [
    'time difference after',
    (value) => JoinWindows.ofTimeDifferenceWithNoGrace(1).after(value),
  ],
  'Window start': ['window startMs', (value) => new Window(value, 5)],
  'Window end': ['window endMs', (value) => new Window(0, value)],
  'timeWindowed size': ['window size', (value) => WindowedSerdes.timeWindowed(Serdes.string(), value)],
  'Joined grace': ['grace period', (value) => new Joined().withGracePeriod(value)],
  'Materialized retention': ['retention', (value) => new Materialized().withRetention(value)],
  'window store retention': ['retentionPeriod', (value) => Stores.inMemoryWindowStore('s', value, 1, false)],
  'window store size': ['windowSize', (value) => Stores.persistentWindowStore('s', 5, value, false)],
  'timestamped window store retention': [
    'retentionPeriod',
    (value) => Stores.persistentTimestampedWindowStore('s', value, 1, true),
  ],
  'session store retention': ['retentionPeriod', (value) => Stores.inMemorySessionStore('s', value)],
  'persistent session store retention': [
    'retentionPeriod',
    (value) => Stores.persistentSessionStore('s', value),
  ],
  'versioned store history': [
    'historyRetention',
    (value) => Stores.persistentVersionedKeyValueStore('s', value),
  ],
  'suppression time': [
    'timeToWaitForMoreEvents',
    (value) => Suppressed.untilTimeLimit(value, BufferConfig.unbounded()),
  ],
  'offset reset': ['duration', (value) => AutoOffsetReset.byDuration(value)],
  'punctuation interval by stream time': [
    'interval',
    (value) => inInit((context) => void context.schedule(value, 'STREAM_TIME', () => undefined)),
  ],
  'punctuation interval by wall clock': [
    'interval',
    (value) => inInit((context) => void context.schedule(value, 'WALL_CLOCK_TIME', () => undefined)),
  ],
  'interval of an anchored punctuation': [
    'interval',
    (value) => inInit((context) => void context.schedule(0, value, 'STREAM_TIME', () => undefined)),
  ],
  'start of an anchored punctuation': [
    'start time',
    (value) => inInit((context) => void context.schedule(value, 5, 'WALL_CLOCK_TIME', () => undefined)),
  ],
  'lruMap size': ['maxCacheSize', (value) => Stores.lruMap('s', value)],
  'BufferConfig records': ['maxRecords', (value) => BufferConfig.maxRecords(value)],
  'BufferConfig bytes': ['maxBytes', (value) => BufferConfig.maxBytes(value)],
  'BufferConfig with records': ['maxRecords', (value) => BufferConfig.unbounded().withMaxRecords(value)],
  'BufferConfig with bytes': ['maxBytes', (value) => BufferConfig.unbounded().withMaxBytes(value)],
  partitions: ['numberOfPartitions', (value) => Repartitioned.numberOfPartitions(value)],
}

describe('what is no whole number is refused where it is given, by name:', () => {
  for (const [place, [name, give]] of Object.entries(places)) {
    test(place, () => {
      for (const [shown, value] of Object.entries(wrong)) {
        assert.throws(
          () => give(value as never),
          (error: Error) =>
            error.name === 'IllegalArgumentException' &&
            error.message.startsWith(`${name} must be `) &&
            error.message.endsWith(`got ${shown}`),
          shown,
        )
      }
    })
  }
})

test('negative durations are refused in the words of Java', () => {
  for (const [give, message] of [
    [() => TimeWindows.ofSizeWithNoGrace(-1), /^Window size \(sizeMs\) must be larger than zero\./],
    [() => TimeWindows.ofSizeAndGrace(1, -1), /^Grace period must not be negative\./],
    [
      () => TimeWindows.ofSizeWithNoGrace(5).advanceBy(6),
      /^Window advancement interval should be more than zero/,
    ],
    [() => UnlimitedWindows.of().startOn(-1), /^Window start time \(startMs\) cannot be negative\./],
    [() => SlidingWindows.ofTimeDifferenceWithNoGrace(-1), /^Window time difference must not be negative\./],
    [() => SessionWindows.ofInactivityGapWithNoGrace(-1), /^Gap time cannot be negative\./],
    [() => new Window(-1, 5), /^Window startMs time cannot be negative\./],
    [() => Stores.inMemoryWindowStore('s', -1, 1, false), /^retentionPeriod cannot be negative/],
    [() => new Materialized().withRetention(-1), /^Retention must not be negative\./],
    [() => AutoOffsetReset.byDuration(-1), /^Duration cannot be negative/],
  ] as const)
    assert.throws(give, { name: 'IllegalArgumentException', message })
})

test('a punctuation needs one of the two clocks, and a function', () => {
  const anyClock = 'SUN_TIME' as PunctuationType
  assert.throws(() => inInit((context) => void context.schedule(5, anyClock, () => undefined)), {
    message: "Unrecognized PunctuationType: 'SUN_TIME'. Use STREAM_TIME or WALL_CLOCK_TIME.",
  })
  assert.throws(() => inInit((context) => void context.schedule(5, 'STREAM_TIME', null as never)), {
    name: 'IllegalArgumentException',
  })
})

test('windows of another kind must move on from window to window', () => {
  const grouped = () =>
    new StreamsBuilder().stream('in', Consumed.with(Serdes.string(), Serdes.string())).groupByKey()
  const mine = { kind: 'time', sizeMs: 10, advanceMs: 10, gracePeriodMs: 0, firstStart: () => 0 } as const
  for (const change of [{ advanceMs: 0 }, { advanceMs: -1 }, { advanceMs: Number.NaN }, { advanceMs: 0.5 }])
    assert.throws(
      () => grouped().windowedBy({ ...mine, ...change }),
      /^IllegalArgumentException: window advance must be/,
    )
  for (const other of [null, undefined, 60_000, 'PT1M', {}])
    assert.throws(() => grouped().windowedBy(other as never), { name: 'IllegalArgumentException' })
  for (const first of [Number.NaN, Number.NEGATIVE_INFINITY, -1]) {
    const builder = new StreamsBuilder()
    builder
      .stream('in', Consumed.with(Serdes.string(), Serdes.string()))
      .groupByKey(Grouped.with(Serdes.string(), Serdes.string()))
      .windowedBy({ ...mine, firstStart: () => first })
      .count(Materialized.as<string, bigint>('s'))
    using driver = new TopologyTestDriver(builder.build(), {}, 0)
    driver.createInputTopic('in', Serdes.string(), Serdes.string()).pipeInput('k', 'v', 5)
    assert.equal([...(driver.getWindowStore<string, bigint>('s')?.all() ?? [])].length, 0)
  }
})

test('the end of time is a duration that everything can be as long as', () => {
  const builder = new StreamsBuilder()
  builder
    .stream('in', Consumed.with(Serdes.string(), Serdes.string()))
    .groupByKey(Grouped.with(Serdes.string(), Serdes.string()))
    .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(endOfTime, endOfTime))
    .count(Materialized.as<string, bigint>('s'))
  using driver = new TopologyTestDriver(builder.build(), {}, 0)
  driver.createInputTopic('in', Serdes.string(), Serdes.string()).pipeInput('k', 'v', endOfTime)
  const rows = [...(driver.getWindowStore<string, bigint>('s')?.all() ?? [])]
  assert.deepEqual(
    rows.map(({ key, value }) => [key.start, key.end, value]),
    [[0, endOfTime, 1n]],
  )
})

describe('a store', () => {
  const builder = (): StreamsBuilder => {
    const topology = new StreamsBuilder()
    const strings = [Serdes.string(), Serdes.string()] as const
    topology.addStateStore(
      Stores.windowStoreBuilder(Stores.inMemoryWindowStore('w', 9, 3, false), ...strings),
    )
    topology.addStateStore(Stores.sessionStoreBuilder(Stores.inMemorySessionStore('s', 9), ...strings))
    topology.addStateStore(
      Stores.versionedKeyValueStoreBuilder(Stores.persistentVersionedKeyValueStore('v', 9), ...strings),
    )
    topology.addStateStore(
      Stores.timestampedKeyValueStoreBuilder(Stores.persistentTimestampedKeyValueStore('t'), ...strings),
    )
    topology
      .stream('in', Consumed.with(...strings))
      .process(() => ({ process: () => undefined }), 'w', 's', 'v', 't')
    return topology
  }

  test('refuses times that are none, in puts and reads, and stays as it was', () => {
    using driver = new TopologyTestDriver(builder().build(), {}, 0)
    const windows = driver.getWindowStore<string, string>('w')
    const sessions = driver.getSessionStore<string, string>('s')
    const versions = driver.getVersionedKeyValueStore<string, string>('v')
    const rows = driver.getTimestampedKeyValueStore<string, string>('t')
    assert.ok(windows !== null && sessions !== null && versions !== null && rows !== null)
    windows.put('k', 'v', 5)
    sessions.put({ key: 'k', window: new Window(4, 5) } as never, 'v')
    versions.put('k', 'v', 5)
    rows.put('k', { value: 'v', timestamp: 5 })
    const session = (start: unknown, end: unknown) => ({ key: 'k', window: { start, end } }) as never
    const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, 1e300]
    for (const value of Object.values(wrong) as number[]) {
      const writes = [
        () => windows.put('k', 'x', value),
        () => sessions.put(session(value, 5), 'x'),
        () => sessions.put(session(0, value), 'x'),
        () => sessions.remove(session(0, value)),
        () => versions.put('k', 'x', value),
        () => versions.delete('k', value),
        () => rows.put('k', { value: 'x', timestamp: value }),
      ]
      const reads = [
        () => windows.fetch('k', value, 5),
        () => windows.backwardFetch('k', 0, value ?? 'none'),
        () => windows.fetch('a', 'z', value, 5),
        () => windows.fetchAll(0, value),
        () => windows.backwardFetchAll(value, 5),
        () => sessions.findSessions('k', value, 5),
        () => sessions.findSessions('k', 0, value ?? 'none'),
        () => sessions.findSessions('a', 'z', 0, value ?? 'none'),
      ]
      for (const write of writes) assert.throws(write, /must be a whole number of milliseconds/)
      if (!infinite.includes(value))
        for (const read of reads) assert.throws(read, { name: 'IllegalArgumentException' })
    }
    assert.deepEqual(
      [...windows.all()].map((row) => [row.key.start, row.value]),
      [[5, 'v']],
    )
    assert.deepEqual(
      [...sessions.all()].map((row) => [row.key.start, row.value]),
      [[4, 'v']],
    )
    assert.equal(versions.get('k')?.value, 'v')
    assert.equal(rows.get('k')?.value, 'v')
  })

  test('reads with infinite bounds as with open ones', () => {
    using driver = new TopologyTestDriver(builder().build(), {}, 0)
    const windows = driver.getWindowStore<string, string>('w')
    const sessions = driver.getSessionStore<string, string>('s')
    const versions = driver.getVersionedKeyValueStore<string, string>('v')
    windows?.put('k', 'v', 5)
    sessions?.put({ key: 'k', window: new Window(4, 5) } as never, 'v')
    versions?.put('k', 'v', 5)
    for (const [from, to] of [
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [-(2 ** 60), 2 ** 60],
    ] as const) {
      assert.equal([...(windows?.fetch('k', from, to) ?? [])].length, 1)
      assert.equal([...(windows?.fetchAll(from, to) ?? [])].length, 1)
      assert.equal([...(sessions?.findSessions('k', from, to) ?? [])].length, 1)
      assert.equal([...(sessions?.findSessions('a', 'z', from, to) ?? [])].length, 1)
      assert.equal(versions?.get('k', to)?.value, 'v')
    }
    assert.equal([...(windows?.fetch('k', Number.POSITIVE_INFINITY, 5) ?? [])].length, 0)
    assert.equal([...(sessions?.findSessions('k', Number.POSITIVE_INFINITY, 5) ?? [])].length, 0)
  })
})
