import { type ConsumerRecord, DataError, type RawHeader, type TimestampType } from '@spillway/api'
import { Reader, crc32c } from '@platformatic/kafka'

import { CODEC_NAMES, UnpackLimitError, unpackBatch } from './unpack-batch.ts'

/** A transaction that was aborted, by the first of its offsets in the range. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** How the records of a partition are read. */
export interface ReadOptions {
  /** Transactions to leave out; none for read_uncommitted. */
  readonly aborted: readonly AbortedTransaction[]
  /** Largest batch that is unpacked, bytes. */
  readonly maxBatchBytes: number
}

/** Offsets within a record batch of magic 2. */
const LENGTH_AT = 8
const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const MAX_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const RECORDS_AT = 61
/** What the length field does not count: the base offset and itself. */
const BATCH_OVERHEAD = 12

const COMPRESSION_MASK = 0b111
const LOG_APPEND_TIME = 1 << 3
const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5

const NO_HEADERS: readonly RawHeader[] = Object.freeze([])

/**
 * Reads the record batches of one fetched partition, batch by batch and no further than asked: records become slices
 * of the batch, and a compressed batch is unpacked when its first record is wanted.
 */
export class RecordReader {
  readonly #topic: string
  readonly #partition: number
  readonly #bytes: Buffer
  readonly #aborted: readonly AbortedTransaction[]
  readonly #maxBatchBytes: number
  readonly #abortedProducers = new Set<bigint>()
  #nextAborted = 0
  #batchAt = 0

  /** Offset that follows the last record read or skipped. */
  #position: bigint

  #records: Buffer = Buffer.alloc(0)
  #at = 0
  #left = 0
  #baseOffset = 0n
  #afterBatch = 0n
  #baseTimestamp = 0
  /** The whole batch's timestamp where the broker sets it (LogAppendTime), else -1. */
  #appendTime = -1
  #timestampType: TimestampType = 'CreateTime'

