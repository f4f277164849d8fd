import type { ProducerOptions, ProducerRecord, RawHeader } from '@spillway/api'
import { Reader, compressionsAlgorithms, crc32c } from '@platformatic/kafka'

/** What the header of a batch says of its producer. */
export interface BatchProducer {
  /** -1 for a producer that is not idempotent. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly isTransactional: boolean
}

/** A record as it is to be written: its timestamp is set. */
export interface TimedRecord extends ProducerRecord {
  readonly timestamp: number
}

type Compression = NonNullable<ProducerOptions['compression']>

const HEADER_BYTES = 61
/** Where the bytes begin that the checksum covers. */
const CRC_FROM = 21
const TRANSACTIONAL = 1 << 4
/** Room for the varints of one record: lengths, deltas and the number of headers. */
const RECORD_OVERHEAD = 40
const HEADER_OVERHEAD = 10
/** Largest batch, uncompressed: well under the brokers' default of 1 MiB. A larger record travels alone. */
export const BATCH_BYTES = 512 * 1024
const SMALLEST_BYTES = 1024
/** Whole batches' memory that is kept for the next ones. */
const MAX_SPARE = 64
/** Up to so many bytes a loop copies faster than a call. */
const BY_HAND_BYTES = 24
const NO_HEADERS: readonly RawHeader[] = Object.freeze([])
const NO_KEYS: readonly Buffer[] = Object.freeze([])

/** An upper bound of what a record takes in a batch, in bytes. */
export function recordBytes(record: ProducerRecord): number {
  const { key, value, headers } = record
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers === undefined) return bytes
  for (const header of headers) bytes += HEADER_OVERHEAD + header.key.length * 3 + (header.value?.length ?? 0)
  return bytes
}

/** Encodes a record batch of magic 2. */
export function encodeBatch(
  records: readonly TimedRecord[],
  compression: Compression,
  producer: BatchProducer,
): Buffer {
  const writer = new BatchWriter(new BatchBuffers(), 0)
  for (const record of records) writer.add(record, record.timestamp, recordBytes(record))
  return writer.finish(compression, producer)
}

/**
 * A record batch of magic 2 in the making: records are written as they are added, so that nothing of them need be kept.
 * The header comes last, as often as asked: the same values make the same bytes.
 */
export class BatchWriter {
  readonly #buffers: BatchBuffers
  #bytes: Buffer
  #at = HEADER_BYTES
  #count = 0
  #firstTimestamp = -1
  #maxTimestamp = -1

  /** @param expectedBytes about what it will take: less is room for no more than that, more is wasted */
  constructor(buffers: BatchBuffers, expectedBytes: number) {
    this.#buffers = buffers
    this.#bytes = buffers.take(Math.max(expectedBytes, SMALLEST_BYTES))
  }

  get count(): number {
    return this.#count
  }

  /** What is written so far, the header's room included. */
  get length(): number {
    return this.#at
  }

