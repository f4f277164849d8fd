/** Compiled, never run: the types of operators that `streams.type-test.ts` leaves out. */
import type { KGroupedTable, KStream, KTable, Windowed } from './index.ts'
import {
  BufferConfig,
  Consumed,
  EmitStrategy,
  JoinWindows,
  KeyValue,
  Materialized,
  Named,
  Printed,
  Produced,
  Serdes,
  SessionWindows,
  StreamsBuilder,
  Suppressed,
  TimeWindows,
  Topology,
} from './index.ts'

interface Click {
  readonly page: string
  readonly at: number
}

/** Exactly the same type: neither wider nor narrower. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? A : never
/** Compiles only if the argument's type is T itself. */
const is = <T>() => ({ of: <A extends T>(_value: Same<A, T>): void => {} })

const builder = new StreamsBuilder()
const clicks = builder.stream('clicks', Consumed.with(Serdes.string(), Serdes.json<Click>()))
const names = builder.table('names', Consumed.with(Serdes.string(), Serdes.string()))
const sizes = builder.table('sizes', Consumed.with(Serdes.int64(), Serdes.integer()))
const pages = builder.globalTable('pages', Consumed.with(Serdes.string(), Serdes.double()))
const windows = JoinWindows.ofTimeDifferenceWithNoGrace(1000)

/** Operators that end a path, look, or split. */
export function endsAndBranches(): void {
  is<KStream<string, Click>>().of(clicks.filterNot((key, click) => key === click.page))
  is<KStream<string, Click>>().of(clicks.peek((key, click) => is<[string, Click]>().of([key, click])))
  clicks.foreach((key, click) => is<[string, Click]>().of([key, click]))
  clicks.print(Printed.toSysOut<string, Click>().withKeyValueMapper((key, click) => key + click.page))
  clicks.to((key, click, context) => `${key}-${click.page}-${context.topic}`)
  const branches = clicks.split(Named.as('by-')).branch((key, click) => key === click.page)
  is<KStream<string, Click> | undefined>().of(branches.defaultBranch().get('by-0'))
  // @ts-expect-error a predicate of a branch gets a key and a click
  clicks.split().branch((key: bigint) => key > 0n)
  // @ts-expect-error what is printed are clicks
  clicks.print(Printed.toSysOut<string, number>())
  // @ts-expect-error a topic is a text
  clicks.to((_key, click) => click.at)
  // @ts-expect-error a peek at clicks
  clicks.peek((_key, click: string) => click)
}

/** Aggregations of sessions and cogroups, and what may hold their results back. */
export function windowsOfMany(): void {
  const grouped = clicks.groupByKey()
  const add = (_key: string, click: Click, total: number): number => total + click.at
  const join = (_key: string, name: string, total: number): number => total + name.length
  const both = grouped.cogroup(add).cogroup(names.toStream().groupByKey(), join)
  is<KTable<string, number>>().of(both.aggregate(() => 0))
  const minutes = both.windowedBy(TimeWindows.ofSizeWithNoGrace(60_000))
  is<KTable<Windowed<string>, number>>().of(minutes.aggregate(() => 0))
  const visits = both.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(60_000))
  is<KTable<Windowed<string>, number>>().of(
    visits.aggregate(
      () => 0,
      (_key, a, b) => a + b,
    ),
  )
  const sessions = grouped.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(10))
  const last = sessions.emitStrategy(EmitStrategy.onWindowClose()).reduce((_a, b) => b)
  is<KTable<Windowed<string>, Click>>().of(last)
  is<KTable<Windowed<string>, bigint>>().of(sessions.count())
  is<KTable<string, string>>().of(names.suppress(Suppressed.untilTimeLimit(10, BufferConfig.maxRecords(1))))
  // @ts-expect-error only windowed tables have windows that close
  names.suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
  // @ts-expect-error a buffer that may emit early gives no final results
  last.suppress(Suppressed.untilWindowCloses(BufferConfig.maxRecords(1)))
  // @ts-expect-error a cogroup adds what its group holds
  grouped.cogroup(add).cogroup(names.toStream().groupByKey(), add)
  const sizeByNumber = sizes.toStream().groupByKey()
  // @ts-expect-error groups of one cogroup have one type of keys
  grouped.cogroup(add).cogroup(sizeByNumber, join)
  // @ts-expect-error sessions of a cogroup merge
  visits.aggregate(() => 0)
  // @ts-expect-error a table of texts is not kept as numbers
  sessions.reduce((_a, b) => b, Materialized.with(Serdes.string(), Serdes.integer()))
}

