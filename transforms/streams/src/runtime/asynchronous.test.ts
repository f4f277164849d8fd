import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { describe, test } from 'node:test'
import {
  Branched,
  BufferConfig,
  Consumed,
  Grouped,
  HandlerResponse,
  JoinWindows,
  KStream,
  KTable,
  LogAndContinueExceptionHandler,
  LogAndContinueProcessingExceptionHandler,
  Materialized,
  Named,
  Printed,
  Produced,
  Repartitioned,
  Serdes,
  SessionWindows,
  SlidingWindows,
  Stores,
  StreamsBuilder,
  Suppressed,
  TableJoined,
  TimeWindows,
  TopologyTestDriver,
  UnlimitedWindows,
  correctedTimestampExtractor,
} from '../index.ts'
import type { KeyValueStore, ProcessorContext, Serde, StreamsConfig } from '../index.ts'

/** A function of any operator: gives a promise that rejects, as an async function does whose first await fails. */
const late = (async () => {
  await setImmediate()
  throw new Error('nobody waits for this')
}) as (...args: readonly unknown[]) => never

const strings = () => Consumed.with(Serdes.string(), Serdes.string())
const json = <V>() => Produced.with(Serdes.string(), Serdes.json<V>())
const rows = (name: string) =>
  Materialized.as<string, string>(name).withKeySerde(Serdes.string()).withValueSerde(Serdes.json())
const grouped = () => Grouped.with(Serdes.string(), Serdes.string())
const stored = Materialized.with<string, string>(Serdes.string(), Serdes.string())
const lateSerde: Serde<string> = {
  serializer: { serialize: () => late() },
  deserializer: { deserialize: () => late() },
}

interface Inputs {
  readonly builder: StreamsBuilder
  readonly stream: KStream<string, string>
  readonly other: KStream<string, string>
  readonly table: KTable<string, string>
  readonly second: KTable<string, string>
}
/** Gives a stream or table that is written to the output, or nothing. */
type Define = (inputs: Inputs) => unknown

const windowed = (inputs: Inputs) => inputs.stream.groupByKey(grouped())
const minute = TimeWindows.ofSizeWithNoGrace(60_000)
const sessions = SessionWindows.ofInactivityGapAndGrace(60_000, 0)
const near = JoinWindows.ofTimeDifferenceWithNoGrace(10)

