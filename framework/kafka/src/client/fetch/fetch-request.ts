import type { ConsumerRecord, TopicPartition } from '@spillway/api'
import { fetchV12 } from '@platformatic/kafka'
import type { Reader, Writer } from '@platformatic/kafka'

import type { RecordBuffers } from './record-buffers.ts'
import { type AbortedTransaction, type ReadOptions, RecordReader, offsetAfter } from './record-reader.ts'

/** Fetch by topic names: the version that every broker from 2.7 to 4.x speaks. */
export const FETCH_API = { key: 1, version: 12 } as const

/** What is asked of one partition. */
export interface FetchPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly maxBytes: number
}

/** Limits of one request; times in milliseconds, sizes in bytes. */
export interface FetchLimits {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly readCommitted: boolean
  readonly rack: string
}

/** Reads what was fetched, no further than asked. */
export interface ChunkReader {
  /** Offset of the next record to come out. */
  readonly position: bigint
  /**
   * Appends up to `max` records to `into`.
   * @returns false when nothing is left
   */
  read(into: ConsumerRecord[], max: number): boolean
}

/** Records of one partition, as they came. */
export interface FetchedRecords {
  /** What they take in memory. */
  readonly bytes: number
  /** Offset that follows the last of them. */
  readonly nextOffset: bigint
  readFrom(position: bigint, options: ReadOptions): ChunkReader
  /** Nobody holds these records any more: their memory may be used again. */
  release(): void
}

/** One partition of a response. */
export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** Node id to read from instead (KIP-392), or -1. */
  readonly preferredReadReplica: number
  /** Undefined where there is nothing. */
  readonly records: FetchedRecords | undefined
}

/** Error code of the whole response, and its partitions. */
export interface FetchResponse {
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

/** Encodes a request outside of any fetch session. */
export function writeFetchRequest(limits: FetchLimits, partitions: readonly FetchPartition[]): Writer {
  const topics = new Map<string, FetchPartition[]>()
  for (const partition of partitions) {
    const list = topics.get(partition.topic)
    if (list === undefined) topics.set(partition.topic, [partition])
    else list.push(partition)
  }
  return fetchV12.createRequest(
    limits.maxWaitMs,
    limits.minBytes,
    limits.maxBytes,
    limits.readCommitted ? 1 : 0,
    0,
    -1,
    [...topics].map(([topic, list]) => ({
      // The client's encoder writes this as the topic's name in version 12.
      topicId: topic,
      partitions: list.map(({ partition, offset, maxBytes }) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: offset,
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxBytes,
      })),
    })),
    [],
    limits.rack,
  )
}

/** Reads a response without touching the records: those are sliced off whole, into memory of `buffers` where there are any. */
export function parseFetchResponse(reader: Reader, buffers?: RecordBuffers): FetchResponse {
  reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt32()
  const partitions: FetchedPartition[] = []
  reader.readArray(() => {
    const topic = reader.readString()
    reader.readArray(() => {
      partitions.push(readPartition(topic, reader, buffers))
    })
  })
  return { errorCode, partitions }
}

function readPartition(topic: string, reader: Reader, buffers: RecordBuffers | undefined): FetchedPartition {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  const highWatermark = reader.readInt64()
  const lastStableOffset = reader.readInt64()
  reader.readInt64()
  const abortedTransactions = reader.readNullableArray(() => ({
    producerId: reader.readInt64(),
    firstOffset: reader.readInt64(),
  }))
  const preferredReadReplica = reader.readInt32()
  // A compact length is one more than the length, and zero means null.
  const length = reader.readUnsignedVarInt() - 1
  let records: FetchedRecords | undefined
  if (length > 0) {
    const { buffer: answer, position } = reader
    const memory = buffers?.take(length)
    if (memory !== undefined) copyRange(answer.buffers, position, memory.subarray(0, length))
    const bytes = memory?.subarray(0, length) ?? answer.slice(position, position + length)
    const release = memory === undefined ? keep : () => buffers?.give(memory)
    records = recordsOf({ topic, partition }, bytes, release)
    if (records === undefined) release()
    reader.skip(length)
  }
  return {
    topic,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    abortedTransactions: abortedTransactions ?? [],
    preferredReadReplica,
    records,
  }
}

/** The record batches of a partition: whole ones and perhaps one that is cut. */
export function recordsOf(
  { topic, partition }: TopicPartition,
  bytes: Buffer,
  release: () => void = keep,
): FetchedRecords | undefined {
  const nextOffset = offsetAfter(bytes)
  if (nextOffset === undefined) return undefined
  return {
    bytes: bytes.length,
    nextOffset,
    readFrom: (position, options) => new RecordReader(topic, partition, bytes, position, options),
    release,
  }
}

/** What nobody uses again stays for the collector. */
function keep(): void {}

/** Fills `into` from where `start` lies in the pieces that an answer came in. */
function copyRange(pieces: readonly Uint8Array[], start: number, into: Buffer): void {
  let skipped = start
  let at = 0
  for (const piece of pieces) {
    if (at === into.length) return
    if (skipped >= piece.length) skipped -= piece.length
    else {
      const part = piece.subarray(skipped, skipped + into.length - at)
      into.set(part, at)
      at += part.length
      skipped = 0
    }
  }
}
