import { Headers, type Schema, SinkRecord, type SinkRecordParts, Struct } from '@spillway/framework'

export const TOPIC = 'test-topic'
export const PARTITION = 12
export const PARTITION2 = 13

/** A record of the test topic; without parts, a schemaless one that tells its offset. */
export function record(offset: number, parts: Partial<SinkRecordParts> = {}): SinkRecord {
  return new SinkRecord({
    topic: TOPIC,
    kafkaPartition: PARTITION,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: { offset },
    kafkaOffset: BigInt(offset),
    timestamp: null,
    timestampType: 'CreateTime',
    headers: new Headers(),
    ...parts,
  })
}

/** A record whose value is a struct with these fields. */
export function structRecord(
  offset: number,
  schema: Schema,
  fields: Readonly<Record<string, unknown>>,
  parts: Partial<SinkRecordParts> = {},
): SinkRecord {
  const value = new Struct(schema)
  for (const [name, field] of Object.entries(fields)) value.put(name, field)
  return record(offset, { valueSchema: schema, value, ...parts })
}

/** `from` to `to`, the latter left out. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** The name of the object that begins at an offset, under the default partitioner. */
export function key(offset: number, partition = PARTITION, extension = '.json'): string {
  return `topics/${TOPIC}/partition=${partition}/${TOPIC}+${partition}+${String(offset).padStart(10, '0')}${extension}`
}