const operators: Readonly<Record<string, Define>> = {
  filter: ({ stream }) => stream.filter(late),
  filterNot: ({ stream }) => stream.filterNot(late),
  map: ({ stream }) => stream.map(late),
  'key of map': ({ stream }) => stream.map((_key, value) => [late() as string, value] as const),
  'value of map': ({ stream }) => stream.map((key) => ({ key, value: late() as string })),
  mapValues: ({ stream }) => stream.mapValues(late),
  selectKey: ({ stream }) => stream.selectKey(late),
  flatMap: ({ stream }) => stream.flatMap(late),
  'pair of flatMap': ({ stream }) => stream.flatMap(() => [late()]),
  flatMapValues: ({ stream }) => stream.flatMapValues(late),
  'value of flatMapValues': ({ stream }) => stream.flatMapValues(() => [late()]),
  'async generator of flatMapValues': ({ stream }) =>
    stream.flatMapValues(async function* () {
      await setImmediate()
      yield 'x'
    } as never),
  peek: ({ stream }) => stream.peek(late),
  foreach: ({ stream }) => stream.foreach(late),
  'mapper of print': ({ stream }) =>
    stream.print(Printed.to<string, string>(() => undefined).withKeyValueMapper(late)),
  'writer of print': ({ stream }) => stream.print(Printed.to<string, string>(late)),
  'predicate of a branch': ({ stream }) => {
    stream
      .split(Named.as('split-'))
      .branch(late, Branched.as('a'))
      .defaultBranch()
      .get('split-0')
      ?.to('out', json())
  },
  'topic name extractor': ({ stream }) => stream.to(late, json()),
  partitioner: ({ stream }) => stream.to('out', json<string>().withStreamPartitioner(late)),
  'partitioner of repartition': ({ stream }) =>
    stream.repartition(
      Repartitioned.with<string, string>(Serdes.string(), Serdes.string()).withStreamPartitioner(late),
    ),
  'grouping by a new key': ({ stream }) => stream.groupBy(late, grouped()).count().toStream(),
  reducer: (inputs) => windowed(inputs).reduce(late, rows('s')),
  aggregator: (inputs) => windowed(inputs).aggregate(() => 'a', late, rows('s')),
  initializer: (inputs) => windowed(inputs).aggregate(late, (_key, value) => value, rows('s')),
  'aggregator of cogroup': (inputs) =>
    windowed(inputs)
      .cogroup<string>(late)
      .aggregate(() => 'a', rows('s')),
  'initializer of cogroup': (inputs) =>
    windowed(inputs)
      .cogroup<string>((_key, value) => value)
      .aggregate(late, rows('s')),
  ...Object.fromEntries(
    Object.entries({
      tumbling: minute,
      hopping: TimeWindows.ofSizeWithNoGrace(60_000).advanceBy(30_000),
      unlimited: UnlimitedWindows.of(),
      sliding: SlidingWindows.ofTimeDifferenceWithNoGrace(60_000),
    }).flatMap(([name, windows]): [string, Define][] => [
      [
        `initializer of ${name} windows`,
        (inputs) => {
          windowed(inputs)
            .windowedBy(windows)
            .aggregate(late, (_key, value) => value, Materialized.with(Serdes.string(), Serdes.string()))
        },
      ],
      [
        `aggregator of ${name} windows`,
        (inputs) => {
          windowed(inputs)
            .windowedBy(windows)
            .aggregate(() => 'a', late, Materialized.with(Serdes.string(), Serdes.string()))
        },
      ],
      [`reducer of ${name} windows`, (inputs) => void windowed(inputs).windowedBy(windows).reduce(late)],
    ]),
  ),
  'initializer of sessions': (inputs) => {
    windowed(inputs)
      .windowedBy(sessions)
      .aggregate(
        late,
        (_key, value) => value,
        (_key, left) => left,
        stored,
      )
  },
  'aggregator of sessions': (inputs) => {
    windowed(inputs)
      .windowedBy(sessions)
      .aggregate(
        () => 'a',
        late,
        (_key, left) => left,
        stored,
      )
  },
  'merger of sessions': (inputs) => {
    windowed(inputs)
      .windowedBy(sessions)
      .aggregate(
        () => 'a',
        (_key, value) => value,
        late,
        Materialized.with(Serdes.string(), Serdes.string()),
      )
  },
  'reducer of sessions': (inputs) => void windowed(inputs).windowedBy(sessions).reduce(late),
  'joiner of streams': ({ stream, other }) => stream.join(other, late, near),
  'left joiner of streams': ({ stream, other }) => stream.leftJoin(other, late, near),
  'outer joiner of streams': ({ stream, other }) => stream.outerJoin(other, late, near),
  'joiner of a stream with itself': ({ stream }) => stream.join(stream, late, near),
  'joiner of stream and table': ({ stream, table }) => stream.join(table, late),
  'left joiner of stream and table': ({ stream, table }) => stream.leftJoin(table, late),
  'joiner with a global table': ({ builder, stream }) =>
    stream.leftJoin(builder.globalTable('global', strings()), (key) => key, late),
  'key mapper of a join with a global table': ({ builder, stream }) =>
    stream.leftJoin(builder.globalTable('global', strings()), late, (value) => value),
  'filter of a table': ({ table }) => table.filter(late),
  'filterNot of a table': ({ table }) => table.filterNot(late),
  'mapValues of a table': ({ table }) => table.mapValues(late),
  'stored mapValues of a table': ({ table }) => table.mapValues(late, rows('s')),
  'mapValues read by a join': ({ stream, table }) => stream.join(table.mapValues(late), (value) => value),
  'transform of a table': ({ table }) => table.transformValues(() => ({ transform: late })),
  'key mapper of toStream': ({ table }) => void table.toStream(late),
  'grouping of a table': ({ table }) => table.groupBy(late, grouped()).count(),
  'key of the grouping of a table': ({ table }) =>
    table.groupBy((_key, value) => [late() as string, value] as const, grouped()).count(),
  'adder of a table': ({ table }) =>
    table
      .groupBy((key, value) => [key, value] as const, grouped())
      .aggregate(() => 'a', late, late, rows('s')),
  'subtractor of a table': ({ table }) =>
    table
      .groupBy((key, value) => [key, value] as const, grouped())
      .aggregate(
        () => 'a',
        (_key, value) => value,
        late,
        rows('s'),
      ),
  'initializer of a table': ({ table }) =>
    table
      .groupBy((key, value) => [key, value] as const, grouped())
      .aggregate(
        late,
        (_key, value) => value,
        (_key, value) => value,
        rows('s'),
      ),
  'adder of a reduced table': ({ table }) =>
    table.groupBy(() => ['one', 'v'] as const, grouped()).reduce(late, (aggregate) => aggregate, rows('s')),
  'joiner of tables': ({ table, second }) => table.join(second, late),
  'left joiner of tables': ({ table, second }) => table.leftJoin(second, late),
  'outer joiner of tables': ({ table, second }) => table.outerJoin(second, late),
  'foreign key': ({ table, second }) => table.join(second, late, (left) => left),
  'joiner by foreign key': ({ table, second }) => table.leftJoin(second, (value) => value, late),
  'partitioner by foreign key': ({ table, second }) =>
    table.leftJoin(
      second,
      (value) => value,
      (left) => left,
      TableJoined.with<string, string>(null, late),
    ),
  'mapValues above a suppression': ({ table }) =>
    table.mapValues(late, stored).suppress(Suppressed.untilTimeLimit(0, BufferConfig.unbounded())),
  'timestamp extractor': ({ builder }) =>
    builder.stream('third', Consumed.with(Serdes.string(), Serdes.string(), late)),
  'device times': ({ builder }) =>
    builder.stream(
      'third',
      Consumed.with(Serdes.string(), Serdes.string(), correctedTimestampExtractor(late)),
    ),
  'key deserializer': ({ builder }) => builder.stream('third', Consumed.with(lateSerde, Serdes.string())),
  'value deserializer': ({ builder }) => builder.stream('third', Consumed.with(Serdes.string(), lateSerde)),
  'key serializer': ({ stream }) => stream.to('out', Produced.with(lateSerde, Serdes.string())),
  'value serializer': ({ stream }) => stream.to('out', Produced.with(Serdes.string(), lateSerde)),
  'serde of a store': (inputs) =>
    windowed(inputs).count(Materialized.with(lateSerde, Serdes.int64())).toStream() as never,
  'value serde of a store': (inputs) =>
    windowed(inputs).reduce((_a, b) => b, Materialized.with(Serdes.string(), lateSerde)),
  process: ({ stream }) => stream.process<string, string>(() => ({ process: late })),
  'async generator as process': ({ stream }) =>
    stream.process<string, string>(() => ({
      process: async function* () {
        await setImmediate()
        yield 'x'
      } as never,
    })),
  processValues: ({ stream }) => stream.processValues<string>(() => ({ process: late })),
  'forward of a value': ({ stream }) =>
    stream.process<string, string>(() => {
      let context: ProcessorContext<string, string>
      return {
        init: (given) => void (context = given),
        process: (record) => context.forward(record.withValue(late() as string)),
      }
    }),
  'forward of a key': ({ stream }) =>
    stream.process<string, string>(() => {
      let context: ProcessorContext<string, string>
      return {
        init: (given) => void (context = given),
        process: ({ value, timestamp }) => context.forward({ key: late() as string, value, timestamp }),
      }
    }),
  'put of a value': ({ builder, stream }) => {
    const store = Stores.inMemoryKeyValueStore('kv')
    builder.addStateStore(Stores.keyValueStoreBuilder(store, Serdes.string(), Serdes.json<unknown>()))
    return stream.process<string, string>(() => {
      let kv: KeyValueStore<string, unknown>
      return {
        init: (context) => void (kv = context.getStateStore('kv')),
        process: ({ key }) => kv.put(key, late()),
      }
    }, 'kv')
  },
  'stream-time punctuator': ({ stream }) =>
    stream.process<string, string>(() => ({
      init: (context) => void context.schedule(10, 'STREAM_TIME', late),
      process: () => undefined,
    })),
}

