import { Headers } from '../../../api/src/data/headers.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { SinkRecord, type SinkRecordParts } from '../../../api/src/data/sink-record.ts'
import type { Partitioner } from './partitioner.ts'
import { type ModuleDoor, noModules } from '../../../api/src/config/module-door.ts'
import { PluginRegistry } from '../../../api/src/connector/plugin-registry.ts'
import { builtInExtractors } from './built-in-extractors.ts'
import { builtInPartitioners } from './built-in-partitioners.ts'
import { createPartitioner } from './create-partitioner.ts'
import { PARTITIONERS, TIMESTAMP_EXTRACTORS } from './partitioner-kinds.ts'

/** A record of topic `test-topic`, partition 12, for the tests of this folder. */
export function recordOf(
  value: unknown,
  valueSchema: Schema | null = null,
  more: Partial<SinkRecordParts> = {},
): SinkRecord {
  return new SinkRecord({
    topic: 'test-topic',
    kafkaPartition: 12,
    keySchema: null,
    key: null,
    valueSchema,
    value,
    kafkaOffset: 7n,
    timestamp: null,
    timestampType: 'CreateTime',
    headers: new Headers(),
    ...more,
  })
}

/** What this folder brings, and no modules. */
export const ownPlugins: ModuleDoor = {
  ...noModules,
  plugins: new PluginRegistry(
    [...builtInPartitioners, ...builtInExtractors],
    [PARTITIONERS, TIMESTAMP_EXTRACTORS],
  ),
}

const PACKAGE = 'io.confluent.connect.storage.partitioner'

/** A partitioner of Confluent's package by its simple name. */
export function confluent(name: string, config: Record<string, string> = {}): Promise<Partitioner> {
  return createPartitioner({ 'partitioner.class': `${PACKAGE}.${name}`, ...config }, ownPlugins)
}

/** Time keys as the reference cases have them. */
export const LOS_ANGELES: Readonly<Record<string, string>> = {
  locale: 'en',
  timezone: 'America/Los_Angeles',
  'partition.duration.ms': '3600000',
  'path.format': "'year'=YYYY/'month'=M/'day'=d/'hour'=H",
}
