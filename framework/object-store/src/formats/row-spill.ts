import type { FileBuffer } from '../spill/spill-buffer.ts'
import { writeVarNumber } from '../spill/var-number.ts'

const MAX_LENGTH_BYTES = 5

const scratch = Buffer.allocUnsafeSlow(MAX_LENGTH_BYTES)
/** The first bytes of it, by their number. */
const prefixes = Array.from({ length: MAX_LENGTH_BYTES + 1 }, (_, used) => scratch.subarray(0, used))

/** Spills a row of a row format: its length, seven bits per byte, and its bytes. */
export function appendRow(row: Uint8Array, file: FileBuffer): void {
  const used = writeVarNumber(scratch, 0, row.length)
  file.append(prefixes[used] as Buffer, row)
}

/** Takes a row where it lies. @returns true where control is to go back before the next row. */
export type TakeRow = (input: Buffer, from: number, to: number) => boolean

/**
 * Hands over the rows of a file, in order, and yields wherever that is asked for.
 *
 * @param pieces of the file's bytes; rows are valid as long as they are.
 */
export async function* readRows(pieces: AsyncIterable<Buffer>, take: TakeRow): AsyncGenerator<void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    let at = 0
    if (rest.length > 0) {
      // Only the row that lies across two pieces is copied together.
      const { from, end } = rowAt(Buffer.concat([rest, piece.subarray(0, MAX_LENGTH_BYTES)]), 0)
      if (end < 0 || end > rest.length + piece.length) {
        rest = Buffer.concat([rest, piece])
        continue
      }
      at = end - rest.length
      if (take(Buffer.concat([rest, piece.subarray(0, at)]), from, end)) yield
    }
    for (;;) {
      const { from, end } = rowAt(piece, at)
      if (end < 0 || end > piece.length) break
      at = end
      if (take(piece, from, end)) yield
    }
    rest = Buffer.from(piece.subarray(at))
  }
  if (rest.length > 0) throw new Error(`${rest.length} bytes of a row are left at the end of a file`)
}

/** One for all: it is looked at before anything else is asked. */
const found = { from: 0, end: 0 }

/** Where the row whose length stands there begins and ends; the end is negative where the length itself is cut off. */
function rowAt(input: Buffer, at: number): typeof found {
  let length = 0
  let scale = 1
  for (let from = at; from < input.length; scale *= 128) {
    const byte = input[from++] as number
    length += (byte & 0x7f) * scale
    if (byte >= 0x80) continue
    found.from = from
    found.end = from + length
    return found
  }
  found.end = -1
  return found
}

/** The rows of a file, some at a time: as many as have at least that many bytes together, the last ones excepted. */
export async function* rowGroups(file: FileBuffer, groupBytes: number): AsyncGenerator<readonly Buffer[]> {
  let group: Buffer[] = []
  let bytes = 0
  const take: TakeRow = (input, from, to) => {
    group.push(input.subarray(from, to))
    bytes += to - from
    return bytes >= groupBytes
  }
  for await (const _ of readRows(copies(file.read()), take)) {
    yield group
    group = []
    bytes = 0
  }
  if (group.length > 0) yield group
}

/** Pieces that stay: the rows of a group are needed longer than those that are read. */
async function* copies(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece)
}
