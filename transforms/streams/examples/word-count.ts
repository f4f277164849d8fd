/** Word count: lines of text become a table of how often each word came. `node transforms/streams/examples/word-count.ts` */
import type { Topology } from '@spillway/streams'
import {
  Consumed,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
  TopologyTestDriver,
} from '@spillway/streams'

export function wordCount(): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream('lines', Consumed.with(Serdes.string(), Serdes.string()))
    .flatMapValues((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
    .groupBy((_key, word) => word, Grouped.with(Serdes.string(), Serdes.string()))
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .to('word-counts', Produced.with(Serdes.string(), Serdes.int64()))
  return builder.build()
}

if (import.meta.main) {
  const topology = wordCount()
  console.log(topology.describe().toString())
  using driver = new TopologyTestDriver(topology)
  const lines = driver.createInputTopic('lines', Serdes.string(), Serdes.string())
  const counts = driver.createOutputTopic('word-counts', Serdes.string(), Serdes.int64())
  lines.pipeInput('1', 'The sea is wide')
  lines.pipeInput('2', 'and the sea is deep')
  for (const { key, value } of counts.readKeyValuesToList()) console.log(`${key}: ${value}`)
}