/** Joins that may miss a side. */
export function missingSides(): void {
  const texts = clicks.mapValues((click) => click.page)
  is<KStream<string, string>>().of(
    clicks.leftJoin(texts, (click, text) => click.page + (text ?? ''), windows),
  )
  is<KStream<string, number>>().of(
    clicks.outerJoin(texts, (click, text) => (click?.at ?? 0) + (text?.length ?? 0), windows),
  )
  is<KStream<string, number>>().of(
    clicks.leftJoin(
      pages,
      (_key, click) => click.page,
      (click, weight) => click.at * (weight ?? 1),
    ),
  )
  is<KTable<string, number>>().of(
    names.leftJoin(
      sizes,
      (name) => BigInt(name.length),
      (name, size) => name.length + (size ?? 0),
    ),
  )
  is<KTable<string, string>>().of(names.outerJoin(names, (left, right) => (left ?? '') + (right ?? '')))
  clicks.leftJoin(
    pages,
    (_key, click) => click.page,
    // @ts-expect-error a page may be unknown
    (click, weight) => click.at * weight,
  )
  names.leftJoin(
    sizes,
    (name) => BigInt(name.length),
    // @ts-expect-error a foreign row may be missing
    (_name, size) => size.toFixed(),
  )
  // @ts-expect-error tables of different key types have no outer join
  names.outerJoin(sizes, (left, right) => `${left}${right}`)
  // @ts-expect-error streams of different key types have no outer join
  clicks.outerJoin(sizes.toStream(), (click, size) => `${click?.page}${size}`, windows)
}

/** Tables. */
export function tables(): void {
  is<KStream<string, string>>().of(names.toStream())
  is<KStream<number, string>>().of(names.toStream((_key, name) => name.length))
  is<KTable<string, string>>().of(names.filterNot((_key, name) => name === ''))
  is<KTable<string, number>>().of(
    names.transformValues(() => ({ transform: (_key: string, name: string | null) => name?.length ?? null })),
  )
  is<KGroupedTable<number, string>>().of(names.groupBy((key, name) => KeyValue.pair(name.length, key)))
  is<KTable<string, Click>>().of(clicks.toTable(Materialized.with(Serdes.string(), Serdes.json<Click>())))
  // @ts-expect-error a table of clicks is not kept as texts
  clicks.toTable(Materialized.with(Serdes.string(), Serdes.string()))
  // @ts-expect-error the changes are texts
  names.toStream().to('out', Produced.with(Serdes.string(), Serdes.int64()))
  const texts = Consumed.with(Serdes.string(), Serdes.string())
  // @ts-expect-error a table has the serdes of its topic
  builder.table('t', texts, Materialized.with(Serdes.int64(), Serdes.string()))
}

/** The Processor API. */
export function processors(): void {
  is<KStream<string, number>>().of(
    clicks.processValues<number>(() => ({
      init(context) {
        // @ts-expect-error forwarded values have the new type
        context.forward({ key: 'a', value: 'b', timestamp: 0 })
      },
      process(record) {
        is<Click>().of(record.value)
        // @ts-expect-error the key is not to be changed
        record.withKey('other')
      },
    })),
  )
  new Topology()
    .addSource('source', 'in', { keySerde: Serdes.string(), valueSerde: Serdes.string().deserializer })
    .addProcessor<string, string, string, number>(
      'lengths',
      () => ({
        process(record) {
          is<string>().of(record.value)
        },
      }),
      'source',
    )
    .addSink(
      'sink',
      (key: string, value: number) => key + value.toFixed(),
      { keySerde: Serdes.string() },
      'lengths',
    )
  // @ts-expect-error a default serde is a serde
  builder.build({ 'default.key.serde': Serdes.string().serializer })
  builder.build({ 'default.key.serde': Serdes.string(), 'default.value.serde': Serdes.json() })
}
