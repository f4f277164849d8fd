import { Headers } from '../../../api/src/data/headers.ts'
import type { Schema } from '../../../api/src/data/schema.ts'
import { SinkRecord, type SinkRecordParts } from '../../../api/src/data/sink-record.ts'
import type { Partitioner } from './partitioner.ts'
import { noModules } from '../../../api/src/config/module-door.ts'
import { createPartitioner } from './create-partitioner.ts'

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

const PACKAGE = 'io.confluent.connect.storage.partitioner'

/** A partitioner of Confluent's package by its simple name. */
export function confluent(name: string, config: Record<string, string> = {}): Promise<Partitioner> {
  return createPartitioner({ 'partitioner.class': `${PACKAGE}.${name}`, ...config }, noModules)
}

/** Time keys as the reference cases have them. */
export const LOS_ANGELES: Readonly<Record<string, string>> = {
  locale: 'en',
  timezone: 'America/Los_Angeles',
  'partition.duration.ms': '3600000',
  'path.format': "'year'=YYYY/'month'=M/'day'=d/'hour'=H",
}
