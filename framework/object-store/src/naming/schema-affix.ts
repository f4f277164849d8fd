import type { SinkRecord } from '@spillway/api'
import type { ExampleRecord } from '../partitioners/example-record.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'

/** Where the name stands: behind the output partition, before it, or nowhere. */
export const AFFIX_TYPES = ['SUFFIX', 'PREFIX', 'NONE'] as const
export type AffixType = (typeof AFFIX_TYPES)[number]

/**
 * Adds the name of the value's schema to each directory, so that a topic with several kinds of records is kept apart
 * (Java: `SchemaPartitioner`).
 */
export function withSchemaAffix(partitioner: Partitioner, type: AffixType, delimiter: string): Partitioner {
  if (type === 'NONE') return partitioner
  const { extractTimestamp } = partitioner
  const encodePartition = (record: SinkRecord, nowMs: number): string => {
    const encoded = partitioner.encodePartition(record, nowMs)
    const affix = `schema_name=${record.valueSchema?.name ?? 'null'}`
    return type === 'PREFIX' ? affix + delimiter + encoded : encoded + delimiter + affix
  }
  const exemplify = (example: ExampleRecord): void => {
    example.schemaName()
    example.add(partitioner)
  }
  if (extractTimestamp === undefined) return { encodePartition, exemplify }
  return { encodePartition, exemplify, extractTimestamp: extractTimestamp.bind(partitioner) }
}
