import { crc32 } from 'node:zlib'
import { SpillCorruptedError } from './spill-errors.ts'

/**
 * A frame of the spill log: a header of 16 bytes and the bytes of one file. The header is little endian: `SPL1`, the
 * frame's own offset in its segment, the length and the CRC-32 of the bytes.
 */
export const HEADER_BYTES = 16
const MAGIC = 0x314c5053

/** Writes the header of a frame whose bytes stand behind it already. */
export function sealFrame(buffer: Buffer, at: number, length: number, segmentOffset: number): void {
  buffer.writeUInt32LE(MAGIC, at)
  buffer.writeUInt32LE(segmentOffset, at + 4)
  buffer.writeUInt32LE(length, at + 8)
  const start = at + HEADER_BYTES
  buffer.writeUInt32LE(crc32(buffer.subarray(start, start + length)), at + 12)
}

/** The bytes of the frame that was read to `at`. @throws {SpillCorruptedError} where they are not what was written. */
export function openFrame(
  buffer: Buffer,
  at: number,
  length: number,
  segment: string,
  segmentOffset: number,
): Buffer {
  const start = at + HEADER_BYTES
  const isOurs =
    buffer.length >= start + length &&
    buffer.readUInt32LE(at) === MAGIC &&
    buffer.readUInt32LE(at + 4) === segmentOffset &&
    buffer.readUInt32LE(at + 8) === length
  if (!isOurs) throw new SpillCorruptedError(segment, segmentOffset, 'another frame than the one written')
  const bytes = buffer.subarray(start, start + length)
  if (crc32(bytes) !== buffer.readUInt32LE(at + 12)) {
    throw new SpillCorruptedError(segment, segmentOffset, 'a wrong checksum')
  }
  return bytes
}
