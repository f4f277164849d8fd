import { lz4Compress } from '@platformatic/wasm-utils'

/** Of a frame, before its blocks: magic, flags, size of blocks, checksum. */
const FRAME_HEADER_BYTES = 7
const LENGTH_BYTES = 4
const IS_STORED = 0x8000_0000
/** What the library puts into one block of a frame. */
const FRAME_BLOCK_BYTES = 4 * 1024 * 1024
/** Hadoop's codec takes blocks apart in a buffer of 256 KiB. */
const HADOOP_BLOCK_BYTES = 128 * 1024
/** From here on a length goes on in bytes of its own. */
const LONG_LENGTH = 15

/** A page as one bare block of LZ4 (Parquet's LZ4_RAW). */
export function lz4RawPage(page: Uint8Array): Buffer {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength)
  // Several blocks cannot be joined to one: what is too long for the library stays as it is.
  if (bytes.length === 0 || bytes.length > FRAME_BLOCK_BYTES) return literals(bytes)
  const frame = lz4Compress(bytes)
  const length = frame.readUInt32LE(FRAME_HEADER_BYTES)
  if (length >= IS_STORED) return literals(bytes)
  const from = FRAME_HEADER_BYTES + LENGTH_BYTES
  return Buffer.from(frame.subarray(from, from + length))
}

/** A page as Hadoop's codec writes it (Parquet's LZ4): blocks, each after its lengths without and with compression. */
export function lz4HadoopPage(page: Uint8Array): Buffer {
  const parts: Buffer[] = []
  for (let from = 0; from < page.length; from += HADOOP_BLOCK_BYTES) {
    const piece = page.subarray(from, from + HADOOP_BLOCK_BYTES)
    const block = lz4RawPage(piece)
    const lengths = Buffer.allocUnsafe(2 * LENGTH_BYTES)
    lengths.writeUInt32BE(piece.length)
    lengths.writeUInt32BE(block.length, LENGTH_BYTES)
    parts.push(lengths, block)
  }
  return Buffer.concat(parts)
}

/** A block that holds bytes as they are: one sequence without a match. */
function literals(bytes: Buffer): Buffer {
  if (bytes.length < LONG_LENGTH) return Buffer.concat([Buffer.from([bytes.length << 4]), bytes])
  const rest = bytes.length - LONG_LENGTH
  const length = Buffer.alloc(Math.floor(rest / 255) + 1, 255)
  length[length.length - 1] = rest % 255
  return Buffer.concat([Buffer.from([LONG_LENGTH << 4]), length, bytes])
}
