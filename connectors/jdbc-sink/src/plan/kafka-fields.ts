import { INT32, INT64, type SinkRecord, STRING } from '@spillway/api'
import type { SourceField } from './source-field.ts'

/** Columns of pk.mode=kafka where pk.fields names none. */
export const KAFKA_COORDINATES = ['__connect_topic', '__connect_partition', '__connect_offset'] as const

const READERS: Readonly<Record<string, (record: SinkRecord) => unknown>> = {
  __connect_topic: (record) => record.topic,
  __connect_partition: (record) => record.kafkaPartition,
  __connect_offset: (record) => record.kafkaOffset,
}

const SCHEMAS = { __connect_topic: STRING, __connect_partition: INT32, __connect_offset: INT64 }

/** One of the three coordinates under a name of the user's choice. */
export function kafkaField(coordinate: (typeof KAFKA_COORDINATES)[number], name: string): SourceField {
  return {
    name,
    schema: SCHEMAS[coordinate],
    isPrimaryKey: true,
    isTimestamp: false,
    read: READERS[coordinate] ?? (() => null),
  }
}
