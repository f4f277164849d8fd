import type { ByteWriter } from 'hyparquet-writer'

/** Fewer equal values than this are packed with their neighbours. */
const GROUP = 8

/**
 * Writes small numbers as Parquet's hybrid of runs and bit-packed groups, without its length in front.
 *
 * @param bitWidth bits of the largest value, up to 24.
 * @returns the bytes written.
 */
export function writeRuns(writer: ByteWriter, values: Uint8Array | Uint32Array, bitWidth: number): number {
  const before = writer.offset
  const count = values.length
  let packedFrom = 0
  let at = 0
  while (at < count) {
    const value = values[at] as number
    let end = at + 1
    while (end < count && values[end] === value) end++
    if (end - at < GROUP) {
      at += GROUP
      continue
    }
    writeGroups(writer, values, packedFrom, at, bitWidth)
    writer.appendVarInt((end - at) << 1)
    for (let bits = 0; bits < bitWidth; bits += 8) writer.appendUint8((value >>> bits) & 0xff)
    packedFrom = at = end
  }
  writeGroups(writer, values, packedFrom, at, bitWidth)
  return writer.offset - before
}

/** Whole groups of eight; the last one is filled up with zeros. */
function writeGroups(
  writer: ByteWriter,
  values: Uint8Array | Uint32Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  if (from === to) return
  writer.appendVarInt((((to - from) / GROUP) << 1) | 1)
  let held = 0
  let bits = 0
  for (let i = from; i < to; i++) {
    held |= (values[i] ?? 0) << bits
    for (bits += bitWidth; bits >= 8; bits -= 8) {
      writer.appendUint8(held & 0xff)
      held >>>= 8
    }
  }
}
