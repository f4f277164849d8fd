import {
  Consumed,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
  type Topology,
} from '../../transforms/streams/src/index.ts'

/** Counts records by key in a store named `counts`, and tells each count. A value `fail` throws. */
export function counting(input: string, output: string): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream(input, Consumed.with(Serdes.string(), Serdes.string()))
    .peek((_key, value) => {
      if (value === 'fail') throw new Error('this record cannot be counted')
    })
    .groupByKey(Grouped.with(Serdes.string(), Serdes.string()))
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .mapValues(String)
    .to(output, Produced.with(Serdes.string(), Serdes.string()))
  return builder.build()
}