  /** @param bound what {@link recordBytes} says of the record */
  add(record: ProducerRecord, timestamp: number, bound: number): void {
    if (this.#count === 0) {
      this.#firstTimestamp = timestamp
      this.#maxTimestamp = timestamp
    } else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    if (this.#at + bound > this.#bytes.length) this.#grow(bound)
    this.#at = writeRecord(this.#bytes, this.#at, record, this.#count++, timestamp - this.#firstTimestamp)
  }

  /** Valid until the next call, and until {@link release}. */
  finish(compression: Compression, producer: BatchProducer): Buffer {
    let batch = this.#bytes.subarray(0, this.#at)
    let attributes = producer.isTransactional ? TRANSACTIONAL : 0
    if (compression !== 'none') {
      const codec = compressionsAlgorithms[compression]
      attributes |= codec.bitmask
      batch = Buffer.concat([
        batch.subarray(0, HEADER_BYTES),
        codec.compressSync(batch.subarray(HEADER_BYTES)),
      ])
    }
    batch.writeBigInt64BE(0n, 0)
    batch.writeInt32BE(batch.length - 12, 8)
    batch.writeInt32BE(-1, 12)
    batch.writeInt8(2, 16)
    batch.writeInt16BE(attributes, CRC_FROM)
    batch.writeInt32BE(this.#count - 1, 23)
    batch.writeBigInt64BE(BigInt(this.#firstTimestamp), 27)
    batch.writeBigInt64BE(BigInt(this.#maxTimestamp), 35)
    batch.writeBigInt64BE(producer.producerId, 43)
    batch.writeInt16BE(producer.producerEpoch, 51)
    batch.writeInt32BE(producer.baseSequence, 53)
    batch.writeInt32BE(this.#count, 57)
    batch.writeUInt32BE(crc32c(Reader.from(batch.subarray(CRC_FROM)).buffer), 17)
    return batch
  }

  /** Gives the memory back; nobody may read from it any more. */
  release(): void {
    this.#buffers.give(this.#bytes)
    this.#bytes = Buffer.alloc(0)
  }

  #grow(more: number): void {
    const before = this.#bytes
    this.#bytes = this.#buffers.take(Math.max(before.length * 2, this.#at + more))
    before.copy(this.#bytes, 0, 0, this.#at)
    this.#buffers.give(before)
  }
}

/** Memory of batches: whole ones are used again, as they would be garbage that only a full collection frees. */
export class BatchBuffers {
  readonly #spare: Buffer[] = []

  take(bytes: number): Buffer {
    if (bytes > BATCH_BYTES || bytes < BATCH_BYTES / 2) return Buffer.allocUnsafeSlow(bytes)
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES)
  }

  give(buffer: Buffer): void {
    if (buffer.length === BATCH_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(buffer)
  }
}

/** @returns where the next one begins */
function writeRecord(
  bytes: Buffer,
  start: number,
  record: ProducerRecord,
  offsetDelta: number,
  timestampDelta: number,
): number {
  const { key, value, headers = NO_HEADERS } = record
  let length = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value)
  length += varintSize(headers.length)
  const keys = headers.length === 0 ? NO_KEYS : headers.map((header) => Buffer.from(header.key))
  for (let i = 0; i < headers.length; i++) length += bytesSize(keys[i]) + bytesSize(headers[i]?.value)
  let at = writeVarint(bytes, start, length)
  bytes[at++] = 0
  at = writeVarlong(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, offsetDelta)
  at = writeBytes(bytes, at, key)
  at = writeBytes(bytes, at, value)
  at = writeVarint(bytes, at, headers.length)
  for (let i = 0; i < headers.length; i++) {
    at = writeBytes(bytes, at, keys[i])
    at = writeBytes(bytes, at, headers[i]?.value)
  }
  return at
}

function writeBytes(bytes: Buffer, start: number, value: Buffer | null | undefined): number {
  if (value === null || value === undefined) return writeVarint(bytes, start, -1)
  const { length } = value
  let at = writeVarint(bytes, start, length)
  if (length > BY_HAND_BYTES) {
    bytes.set(value, at)
    return at + length
  }
  for (let i = 0; i < length; i++) bytes[at++] = value[i] as number
  return at
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  while (raw >= 0x80) {
    bytes[at++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  bytes[at++] = raw
  return at
}

function writeVarlong(bytes: Buffer, start: number, value: number): number {
  if (fitsVarint(value)) return writeVarint(bytes, start, value)
  let at = start
  let raw = zigzag64(value)
  while (raw >= 0x80n) {
    bytes[at++] = Number(raw & 0x7fn) | 0x80
    raw >>= 7n
  }
  bytes[at++] = Number(raw)
  return at
}

function fitsVarint(value: number): boolean {
  return value >= -0x40000000 && value < 0x40000000
}

function zigzag64(value: number): bigint {
  const wide = BigInt(value)
  return BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
}

function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x200000 ? 3 : raw < 0x10000000 ? 4 : 5
}

function varlongSize(value: number): number {
  if (fitsVarint(value)) return varintSize(value)
  let size = 1
  for (let raw = zigzag64(value); raw >= 0x80n; raw >>= 7n) size++
  return size
}

function bytesSize(value: Buffer | null | undefined): number {
  return value === null || value === undefined ? 1 : varintSize(value.length) + value.length
}
