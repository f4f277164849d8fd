/**
 * Sessions of a clickstream: the pages a visitor saw with less than half an hour between two clicks, told once per session,
 * when no late click can change it any more. `node transforms/streams/examples/clickstream-sessions.ts`
 */
import type { Topology } from '@spillway/streams'
import {
  Consumed,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  SessionWindows,
  StreamsBuilder,
  Suppressed,
  TopologyTestDriver,
} from '@spillway/streams'

export interface Click {
  readonly page: string
}

export interface Session {
  readonly visitor: string
  readonly start: number
  readonly end: number
  readonly pages: readonly string[]
}

const minute = 60_000
export const clickSerde = Serdes.json<Click>()
export const sessionSerde = Serdes.json<Session>()

export function clickstreamSessions(): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream('clicks', Consumed.with(Serdes.string(), clickSerde))
    .groupByKey(Grouped.with(Serdes.string(), clickSerde))
    .windowedBy(SessionWindows.ofInactivityGapAndGrace(30 * minute, 5 * minute))
    .aggregate(
      (): readonly string[] => [],
      (_visitor, click, pages) => [...pages, click.page],
      (_visitor, before, after) => [...before, ...after],
      Materialized.as<string, readonly string[]>('pages').withValueSerde(Serdes.json<readonly string[]>()),
    )
    .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
    .toStream()
    .map(({ key, start, end }, pages) => [key, { visitor: key, start, end, pages }])
    .to('sessions', Produced.with(Serdes.string(), sessionSerde))
  return builder.build()
}

if (import.meta.main) {
  using driver = new TopologyTestDriver(clickstreamSessions())
  const clicks = driver.createInputTopic('clicks', Serdes.string(), clickSerde)
  const sessions = driver.createOutputTopic('sessions', Serdes.string(), sessionSerde)
  clicks.pipeInput('ada', { page: '/' }, 0)
  clicks.pipeInput('ada', { page: '/shoes' }, 2 * minute)
  clicks.pipeInput('bob', { page: '/hats' }, 10 * minute)
  clicks.pipeInput('ada', { page: '/cart' }, 90 * minute)
  for (const session of sessions.readValuesToList()) console.log(session)
}
