import {
  BufferConfig,
  EmitStrategy,
  Materialized,
  SessionWindows,
  SlidingWindows,
  Suppressed,
  TimeWindows,
} from '../../index.ts'
import type { KGroupedStream, StreamsBuilder } from '../../index.ts'
import type { CaseTopology } from './case-topology.ts'
import { dsl, hourMs, windowText } from './case-topology.ts'

const grouped = (builder: StreamsBuilder): KGroupedStream<string, string> =>
  builder.stream<string, string>('in').groupByKey()
const kept = <V>() => Materialized.with<string, V>(null, null).withRetention(hourMs)
const append = (_key: string, value: string, aggregate: string): string => aggregate + value
const mergeText = (_key: string, left: string, right: string): string => `(${left}~${right})`

/** Windows, final results, suppression. */
export const windowCases: Readonly<Record<string, CaseTopology>> = {
  '30-tumbling-count-grace': dsl((builder) => {
    grouped(builder)
      .windowedBy(TimeWindows.ofSizeAndGrace(10, 5))
      .count(Materialized.as<string, bigint>('w').withRetention(hourMs))
      .toStream(windowText)
      .to('out')
  }),
  '32-hopping-aggregate': dsl((builder) => {
    grouped(builder)
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10).advanceBy(4))
      .aggregate(() => '', append, kept<string>())
      .toStream(windowText)
      .to('out')
  }),
  '34-sliding-early-and-late': dsl((builder) => {
    grouped(builder)
      .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(10, 5))
      .aggregate(() => '', append, kept<string>())
      .toStream(windowText)
      .to('out')
  }),
  '36-session-aggregate-late': dsl((builder) => {
    grouped(builder)
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 10))
      .aggregate(() => '', append, mergeText, kept<string>())
      .toStream(windowText)
      .to('out')
  }),
  '38-hopping-emit-final': dsl((builder) => {
    grouped(builder)
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10).advanceBy(5))
      .emitStrategy(EmitStrategy.onWindowClose())
      .aggregate(() => '', append, kept<string>())
      .toStream(windowText)
      .to('out')
  }),
  '40-session-emit-final': dsl((builder) => {
    grouped(builder)
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 3))
      .emitStrategy(EmitStrategy.onWindowClose())
      .count(kept<bigint>())
      .toStream(windowText)
      .to('out')
  }),
  '42-session-suppress-final': dsl((builder) => {
    grouped(builder)
      .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(5))
      .count(kept<bigint>())
      .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
      .toStream(windowText)
      .to('out')
  }),
  '44-suppress-buffer-full-shutdown': dsl((builder) => {
    grouped(builder)
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
      .count(kept<bigint>())
      .suppress(Suppressed.untilWindowCloses(BufferConfig.maxRecords(1).shutDownWhenFull()))
      .toStream(windowText)
      .to('out')
  }),
  '48-quirk-retention-session': dsl((builder) => {
    grouped(builder)
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 10))
      .aggregate(() => '', append, mergeText)
      .toStream(windowText)
      .to('out')
  }),
}
