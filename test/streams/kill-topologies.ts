import {
  EmitStrategy,
  Grouped,
  Materialized,
  Serdes,
  SessionWindows,
  TableJoined,
  TimeWindows,
  type StreamsBuilder,
} from '../../transforms/streams/src/index.ts'
import {
  type CaseTopology,
  dsl,
  windowText,
} from '../../transforms/streams/src/conformance/topologies/case-topology.ts'

const hourMs = 60 * 60 * 1000
const grouped = (name: string) => Grouped.as<string, string>(name)

/**
 * Which of 48 numbers were seen: a record that is processed twice changes nothing, one that is lost is missed. Values begin with
 * their number.
 */
const seen = (_key: string, value: string, mask: string): string => {
  const bit = 1n << (BigInt(value.split(' ')[0] as string) % 48n)
  return (BigInt(`0x${mask}`) | bit).toString(16)
}
const seenByBoth = (_key: string, left: string, right: string): string =>
  (BigInt(`0x${left}`) | BigInt(`0x${right}`)).toString(16)

/** Counts, which may be too high after a crash, and the numbers of lines with a word, which may not. */
function wordCount(builder: StreamsBuilder): void {
  const words = builder.stream<string, string>('lines').flatMap((_key, line): [string, string][] => {
    const [number, ...found] = line.split(' ')
    return found.map((word) => [word, `${number}`])
  })
  words
    .groupByKey(grouped('words'))
    .count(Materialized.as('counts'))
    .toStream()
    .mapValues(String)
    .to('word-counts')
  words
    .groupBy((word, number) => `${word}/${Math.floor(Number(number) / 48)}`, grouped('words-of-lines'))
    .aggregate(() => '0', seen, Materialized.as('lines-of-words'))
    .toStream()
    .to('word-lines')
}

function windowsBehindRekey(builder: StreamsBuilder): void {
  builder
    .stream<string, string>('events')
    .selectKey((_key, value) => value.split(' ')[1] as string)
    .groupByKey(grouped('by-kind'))
    .windowedBy(TimeWindows.ofSizeAndGrace(1_000, 24 * hourMs))
    .aggregate(() => '0', seen, Materialized.as<string, string>('windows'))
    .toStream(windowText)
    .to('windowed')
}

function joins(builder: StreamsBuilder): void {
  const join = (left: string, right: string): string => `${left}+${right}`
  builder
    .stream<string, string>('clicks')
    .join(builder.table<string, string>('users', Materialized.as('users')), join)
    .selectKey((_user, value) => value.split(' ')[0] as string)
    .to('joined')
  builder
    .table<string, string>('orders', Materialized.as('orders'))
    .leftJoin(
      builder.table<string, string>('customers', Materialized.as('customers')),
      (order) => order.split(' ')[1] as string,
      (order, customer) => join(order, customer ?? 'nobody'),
      TableJoined.as<string, string>('fk'),
    )
    .toStream()
    .to('ordered')
}

function finalSessions(builder: StreamsBuilder): void {
  builder
    .stream<string, string>('visits')
    .groupByKey()
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(300, 100))
    .emitStrategy(EmitStrategy.onWindowClose())
    .aggregate(() => '0', seen, seenByBoth, Materialized.as<string, string>('sessions'))
    .toStream(windowText)
    .to('sessions-closed')
}

/** What the kill test runs. */
export const killTopologies: Readonly<Record<string, CaseTopology>> = {
  everything: dsl((builder) => {
    wordCount(builder)
    windowsBehindRekey(builder)
    joins(builder)
    finalSessions(builder)
  }),
  steady: dsl((builder) => {
    builder
      .stream<string, string>('ticks')
      .groupByKey()
      .count(Materialized.with<string, bigint>(Serdes.string(), Serdes.int64()))
      .toStream()
      .mapValues(String)
      .to('tocks')
  }),
}