/** Pipes one record after the other into all topics; gives the first error. */
function run(define: Define, config: StreamsConfig = {}): { error: Error | null; out: readonly string[] } {
  const builder = new StreamsBuilder()
  const inputs: Inputs = {
    builder,
    stream: builder.stream('in', strings()),
    other: builder.stream('other', strings()),
    table: builder.table('table', strings()),
    second: builder.table('second', strings()),
  }
  const result = define(inputs)
  const stream = result instanceof KTable ? result.toStream() : result
  if (stream instanceof KStream) stream.to('out', json() as never)
  using driver = new TopologyTestDriver(builder.build(), { 'application.id': 'app', ...config }, 0)
  const topics = ['second', 'table', 'other', 'in', 'third', 'global'].flatMap((topic) => {
    const isRead = builder.build().describe().toString().includes(topic)
    return isRead ? [driver.createInputTopic(topic, Serdes.string(), Serdes.string())] : []
  })
  let error: Error | null = null
  for (const [time, key, value] of [
    [0, 'a', 'a'],
    [5, 'b', 'a'],
    [90, 'a', 'b'],
  ] as const) {
    for (const topic of topics) {
      try {
        topic.pipeInput(key, value, time)
      } catch (thrown) {
        if ((thrown as Error).message.startsWith('Unknown topic')) continue
        error ??= thrown as Error
      }
    }
  }
  const out = driver.createOutputTopic('out', Serdes.bytes(), Serdes.string()).readValuesToList()
  return { error, out: out.map(String) }
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error
}

