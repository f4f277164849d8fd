import { type ConsumerRecord, DataError, type RawHeader, type TopicPartition } from '@spillway/api'
import type { ChunkReader, FetchedRecords } from '../client/fetch/fetch-request.ts'
import type { AbortedTransaction } from '../client/fetch/record-reader.ts'
import type { RawMessage } from './raw-broker.ts'

/** What a record takes besides its bytes. */
const RECORD_OVERHEAD = 64
const NO_HEADERS: readonly RawHeader[] = Object.freeze([])

/** The messages of one fetched partition. */
export function messagesOf(
  partition: TopicPartition,
  messages: readonly RawMessage[],
): FetchedRecords | undefined {
  const last = messages.at(-1)
  if (last === undefined) return undefined
  return {
    bytes: messages.reduce((sum, one) => sum + sizeOf(one), 0),
    nextOffset: endOfBatch(last),
    readFrom: (position, aborted) => new MessageReader(partition, messages, position, aborted),
  }
}

/** Reads messages that are decoded already, past control records and aborted transactions. */
class MessageReader implements ChunkReader {
  readonly #partition: TopicPartition
  readonly #messages: readonly RawMessage[]
  readonly #aborted: readonly AbortedTransaction[]
  readonly #abortedProducers = new Set<string>()
  #nextAborted = 0
  #at = 0
  #position: bigint

  constructor(
    partition: TopicPartition,
    messages: readonly RawMessage[],
    position: bigint,
    aborted: readonly AbortedTransaction[],
  ) {
    this.#partition = partition
    this.#messages = messages
    this.#position = position
    this.#aborted = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  }

  get position(): bigint {
    return this.#position
  }

  read(into: ConsumerRecord[], max: number): boolean {
    while (into.length < max) {
      const message = this.#messages[this.#at]
      if (message === undefined) return false
      const offset = BigInt(message.offset)
      // A batch may begin before the position.
      const isWanted = offset >= this.#position
      if (!this.#isLeftOut(message, offset) && isWanted) into.push(this.#recordOf(message, offset))
      this.#at++
      const next = this.#messages[this.#at]
      const after = next === undefined ? endOfBatch(message) : offset + 1n
      if (after > this.#position) this.#position = after
      // What follows a last record, or lies between two batches, is passed with it.
      if (isWanted && next === undefined) return false
    }
    return this.#at < this.#messages.length
  }

  #isLeftOut({ isControlRecord, batchContext }: RawMessage, offset: bigint): boolean {
    if (batchContext === undefined) {
      throw new DataError(
        `${this.#partition.topic}-${this.#partition.partition}@${offset}: a record format older than Kafka 0.11 ` +
          'cannot be read',
      )
    }
    const { producerId, inTransaction } = batchContext
    for (
      let next = this.#aborted[this.#nextAborted];
      next !== undefined && next.firstOffset <= offset;
      next = this.#aborted[++this.#nextAborted]
    ) {
      this.#abortedProducers.add(String(next.producerId))
    }
    // Whichever marker it is, it ends the producer's transaction.
    if (isControlRecord) this.#abortedProducers.delete(producerId)
    return isControlRecord || (inTransaction && this.#abortedProducers.has(producerId))
  }

  #recordOf(message: RawMessage, offset: bigint): ConsumerRecord {
    return {
      ...this.#partition,
      offset,
      timestamp: Number(message.timestamp),
      timestampType: message.batchContext?.timestampType === 1 ? 'LogAppendTime' : 'CreateTime',
      key: message.key,
      value: message.value,
      headers: headersOf(message),
    }
  }
}

/** Offset that follows the batch of a message: compaction may have taken its last ones. */
function endOfBatch({ offset, batchContext }: RawMessage): bigint {
  if (batchContext === undefined) return BigInt(offset) + 1n
  return BigInt(batchContext.firstOffset) + BigInt(batchContext.lastOffsetDelta) + 1n
}

function headersOf({ headers }: RawMessage): readonly RawHeader[] {
  const entries = Object.entries(headers)
  if (entries.length === 0) return NO_HEADERS
  return entries.flatMap(([key, value]) =>
    isList(value) ? value.map((one) => ({ key, value: one })) : [{ key, value }],
  )
}

function isList(value: RawMessage['headers'][string]): value is readonly (Buffer | null)[] {
  return Array.isArray(value)
}

function sizeOf({ key, value, headers }: RawMessage): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, values] of Object.entries(headers)) {
    for (const one of isList(values) ? values : [values]) bytes += name.length + (one?.length ?? 0)
  }
  return bytes
}
