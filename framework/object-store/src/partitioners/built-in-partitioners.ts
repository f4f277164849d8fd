import { ConfigError, TimeBuckets } from '@spillway/api'
import { DefaultPartitioner } from './default-partitioner.ts'
import { FieldPartitioner } from './field-partitioner.ts'
import { makeExtractor } from './make-extractor.ts'
import { MixPartitioner } from './mix-partitioner.ts'
import { type PartitionElement, partitionElement } from './partition-element.ts'
import {
  DAILY_PARTITIONER,
  DEFAULT_PARTITIONER,
  FIELD_PARTITIONER,
  HOURLY_PARTITIONER,
  type MissingField,
  MIX_PARTITIONER,
  TIME_BASED_PARTITIONER,
} from '../confluent/partitioner-keys.ts'
import { partitionerConfig, type PartitionerConfig } from './partitioner-config.ts'
import type { PartitionerPlugin, PartitionerSettings } from './partitioner.ts'
import { TimeBasedPartitioner } from './time-based-partitioner.ts'
import { finestSpan, type ForcedTime, timeSettings } from './time-settings.ts'

const HOUR_MS = 3_600_000

/** The partitioners Spillway brings. One more is one line more. */
export const builtInPartitioners: readonly PartitionerPlugin[] = [
  {
    kind: 'partitioner',
    className: DEFAULT_PARTITIONER,
    doc: 'A directory per Kafka partition.',
    timeBased: false,
    create: () => new DefaultPartitioner(),
  },
  {
    kind: 'partitioner',
    className: FIELD_PARTITIONER,
    doc: 'A directory per value of some fields.',
    timeBased: false,
    create({ raw, directoryDelimiter }) {
      const config = partitionerConfig.parse(raw)
      return new FieldPartitioner(
        config['partition.field.name'],
        directoryDelimiter,
        missingField(config, 'error'),
      )
    },
  },
  timePlugin(TIME_BASED_PARTITIONER, 'A directory per span of time.', () => ({})),
  timePlugin(HOURLY_PARTITIONER, 'A directory per hour.', (delimiter) => ({
    durationMs: HOUR_MS,
    pathFormat: ["'year'=YYYY", "'month'=MM", "'day'=dd", "'hour'=HH"].join(delimiter),
  })),
  timePlugin(DAILY_PARTITIONER, 'A directory per day.', (delimiter) => ({
    durationMs: 24 * HOUR_MS,
    pathFormat: ["'year'=YYYY", "'month'=MM", "'day'=dd"].join(delimiter),
  })),
  {
    kind: 'partitioner',
    className: MIX_PARTITIONER,
    doc: 'Directories of time, fields, headers and constants, as partition.by lists them.',
    timeBased: true,
    create: createMix,
  },
]

function timePlugin(
  className: string,
  doc: string,
  forced: (delimiter: string) => ForcedTime,
): PartitionerPlugin {
  return {
    kind: 'partitioner',
    className,
    doc,
    timeBased: true,
    create({ raw, directoryDelimiter, extractor }) {
      const config = partitionerConfig.parse(raw)
      const time = timeSettings(config, directoryDelimiter, forced(directoryDelimiter))
      return new TimeBasedPartitioner(time.pattern, time.durationMs, makeExtractor(config, extractor))
    },
  }
}

function createMix({ raw, directoryDelimiter, extractor }: PartitionerSettings): MixPartitioner {
  const config = partitionerConfig.parse(raw)
  const elements = config['partition.by'].map(partitionElement)
  const buckets = new Map<number, TimeBuckets>()
  elements.forEach((element, index) => {
    if (element.kind === 'time') buckets.set(index, bucketsOf(element, config, directoryDelimiter))
  })
  return new MixPartitioner({
    elements,
    buckets,
    extractor: makeExtractor(config, extractor),
    directoryDelimiter,
    missing: missingField(config, 'null'),
  })
}

function missingField(config: PartitionerConfig, byDefault: MissingField): MissingField {
  return (config['partition.field.missing'] || byDefault) as MissingField
}

/** The buckets of one time element: its own pattern or `path.format`; as fine as the pattern where no span is given. */
function bucketsOf(
  element: Extract<PartitionElement, { kind: 'time' }>,
  config: PartitionerConfig,
  delimiter: string,
): TimeBuckets {
  const completed = {
    ...config,
    locale: config.locale === '' ? 'en' : config.locale,
    timezone: config.timezone === '' ? 'UTC' : config.timezone,
  }
  const pathFormat = element.pattern ?? config['path.format']
  const forced: ForcedTime = {
    pathFormat,
    ...(config['partition.duration.ms'] === -1 && { durationMs: finestSpan(pathFormat) }),
  }
  try {
    const time = timeSettings(completed, delimiter, forced)
    return new TimeBuckets(time.pattern, time.durationMs, 'floor')
  } catch (error) {
    if (element.pattern === undefined || !(error instanceof ConfigError)) throw error
    throw new ConfigError(`${error.message} (element time:${element.pattern} of partition.by)`, {
      key: 'partition.by',
      cause: error,
    })
  }
}