  /** @param position offset to begin at: a batch may hold records before it */
  constructor(
    topic: string,
    partition: number,
    bytes: Buffer,
    position: bigint,
    { aborted, maxBatchBytes }: ReadOptions,
  ) {
    this.#topic = topic
    this.#partition = partition
    this.#bytes = bytes
    this.#position = position
    this.#maxBatchBytes = maxBatchBytes
    this.#aborted = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  }

  /** Offset of the next record to come out. Behind control and aborted batches as soon as those are passed. */
  get position(): bigint {
    return this.#position
  }

  /**
   * Appends up to `max` records to `into`.
   * @returns false when nothing is left
   * @throws {DataError} for a batch that is damaged or of a format before Kafka 0.11
   */
  read(into: ConsumerRecord[], max: number): boolean {
    while (into.length < max) {
      if (this.#left === 0) {
        if (!this.#nextBatch()) return false
        continue
      }
      this.#readRecord(into)
      if (this.#left === 0) this.#position = this.#afterBatch
    }
    return this.#left > 0 || this.#batchAt < this.#bytes.length
  }

  /** Invariant: a batch that throws is not stepped over; reading again throws again. */
  #nextBatch(): boolean {
    const bytes = this.#bytes
    const start = this.#batchAt
    const end = batchEnd(bytes, start)
    if (end < 0) return false
    this.#checkBatch(start, end)
    const attributes = bytes.readInt16BE(start + ATTRIBUTES_AT)
    const baseOffset = bytes.readBigInt64BE(start)
    this.#afterBatch = baseOffset + BigInt(bytes.readInt32BE(start + LAST_OFFSET_DELTA_AT)) + 1n
    if (this.#afterBatch > this.#position) {
      if (this.#isLeftOut(attributes, start)) this.#position = this.#afterBatch
      else this.#openBatch(start, end, attributes, baseOffset)
    }
    this.#batchAt = end
    return true
  }

  #openBatch(start: number, end: number, attributes: number, baseOffset: bigint): void {
    const bytes = this.#bytes
    this.#records = this.#unpack(
      bytes.subarray(start + RECORDS_AT, end),
      attributes & COMPRESSION_MASK,
      start,
    )
    this.#at = 0
    this.#baseOffset = baseOffset
    const isAppendTime = (attributes & LOG_APPEND_TIME) !== 0
    this.#baseTimestamp = Number(bytes.readBigInt64BE(start + BASE_TIMESTAMP_AT))
    this.#appendTime = isAppendTime ? Number(bytes.readBigInt64BE(start + MAX_TIMESTAMP_AT)) : -1
    this.#timestampType = isAppendTime ? 'LogAppendTime' : 'CreateTime'
    this.#left = bytes.readInt32BE(start + COUNT_AT)
    // Compaction may leave a batch without records: its offsets are passed all the same.
    if (this.#left === 0) this.#position = this.#afterBatch
  }

  #checkBatch(start: number, end: number): void {
    const magic = this.#bytes.readInt8(start + MAGIC_AT)
    if (magic !== 2) {
      throw new DataError(
        `${this.#where(start)}: record format ${magic} is older than Kafka 0.11 and cannot be read`,
      )
    }
    const expected = this.#bytes.readUInt32BE(start + CRC_AT)
    const actual = crc32c(Reader.from(this.#bytes.subarray(start + ATTRIBUTES_AT, end)).buffer)
    if (expected !== actual) {
      throw new DataError(
        `${this.#where(start)}: the batch's checksum is ${actual}, not ${expected}: it is damaged on the ` +
          'broker or on its way; the reset of the offset past it is the only remedy where it stays so',
      )
    }
  }

  #where(start: number): string {
    return `${this.#topic}-${this.#partition}@${this.#bytes.readBigInt64BE(start)}`
  }

  /** True for control batches, and under read_committed for batches of aborted transactions. */
  #isLeftOut(attributes: number, start: number): boolean {
    const isControl = (attributes & CONTROL) !== 0
    if ((attributes & TRANSACTIONAL) === 0 || this.#aborted.length === 0) return isControl
    const producerId = this.#bytes.readBigInt64BE(start + PRODUCER_ID_AT)
    for (
      let next = this.#aborted[this.#nextAborted];
      next !== undefined && next.firstOffset < this.#afterBatch;
    ) {
      this.#abortedProducers.add(next.producerId)
      next = this.#aborted[++this.#nextAborted]
    }
    // Whichever marker it is, it ends the producer's transaction.
    if (isControl) this.#abortedProducers.delete(producerId)
    return isControl || this.#abortedProducers.has(producerId)
  }

  #unpack(bytes: Buffer, compression: number, start: number): Buffer {
    if (compression === 0) return bytes
    const codec = CODEC_NAMES[compression]
    if (codec === undefined)
      throw new DataError(`${this.#where(start)}: unknown compression codec ${compression}`)
    try {
      return unpackBatch(compression, bytes, this.#maxBatchBytes)
    } catch (cause) {
      if (!(cause instanceof UnpackLimitError))
        throw new DataError(`${this.#where(start)}: the compressed batch cannot be unpacked`, { cause })
      throw new DataError(
        `${this.#where(start)}: a ${codec} batch of ${bytes.length} bytes unpacks to ` +
          `${cause.bytes === undefined ? 'more' : `${cause.bytes} bytes, more`} than the ${this.#maxBatchBytes} that ` +
          'max.decompressed.batch.bytes of the consumer allows: set that higher, where there is the memory, or go past ' +
          `the batch with the partition's offset set to ${this.#afterBatch}`,
      )
    }
  }

  #readRecord(into: ConsumerRecord[]): void {
    const bytes = this.#records
    this.#left--
    const end = this.#varint() + this.#at
    this.#at++
    const timestampDelta = this.#varlong()
    const offset = this.#baseOffset + BigInt(this.#varint())
    if (offset < this.#position) {
      this.#at = end
      return
    }
    const key = this.#slice(bytes)
    const value = this.#slice(bytes)
    const headers = this.#headers(bytes)
    this.#at = end
    this.#position = offset + 1n
    into.push({
      topic: this.#topic,
      partition: this.#partition,
      offset,
      timestamp: this.#appendTime >= 0 ? this.#appendTime : this.#baseTimestamp + timestampDelta,
      timestampType: this.#timestampType,
      key,
      value,
      headers,
    })
  }

  #slice(bytes: Buffer): Buffer | null {
    const length = this.#varint()
    if (length < 0) return null
    const start = this.#at
    this.#at = start + length
    return bytes.subarray(start, this.#at)
  }

  #headers(bytes: Buffer): readonly RawHeader[] {
    const count = this.#varint()
    if (count <= 0) return NO_HEADERS
    const headers: RawHeader[] = []
    for (let i = 0; i < count; i++) {
      const length = this.#varint()
      const key = bytes.toString('utf8', this.#at, this.#at + length)
      this.#at += length
      headers.push({ key, value: this.#slice(bytes) })
    }
    return headers
  }

  #varint(): number {
    const bytes = this.#records
    let byte = bytes[this.#at++] ?? 0
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[this.#at++] ?? 0
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** A varint of up to 64 bits whose value is exact as a number (a difference of timestamps). */
  #varlong(): number {
    const bytes = this.#records
    const start = this.#at
    let byte = bytes[this.#at++] ?? 0
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    while (byte >= 0x80) byte = bytes[this.#at++] ?? 0
    if (this.#at - start <= 4) {
      this.#at = start
      return this.#varint()
    }
    let raw = 0n
    for (let at = this.#at - 1; at >= start; at--) raw = (raw << 7n) | BigInt((bytes[at] ?? 0) & 0x7f)
    return Number((raw >> 1n) ^ -(raw & 1n))
  }
}

/** End of the whole batch that begins here, -1 where it is cut or nothing is left. */
function batchEnd(bytes: Buffer, start: number): number {
  if (start + BATCH_OVERHEAD > bytes.length) return -1
  const end = start + BATCH_OVERHEAD + bytes.readInt32BE(start + LENGTH_AT)
  return end > bytes.length ? -1 : end
}

/** Offset that follows the last whole batch, undefined where there is none. */
export function offsetAfter(bytes: Buffer): bigint | undefined {
  let after: bigint | undefined
  for (let at = 0, end = batchEnd(bytes, 0); end > 0; at = end, end = batchEnd(bytes, at)) {
    after = bytes.readBigInt64BE(at) + BigInt(bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT)) + 1n
  }
  return after
}
