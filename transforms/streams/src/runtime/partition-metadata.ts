import { Buffer } from 'node:buffer'
import { readInt32, readInt64, writeInt32, writeInt64 } from '../core/serde.ts'

/** What is committed beside the offset of an input partition: it must survive a restart together with it. */
export interface PartitionMetadata {
  /** Highest timestamp read from the partition, ms; -1: none yet. */
  readonly partitionTime: number
  /** Times that operators go on from, by the name of their store: up to where finals were emitted, ms. */
  readonly processorTimes: ReadonlyMap<string, number>
}

const latestVersion = 2
const versionWithTimeOnly = 1
const timeAt = 1
const entriesAt = 9
const none: PartitionMetadata = { partitionTime: -1, processorTimes: new Map() }

/**
 * Writes it as Java's `TopicPartitionMetadata` does (version 2): base64 of a version byte, the time as int64 and, where there are
 * any, the count of entries and each entry's key and int64.
 */
export function encodePartitionMetadata({ partitionTime, processorTimes }: PartitionMetadata): string {
  const entries = [...processorTimes].map(([key, time]) => [Buffer.from(key, 'utf8'), time] as const)
  const size = entries.reduce((sum, [key]) => sum + 12 + key.length, entries.length === 0 ? 0 : 4)
  const out = Buffer.alloc(entriesAt + size)
  out[0] = latestVersion
  writeInt64(out, timeAt, partitionTime)
  if (entries.length === 0) return out.toString('base64')
  writeInt32(out, entriesAt, entries.length)
  let at = entriesAt + 4
  for (const [key, time] of entries) {
    writeInt32(out, at, key.length)
    out.set(key, at + 4)
    writeInt64(out, at + 4 + key.length, time)
    at += 12 + key.length
  }
  return out.toString('base64')
}

/** Reads what Java or {@link encodePartitionMetadata} wrote. Anything else says nothing, as in Java. */
export function decodePartitionMetadata(text: string): PartitionMetadata {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length < entriesAt) return none
  if (bytes[0] !== latestVersion && bytes[0] !== versionWithTimeOnly) return none
  const processorTimes = bytes[0] === latestVersion ? readEntries(bytes) : new Map<string, number>()
  return { partitionTime: readInt64(bytes, timeAt), processorTimes }
}

function readEntries(bytes: Buffer): Map<string, number> {
  const times = new Map<string, number>()
  if (bytes.length < entriesAt + 4) return times
  const count = readInt32(bytes, entriesAt)
  let at = entriesAt + 4
  for (let i = 0; i < count; i++) {
    if (bytes.length < at + 4) return times
    const keyEnd = at + 4 + readInt32(bytes, at)
    if (keyEnd < at + 4 || bytes.length < keyEnd + 8) return times
    times.set(bytes.toString('utf8', at + 4, keyEnd), readInt64(bytes, keyEnd))
    at = keyEnd + 8
  }
  return times
}
