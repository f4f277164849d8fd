import type { Headers } from '../core/headers.ts'
import type { TopicTraffic } from './task-metrics.ts'

/** Timestamp, offset and partition. */
const fixedBytes = 8 + 8 + 4

/** Counts a record as Kafka Streams sizes it (`ClientUtils.recordSizeInBytes`): with its topic's name, once. */
export function countTraffic(
  traffic: TopicTraffic,
  topic: string,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: Headers,
): void {
  traffic.records++
  traffic.bytes += fixedBytes + topic.length + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers.size === 0) return
  for (const header of headers) traffic.bytes += header.key.length + (header.value?.length ?? 0)
}
