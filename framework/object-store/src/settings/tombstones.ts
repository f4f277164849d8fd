import type { SinkRecord } from '@spillway/api'
import type { ExampleRecord } from '../partitioners/example-record.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import { isNullValue } from './null-values.ts'

/**
 * Puts records without a value into a directory of their own (`behavior.on.null.values=write`,
 * `tombstone.encoded.partition`; Java: `TombstoneSupportedPartitioner`). Their time is the record's own, as there is no
 * value to take it from.
 */
export function withTombstones(partitioner: Partitioner, directory: string): Partitioner {
  const { extractTimestamp } = partitioner
  const encodePartition = (record: SinkRecord, nowMs: number): string => {
    if (isNullValue(record)) return directory
    const encoded = partitioner.encodePartition(record, nowMs)
    if (encoded !== directory) return encoded
    throw new PartitionError(
      `Record ${record.coordinates} has a value and would go to '${directory}', the directory of records without one: ` +
        'set tombstone.encoded.partition to another name.',
    )
  }
  const exemplify = (example: ExampleRecord): void => example.add(partitioner)
  if (extractTimestamp === undefined) return { encodePartition, exemplify }
  return {
    encodePartition,
    exemplify,
    extractTimestamp(record, nowMs) {
      if (!isNullValue(record)) return extractTimestamp.call(partitioner, record, nowMs)
      if (record.timestamp !== null) return record.timestamp
      throw new PartitionError(
        `Record ${record.coordinates} has neither a value nor a timestamp to tell its time by.`,
      )
    },
  }
}
