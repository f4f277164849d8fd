import type { ProducerOptions, ProducerRecord } from '@spillway/api'
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

/** An upper bound of what a record takes in a batch, in bytes. */
export function recordBytes({ key, value, headers = [] }: ProducerRecord): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += HEADER_OVERHEAD + header.key.length * 3 + (header.value?.length ?? 0)
  return bytes
}

/** Encodes a record batch of magic 2. */
export function encodeBatch(
  records: readonly TimedRecord[],
  compression: Compression,
  producer: BatchProducer,
): Buffer {
  const first = records[0]?.timestamp ?? -1
  let max = first
  let room = HEADER_BYTES
  for (const record of records) room += recordBytes(record)
  const writer = new RecordWriter(Buffer.allocUnsafe(room), HEADER_BYTES)
  for (let i = 0; i < records.length; i++) {
    const record = records[i]
    if (record === undefined) continue
    if (record.timestamp > max) max = record.timestamp
    writer.record(record, i, record.timestamp - first)
  }
  let batch = writer.written()
  let attributes = producer.isTransactional ? TRANSACTIONAL : 0
  if (compression !== 'none') {
    const codec = compressionsAlgorithms[compression]
    attributes |= codec.bitmask
    batch = Buffer.concat([batch.subarray(0, HEADER_BYTES), codec.compressSync(batch.subarray(HEADER_BYTES))])
  }
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(attributes, 21)
  batch.writeInt32BE(records.length - 1, 23)
  batch.writeBigInt64BE(BigInt(first), 27)
  batch.writeBigInt64BE(BigInt(max), 35)
  batch.writeBigInt64BE(producer.producerId, 43)
  batch.writeInt16BE(producer.producerEpoch, 51)
  batch.writeInt32BE(producer.baseSequence, 53)
  batch.writeInt32BE(records.length, 57)
  batch.writeUInt32BE(crc32c(Reader.from(batch.subarray(CRC_FROM)).buffer), 17)
  return batch
}

class RecordWriter {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  record({ key, value, headers = [] }: TimedRecord, offsetDelta: number, timestampDelta: number): void {
    const keys = headers.map((header) => Buffer.from(header.key))
    let length = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value)
    length += varintSize(headers.length)
    headers.forEach((header, i) => {
      length += bytesSize(keys[i]) + bytesSize(header.value)
    })
    this.#varint(length)
    this.#bytes[this.#at++] = 0
    this.#varlong(timestampDelta)
    this.#varint(offsetDelta)
    this.#slice(key)
    this.#slice(value)
    this.#varint(headers.length)
    headers.forEach((header, i) => {
      this.#slice(keys[i])
      this.#slice(header.value)
    })
  }

  #slice(value: Buffer | null | undefined): void {
    if (value === null || value === undefined) {
      this.#varint(-1)
      return
    }
    this.#varint(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  #varint(value: number): void {
    let raw = ((value << 1) ^ (value >> 31)) >>> 0
    while (raw >= 0x80) {
      this.#bytes[this.#at++] = (raw & 0x7f) | 0x80
      raw >>>= 7
    }
    this.#bytes[this.#at++] = raw
  }

  #varlong(value: number): void {
    if (fitsVarint(value)) {
      this.#varint(value)
      return
    }
    let raw = zigzag64(value)
    while (raw >= 0x80n) {
      this.#bytes[this.#at++] = Number(raw & 0x7fn) | 0x80
      raw >>= 7n
    }
    this.#bytes[this.#at++] = Number(raw)
  }
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