const lenient: StreamsConfig = {
  'processing.exception.handler': new LogAndContinueProcessingExceptionHandler(),
  'deserialization.exception.handler': new LogAndContinueExceptionHandler(),
  'production.exception.handler': { handleSerializationError: () => HandlerResponse.resume() },
}

describe('a promise is refused at once, whatever the exception handlers say,', () => {
  for (const [name, define] of Object.entries(operators)) {
    test(`from: ${name}`, async () => {
      for (const config of [{}, lenient]) {
        const { error, out } = run(define, config)
        assert.ok(error !== null, 'nothing was thrown')
        const { message } = rootOf(error)
        assert.match(message, /^(?:Processor \S+: )?.+ returned a promise\. Operators are synchronous: /)
        assert.match(`${error.message} ${message}`, /K(?:STREAM|TABLE)-|split-|-sink|-Subscription/)
        // What other records gave may have come out, never anything made of a promise.
        assert.deepEqual(
          out.filter((value) => !/^(?:null|\d*|"[abv]"|.{8})$/s.test(value)),
          [],
        )
      }
      // An unhandled rejection would fail the test.
      await setImmediate()
    })
  }
})

const context = (define: (context: ProcessorContext<string, string>) => void) => (): void => {
  const builder = new StreamsBuilder()
  builder.stream('in', strings()).process<string, string>(() => ({
    init: define,
    process: () => undefined,
  }))
  new TopologyTestDriver(builder.build(), {}, 0).close()
}

