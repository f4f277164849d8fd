import { rmSync, writeFileSync } from 'node:fs'
import {
  Consumed,
  Grouped,
  Materialized,
  Produced,
  Serdes,
  StreamsBuilder,
  type Topology,
} from '../../transforms/streams/src/index.ts'

/** The value of a record over which whoever comes first is busy, for so many ms. */
export function busyOver(file: string, ms: number): string {
  writeFileSync(file, '')
  return `busy ${ms} ${file}`
}

function beBusyOnce(value: string): void {
  const [, ms = '0', file = ''] = value.split(' ')
  try {
    rmSync(file)
  } catch {
    return
  }
  const until = performance.now() + Number(ms)
  while (performance.now() < until);
}

/** Counts records by key in a store named `counts`, and tells each count. A value `fail` throws. */
export function counting(input: string, output: string): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream(input, Consumed.with(Serdes.string(), Serdes.string()))
    .peek((_key, value) => {
      if (value === 'fail') throw new Error('this record cannot be counted')
      if (value.startsWith('busy ')) beBusyOnce(value)
    })
    .groupByKey(Grouped.with(Serdes.string(), Serdes.string()))
    .count(Materialized.as<string, bigint>('counts'))
    .toStream()
    .mapValues(String)
    .to(output, Produced.with(Serdes.string(), Serdes.string()))
  return builder.build()
}
