/** Runs the application of bench/streams-restore.bench.ts until it is stopped, and tells its parent each second where it stands. */
import {
  Consumed,
  Grouped,
  KafkaStreams,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
} from '@spillway/streams'

/** What the parent is told. */
export interface Standing {
  readonly state: string
  /** Records that restores still lack. */
  readonly left: number
  /** Records that copies of others' stores still lack. */
  readonly standbyLeft: number
  readonly standbys: number
  readonly active: readonly string[]
  /** How often tasks were lost: the group went on without this member. */
  readonly lost: number
  /** Longest time that the event loop stood still since the last message, ms. */
  readonly heldMs: number
}

const [prefix = '', config = '{}'] = process.argv.slice(2)
const builder = new StreamsBuilder()
const string = Serdes.string()
builder
  .stream(`${prefix}counted`, Consumed.with<string, string>(string, string))
  .groupByKey(Grouped.with<string, string>(string, string))
  .count(Materialized.as<string, bigint>('counts'))
  .toStream()
  .to(`${prefix}counts`, Produced.with(string, Serdes.long()))
builder
  .stream(`${prefix}live`, Consumed.with<string, string>(string, string))
  .mapValues((value) => value.toUpperCase())
  .to(`${prefix}lived`, Produced.with(string, string))

let lost = 0
const ignore = (): void => undefined
const warn = (line: string): void => {
  if (/\blost\b|joins the group again/.test(line)) lost++
  console.error(line)
}
const streams = new KafkaStreams(builder.build(), JSON.parse(config) as Record<string, string>, {
  logger: { debug: ignore, info: ignore, warn, error: warn },
})

const sum = (progress: ReturnType<KafkaStreams['standbyProgress']>): number =>
  progress.reduce((left, { position, end }) => left + Number(end > position ? end - position : 0n), 0)
let held = 0
let last = performance.now()
const beat = setInterval(() => {
  held = Math.max(held, performance.now() - last - 20)
  last = performance.now()
}, 20)
const tell = setInterval(() => {
  const threads = streams.metadataForLocalThreads()
  process.send?.({
    state: streams.state(),
    left: sum(streams.restoreProgress()),
    standbyLeft: sum(streams.standbyProgress()),
    standbys: threads.flatMap(({ standbyTasks }) => standbyTasks).length,
    active: threads.flatMap(({ activeTasks }) => activeTasks),
    lost,
    heldMs: Math.round(held),
  } satisfies Standing)
  held = 0
}, 1_000)
process.once('SIGTERM', () => void streams.close())
await streams.start()
await streams.ended()
clearInterval(beat)
clearInterval(tell)
process.disconnect()