const building: Readonly<Record<string, () => unknown>> = {
  'a processor supplier': () => new StreamsBuilder().stream('in', strings()).process(late),
  'a values processor supplier': () => new StreamsBuilder().stream('in', strings()).processValues(late),
  'stores() of a supplier': () =>
    new StreamsBuilder()
      .stream('in', strings())
      .process({ get: () => ({ process: () => undefined }), stores: late }),
  'the consumer of a branch': () =>
    new StreamsBuilder()
      .stream('in', strings())
      .split()
      .branch(() => true, Branched.withConsumer(late)),
  'the function of a branch': () =>
    new StreamsBuilder()
      .stream('in', strings())
      .split()
      .branch(() => true, Branched.withFunction(late)),
  init: context(late),
  close: () => {
    const builder = new StreamsBuilder()
    builder.stream('in', strings()).process(() => ({ process: () => undefined, close: late }))
    new TopologyTestDriver(builder.build(), {}, 0).close()
  },
  'init of a transformer': () => {
    const builder = new StreamsBuilder()
    builder.table('in', strings()).transformValues(() => ({ init: late, transform: (_key, value) => value }))
    new TopologyTestDriver(builder.build(), {}, 0).close()
  },
  'the supplier of a transformer': () => {
    const builder = new StreamsBuilder()
    builder.table('in', strings()).transformValues(late)
    new TopologyTestDriver(builder.build(), {}, 0).close()
  },
  'configure() of a handler': () =>
    new TopologyTestDriver(new StreamsBuilder().build(), {}, 0).close() ??
    run(({ stream }) => stream, {
      'processing.exception.handler': { configure: late, handleError: () => HandlerResponse.fail() },
    }),
  'a wall-clock punctuator': () => {
    const builder = new StreamsBuilder()
    builder.stream('in', strings()).process<string, string>(() => ({
      init: (given) => void given.schedule(10, 'WALL_CLOCK_TIME', late),
      process: () => undefined,
    }))
    using driver = new TopologyTestDriver(builder.build(), lenient, 0)
    driver.advanceWallClockTime(10)
  },
  'the serializer of an input topic': () => {
    const builder = new StreamsBuilder()
    builder.stream('in', strings())
    using driver = new TopologyTestDriver(builder.build(), {}, 0)
    driver.createInputTopic('in', Serdes.string(), lateSerde).pipeInput('a', 'x', 0)
  },
}

describe('a promise is refused', () => {
  for (const [name, act] of Object.entries(building)) {
    test(`from: ${name}`, async () => {
      assert.throws(act, (error: Error) =>
        /returned a promise\. Operators are synch/.test(rootOf(error).message),
      )
      await setImmediate()
    })
  }
})

describe('an exception handler that gives a promise, or no answer, stops the task', () => {
  const failing: Define = ({ stream }) =>
    stream.mapValues((): string => {
      throw new RangeError('broken')
    })
  const handlers: Readonly<Record<string, readonly [Define, (answer: () => never) => StreamsConfig]>> = {
    processing: [failing, (handleError) => ({ 'processing.exception.handler': { handleError } })],
    deserialization: [
      ({ builder }) => builder.stream('third', Consumed.with(Serdes.string(), Serdes.int64())),
      (handleError) => ({ 'deserialization.exception.handler': { handleError } }),
    ],
    production: [
      ({ stream }) => stream.to('out', Produced.with(Serdes.string(), Serdes.int64() as never)),
      (handleSerializationError) => ({ 'production.exception.handler': { handleSerializationError } }),
    ],
  }
  for (const [name, [define, config]] of Object.entries(handlers)) {
    test(name, () => {
      const asynchronous = run(define, config(late)).error
      assert.match(rootOf(asynchronous as Error).message, /returned a promise/)
      for (const answer of [null, undefined, {}, 'RESUME', { result: 'GO_ON', deadLetterQueueRecords: [] }]) {
        const { error } = run(define, config((() => answer) as never))
        assert.match(rootOf(error as Error).message, /^Invalid \w+ExceptionHandler response/)
      }
    })
  }
})

test('values that are no promises pass, whatever they look like', () => {
  for (const value of [JSON.parse('{"then":1}'), JSON.parse('{"then":null}'), [], 0, '', null] as unknown[]) {
    const { error, out } = run(({ stream }) => stream.mapValues(() => value))
    assert.equal(error, null)
    assert.deepEqual(out, Array<string>(3).fill(JSON.stringify(value)))
  }
})
