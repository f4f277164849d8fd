import { Grouped, KeyValue, Materialized, Serdes, TimeWindows } from '../../index.ts'
import type { CaseTopology } from './case-topology.ts'
import { dsl, hourMs, windowText } from './case-topology.ts'

/** Aggregations of streams and tables. */
export const aggregationCases: Readonly<Record<string, CaseTopology>> = {
  '20-groupbykey-count': dsl((builder) => {
    builder.stream<string, string>('in').groupByKey().count(Materialized.as('counts')).toStream().to('out')
  }),
  '22-groupbykey-aggregate': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .groupByKey()
      .aggregate(
        () => '',
        (key, value, aggregate) => (value === 'reset' ? null : `${aggregate}${key}=${value};`),
        Materialized.as('agg'),
      )
      .toStream()
      .to('out')
  }),
  '24-ktable-groupby-count-reduce': dsl((builder) => {
    const table = builder.table<string, string>('in')
    table
      .groupBy(
        (_key, value) => KeyValue.pair((value === 'none' ? null : value) as string, value),
        Grouped.as<string, string>('g1'),
      )
      .count(Materialized.as('c'))
      .toStream()
      .to('counts')
    table
      .groupBy((_key, value) => ['all', value], Grouped.as<string, string>('g2'))
      .reduce(
        (aggregate, value) => `${aggregate}+${value}`,
        (aggregate, value) => `${aggregate}-${value}`,
      )
      .toStream()
      .to('reduced')
  }),
  '26-cogroup-windowed': dsl((builder) => {
    const a = builder.stream<string, string>('a').groupByKey()
    const b = builder.stream<string, string>('b').groupByKey()
    a.cogroup<string>((_key, value, aggregate) => `${aggregate}A${value}`)
      .cogroup(b, (_key, value, aggregate) => `${aggregate}B${value}`)
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
      .aggregate(() => '', Materialized.with<string, string>(null, null).withRetention(hourMs))
      .toStream(windowText)
      .to('out')
  }),
  '28-totable-tostream': dsl((builder) => {
    builder.stream<string, string>('in').toTable(Materialized.as('tbl')).toStream().to('out')
  }),
  '46-windowed-table-regroup': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace(10, 100))
      .count(Materialized.with<string, bigint>(null, null).withRetention(hourMs))
      .groupBy(
        (windowed, count) => [`w${windowed.start}`, count],
        Grouped.with(null, Serdes.int64(), 'per-window'),
      )
      .aggregate(
        () => 0n,
        (_key, count, aggregate) => aggregate + count,
        (_key, count, aggregate) => aggregate - count,
        Materialized.with<string, bigint>(null, Serdes.int64()),
      )
      .toStream()
      .to('out')
  }),
  '94-exactly-once-same-results': dsl((builder) => {
    builder.stream<string, string>('in').groupByKey().count().toStream().to('out')
  }),
}
