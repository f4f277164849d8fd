import { Branched, Consumed, Named, Repartitioned, TimeWindows, Materialized } from '../../index.ts'
import type { CaseTopology } from './case-topology.ts'
import { dsl, hourMs, windowText } from './case-topology.ts'

/** Stateless operators, routing, headers, timestamps. */
export const statelessCases: Readonly<Record<string, CaseTopology>> = {
  '01-filter-mapvalues': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .filter((_key, value) => value.length > 3)
      .mapValues((value) => value.toUpperCase())
      .filterNot((_key, value) => value.startsWith('X'))
      .to('out')
  }),
  '02-flatmap-flatmapvalues': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .flatMapValues((value) => value.split(' ').filter((word) => word !== ''))
      .flatMap((key, value): [string, string][] =>
        value === 'skip'
          ? []
          : [
              [value, String(value.length)],
              [value[0] as string, `${key}:${value}`],
            ],
      )
      .to('out')
  }),
  '04-split-branch': dsl((builder) => {
    const stream = builder.stream<string, string>('in')
    const branches = stream
      .split(Named.as('by-'))
      .branch((_key, value) => value.startsWith('a'), Branched.as('a'))
      .branch((_key, value) => value.includes('b'), Branched.as('b'))
      .defaultBranch(Branched.as('rest'))
    branches.get('by-a')?.to('out-a')
    branches.get('by-b')?.to('out-b')
    branches.get('by-rest')?.to('out-rest')
    stream
      .split()
      .branch(
        (_key, value) => value.length === 1,
        Branched.withConsumer((branch) => branch.to('out-short')),
      )
      .noDefaultBranch()
  }),
  '06-topic-name-extractor': dsl((builder) => {
    builder.stream<string, string>(['in', 'in2']).to((_key, value, context) => {
      const { type } = JSON.parse(value) as { type: string }
      return context.headers.last('route') ?? `events-${type}${context.topic === 'in2' ? '-alt' : ''}`
    })
  }),
  '08-repartition': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .selectKey((key, value) => (value === null ? key : (value[0] as string)))
      .repartition(Repartitioned.as<string, string>('mine').withNumberOfPartitions(3))
      .mapValues((value) => `${value}!`)
      .repartition()
      .to('out')
  }),
  '10-headers-propagation': dsl((builder) => {
    const stream = builder.stream<string, string>('in')
    stream.mapValues((value) => value + value).to('mapped')
    stream
      .selectKey((_key, value) => value)
      .repartition(Repartitioned.as('r'))
      .to('repartitioned')
    stream
      .groupByKey()
      .reduce((a, b) => a + b)
      .toStream()
      .to('reduced')
    stream.join(builder.table<string, string>('t'), (a, b) => a + b).to('joined')
  }),
  '12-timestamp-extractor': dsl((builder) => {
    const consumed = Consumed.with<string, string>(null, null, (record, partitionTime) => {
      const event = JSON.parse(record.value) as { ts?: number; usePartitionTime?: boolean }
      if (event.ts !== undefined) return event.ts
      return event.usePartitionTime === true ? partitionTime : -1
    })
    builder
      .stream('in', consumed)
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeAndGrace(10, 5))
      .count(Materialized.with<string, bigint>(null, null).withRetention(hourMs))
      .toStream(windowText)
      .to('out')
  }),
}
