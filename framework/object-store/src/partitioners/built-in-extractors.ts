import { TIME_BASED_PARTITIONER } from '../confluent/partitioner-keys.ts'
import { fieldExtractor } from './make-extractor.ts'
import { partitionerConfig } from './partitioner-config.ts'
import {
  recordExtractor,
  type TimestampExtractor,
  type TimestampExtractorPlugin,
  wallclockExtractor,
} from './timestamp-extractor.ts'

/** The extractors Spillway brings, by Confluent's short names and Java's classes. */
export const builtInExtractors: readonly TimestampExtractorPlugin[] = [
  {
    ...named('Wallclock', 'The wall clock, once per batch.', () => wallclockExtractor),
    isWallClock: true,
  },
  named('Record', 'The timestamp of the record itself.', () => recordExtractor),
  named('RecordField', 'A field of the value: `timestamp.field`.', ({ raw }) => {
    const config = partitionerConfig.parse(raw)
    return fieldExtractor('timestamp.field', config['timestamp.field'], config)
  }),
]

function named(
  name: string,
  doc: string,
  create: (settings: Parameters<TimestampExtractorPlugin['create']>[0]) => TimestampExtractor,
): TimestampExtractorPlugin {
  const className = `${TIME_BASED_PARTITIONER}$${name}TimestampExtractor`
  return { kind: 'timestamp_extractor', className, aliases: [name], doc, create }
}
