import {
  Branched,
  Consumed,
  Grouped,
  JoinWindows,
  Joined,
  Materialized,
  Named,
  Produced,
  Stores,
  StreamJoined,
  TableJoined,
  TimeWindows,
} from '../../index.ts'
import type { CaseTopology } from './case-topology.ts'
import { dsl, hourMs, joinText, windowText } from './case-topology.ts'

const window = JoinWindows.ofTimeDifferenceAndGrace(10, 5)
const joinNamed = (name: string) => StreamJoined.as<string, string, string>(name).withName(name)
const named = joinNamed('j')

/** The foreign key is what comes before the colon. */
const foreignKey = (value: string): string | null => {
  const key = value.split(':')[0] as string
  return key === 'null' ? null : key
}

/** Joins of streams and tables. */
export const joinCases: Readonly<Record<string, CaseTopology>> = {
  '50-stream-stream-inner': dsl((builder) => {
    builder
      .stream<string, string>('l')
      .join(builder.stream<string, string>('r'), joinText, window, named)
      .to('out')
  }),
  '51-stream-stream-left': dsl((builder) => {
    builder
      .stream<string, string>('l')
      .leftJoin(builder.stream<string, string>('r'), joinText, window, named)
      .to('out')
  }),
  '52-stream-stream-outer': dsl((builder) => {
    builder
      .stream<string, string>('l')
      .outerJoin(builder.stream<string, string>('r'), joinText, window, named)
      .to('out')
  }),
  '54-stream-stream-null-keys-values': dsl((builder) => {
    const left = builder.stream<string, string>('l')
    const right = builder.stream<string, string>('r')
    const noGrace = JoinWindows.ofTimeDifferenceWithNoGrace(10)
    left.join(right, joinText, noGrace, joinNamed('ji')).to('inner')
    left.leftJoin(right, joinText, noGrace, joinNamed('jl')).to('left')
    left.outerJoin(right, joinText, noGrace, joinNamed('jo')).to('outer')
  }),
  '56-stream-stream-self-unoptimized': dsl((builder) => {
    const stream = builder.stream<string, string>('in')
    const noGrace = JoinWindows.ofTimeDifferenceWithNoGrace(10)
    stream.join(stream, (left, right) => left + right, noGrace, joinNamed('self')).to('out')
  }),
  '58-stream-table-inner-left': dsl((builder) => {
    const stream = builder.stream<string, string>('s')
    const table = builder.table<string, string>('t')
    stream.join(table, joinText).to('inner')
    stream.leftJoin(table, joinText).to('left')
  }),
  '60-stream-table-grace': dsl((builder) => {
    const versioned = Materialized.as<string, string>(Stores.persistentVersionedKeyValueStore('vt', 100))
    const table = builder.table<string, string>('t', versioned)
    const joined = Joined.as<string, string, string>('g').withGracePeriod(10)
    builder.stream<string, string>('s').leftJoin(table, joinText, joined).to('out')
  }),
  '62-table-table-inner': dsl((builder) => {
    builder.table<string, string>('l').join(builder.table<string, string>('r'), joinText).toStream().to('out')
  }),
  '64-table-table-outer': dsl((builder) => {
    builder
      .table<string, string>('l')
      .outerJoin(builder.table<string, string>('r'), joinText, Materialized.as('joined'))
      .toStream()
      .to('out')
  }),
  '66-foreign-key-inner': dsl((builder) => {
    builder
      .table<string, string>('l')
      .join(builder.table<string, string>('r'), foreignKey, joinText, TableJoined.as<string, string>('fkj'))
      .toStream()
      .to('out')
  }),
  '68-enrich-and-count': dsl((builder) => {
    builder
      .stream<string, string>('clicks')
      .leftJoin(builder.table<string, string>('profiles'), (page, country) => `${country ?? '?'}|${page}`)
      .groupBy((_key, value) => value.split('|')[0] as string, Grouped.as<string, string>('by-country'))
      .windowedBy(TimeWindows.ofSizeWithNoGrace(1000))
      .count(Materialized.with<string, bigint>(null, null).withRetention(hourMs))
      .toStream(windowText)
      .to('out')
  }),
  '90-two-aggregations-unoptimized': dsl((builder) => {
    const stream = builder.stream<string, string>('in').selectKey((_key, value) => value[0] as string)
    stream.groupByKey().count(Materialized.as('c1')).toStream().to('out1')
    stream
      .groupByKey()
      .reduce((a, b) => a + b, Materialized.as('r1'))
      .toStream()
      .to('out2')
    builder.table<string, string>('t', Materialized.as('tt')).toStream().to('out3')
  }),
  '92-named-operators': namedOperators(),
}

function namedOperators(): CaseTopology {
  return dsl((builder) => {
    const stream = builder.stream<string, string>('in', Consumed.as('source'))
    stream
      .filter((_key, value) => value !== '', Named.as('keep'))
      .selectKey((_key, value) => value[0] as string, Named.as('rekey'))
      .groupByKey(Grouped.as('grp'))
      .count(Named.as('counting'), Materialized.as('cnt'))
      .toStream(Named.as('to-s'))
      .to('out', Produced.as('sink'))
    const branches = stream
      .split(Named.as('split-'))
      .branch((_key, value) => value.startsWith('x'), Branched.as('x'))
      .defaultBranch(Branched.as('y'))
    branches
      .get('split-x')
      ?.join(
        builder.table<string, string>('t', Consumed.as('t-src'), Materialized.as('t-store')),
        (left, right) => left + right,
        Joined.as<string, string, string>('enrich'),
      )
      .to('out-x', Produced.as('sink-x'))
    branches
      .get('split-y')
      ?.join(
        builder.stream<string, string>('o', Consumed.as('o-src')),
        (left, right) => left + right,
        JoinWindows.ofTimeDifferenceWithNoGrace(10),
        StreamJoined.as<string, string, string>('sj-store').withName('sj'),
      )
      .to('out-y', Produced.as('sink-y'))
  })
}
