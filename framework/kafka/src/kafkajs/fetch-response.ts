import { Reader } from '@platformatic/kafka'

import { recordsOf } from '../client/fetch/fetch-request.ts'
import type { FetchedPartition, FetchResponse } from '../client/fetch/fetch-request.ts'

/** The version of Fetch that {@link readFetchResponse} reads: the newest of kafkajs, and known to every broker. */
export const FETCH_VERSION = 11

/** An answer with the field that kafkajs looks at. */
export interface ThrottledFetchResponse extends FetchResponse {
  readonly clientSideThrottleTime: number
}

/**
 * Reads an answer without touching the records. kafkajs would unpack all of its batches at once, whatever their size, and
 * would not say which of them could not be read.
 */
export function readFetchResponse(bytes: Buffer): ThrottledFetchResponse {
  const reader = Reader.from(bytes)
  const clientSideThrottleTime = reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt32()
  const partitions: FetchedPartition[] = []
  reader.readArray(
    () => {
      const topic = reader.readString(false)
      reader.readArray(() => void partitions.push(readPartition(topic, reader, bytes)), false, false)
    },
    false,
    false,
  )
  return { clientSideThrottleTime, errorCode, partitions }
}

function readPartition(topic: string, reader: Reader, bytes: Buffer): FetchedPartition {
  const partition = reader.readInt32()
  const errorCode = reader.readInt16()
  const highWatermark = reader.readInt64()
  const lastStableOffset = reader.readInt64()
  reader.readInt64()
  const abortedTransactions = reader.readNullableArray(
    () => ({ producerId: reader.readInt64(), firstOffset: reader.readInt64() }),
    false,
    false,
  )
  const preferredReadReplica = reader.readInt32()
  const length = Math.max(0, reader.readInt32())
  const records = bytes.subarray(reader.position, reader.position + length)
  reader.skip(length)
  return {
    topic,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    abortedTransactions: abortedTransactions ?? [],
    preferredReadReplica,
    records: length === 0 ? undefined : recordsOf({ topic, partition }, records),
  }
}
