import { gunzipSync, zstdDecompressSync } from 'node:zlib'

import { compressionsAlgorithms } from '@platformatic/kafka'

/** Kafka's compression codecs by the number that a batch has in its attributes. */
export const CODEC_NAMES: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const ZSTD_MAGIC = 0xfd2fb528
const LZ4_MAGIC = 0x184d2204
/** Compressed and plain blocks of an LZ4 frame: the highest bit of the size tells them apart. */
const LZ4_PLAIN_BLOCK = 0x80000000
/** What snappy-java, and with it Kafka, writes before its blocks. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_BYTES = 16

/** Packed data that would take more room than allowed. */
export class UnpackLimitError extends Error {
  /** What it would take, where the data tell; undefined where all that is known is that it is more than the limit. */
  readonly bytes: number | undefined

  constructor(bytes: number | undefined) {
    super(`unpacks to ${bytes ?? 'more'} bytes`)
    this.bytes = bytes
  }
}

/**
 * Unpacks the records of a batch, within bounds: what tells its size is refused before any of it is unpacked, the rest
 * once it has grown over the limit.
 *
 * @param codec as {@link CODEC_NAMES}, but not none.
 * @throws {UnpackLimitError} where it would take more than `limitBytes`; another error where the data are damaged.
 */
export function unpackBatch(codec: number, packed: Buffer, limitBytes: number): Buffer {
  switch (CODEC_NAMES[codec]) {
    case 'gzip':
      return bounded(() => gunzipSync(packed, { maxOutputLength: limitBytes }))
    case 'zstd':
      mustFit(zstdContentBytes(packed), limitBytes)
      return bounded(() => zstdDecompressSync(packed, { maxOutputLength: limitBytes }))
    // The library unpacks these two in one go, and takes whatever they say: their size is found out first.
    case 'snappy':
      mustFit(snappyBytes(packed), limitBytes)
      return compressionsAlgorithms.snappy.decompressSync(packed)
    case 'lz4':
      mustFit(lz4Bytes(packed, limitBytes), limitBytes)
      return compressionsAlgorithms.lz4.decompressSync(packed)
  }
  throw new Error(`unknown compression codec ${codec}`)
}

function mustFit(bytes: number | undefined, limitBytes: number): void {
  if (bytes !== undefined && bytes > limitBytes) throw new UnpackLimitError(bytes)
}

function bounded(unpack: () => Buffer): Buffer {
  try {
    return unpack()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new UnpackLimitError(undefined)
    throw error
  }
}

/** What the first frame says of itself (RFC 8878, 3.1.1.1); undefined where it says nothing. */
function zstdContentBytes(packed: Buffer): number | undefined {
  if (packed.length < 18 || packed.readUInt32LE(0) !== ZSTD_MAGIC) return undefined
  const descriptor = packed.readUInt8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes
  switch (descriptor >>> 6) {
    case 0:
      return isSingleSegment ? packed.readUInt8(at) : undefined
    case 1:
      return packed.readUInt16LE(at) + 256
    case 2:
      return packed.readUInt32LE(at)
    default:
      return Number(packed.readBigUInt64LE(at))
  }
}

function snappyBytes(packed: Buffer): number {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyBlockBytes(packed, 0)
  let bytes = 0
  for (let at = XERIAL_HEADER_BYTES; at < packed.length;) {
    const length = packed.readUInt32BE(at)
    bytes += snappyBlockBytes(packed, at + 4)
    at += 4 + length
  }
  return bytes
}

/** A block begins with its size, as a varint of up to 32 bits. */
function snappyBlockBytes(packed: Buffer, start: number): number {
  let bytes = 0
  for (let i = 0; i < 5; i++) {
    const byte = packed.readUInt8(start + i)
    bytes += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return bytes
  }
  throw new Error('the size of a snappy block is damaged')
}

/**
 * What the frame unpacks to: exact where that is over the limit, else perhaps more than it will be. Blocks cannot be larger
 * than their frame says, so only many of them have to be looked into.
 */
function lz4Bytes(packed: Buffer, limitBytes: number): number {
  const atMost = lz4FrameBytes(packed, (_start, _end, largest) => largest)
  return atMost <= limitBytes
    ? atMost
    : lz4FrameBytes(packed, (start, end) => lz4BlockBytes(packed, start, end))
}

function lz4FrameBytes(
  packed: Buffer,
  bytesOfBlock: (start: number, end: number, largest: number) => number,
): number {
  if (packed.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('this is no LZ4 frame')
  const flags = packed.readUInt8(4)
  const has = (flag: number): boolean => (flags & flag) !== 0
  const largest = 2 ** (8 + 2 * ((packed.readUInt8(5) >>> 4) & 7))
  let bytes = 0
  let at = 7 + (has(0x08) ? 8 : 0) + (has(0x01) ? 4 : 0)
  for (let size = packed.readUInt32LE(at); size !== 0; size = packed.readUInt32LE(at)) {
    const length = size & ~LZ4_PLAIN_BLOCK
    const start = at + 4
    at = start + length + (has(0x10) ? 4 : 0)
    bytes += size >= LZ4_PLAIN_BLOCK ? length : bytesOfBlock(start, start + length, largest)
  }
  return bytes
}

/** Adds up the literals and matches of a block, without making them. */
function lz4BlockBytes(packed: Buffer, start: number, end: number): number {
  let bytes = 0
  let at = start
  const extended = (length: number): number => {
    if (length < 15) return length
    for (let byte = 255; byte === 255; length += byte) byte = packed.readUInt8(at++)
    return length
  }
  while (at < end) {
    const token = packed.readUInt8(at++)
    const literals = extended(token >>> 4)
    bytes += literals
    at += literals
    // The last sequence of a block has literals only.
    if (at >= end) break
    at += 2
    bytes += extended(token & 15) + 4
  }
  return bytes
}
