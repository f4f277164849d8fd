import type { FileBuffer } from '../spill/spill-buffer.ts'

const MAX_LENGTH_BYTES = 5

const scratch = Buffer.allocUnsafeSlow(MAX_LENGTH_BYTES)

/** Spills a row of a row format: its length, seven bits per byte, and its bytes. */
export function appendRow(row: Uint8Array, file: FileBuffer): void {
  let length = row.length
  let used = 0
  while (length >= 0x80) {
    scratch[used++] = (length & 0x7f) | 0x80
    length >>>= 7
  }
  scratch[used++] = length
  file.append(scratch.subarray(0, used), row)
}

/** The rows of a file, some at a time: so many that they have at least that many bytes, the last ones excepted. */
export async function* rowGroups(file: FileBuffer, groupBytes: number): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer = Buffer.alloc(0)
  let group: Buffer[] = []
  let bytes = 0
  for await (const piece of file.read()) {
    // A copy: the rows of a group are needed longer than the piece is valid.
    const input = Buffer.concat([rest, piece])
    let at = 0
    for (;;) {
      const body = bodyOf(input, at)
      if (body === undefined) break
      group.push(body)
      bytes += body.length
      at = body.byteOffset - input.byteOffset + body.length
    }
    rest = input.subarray(at)
    if (bytes >= groupBytes) {
      yield group
      group = []
      bytes = 0
    }
  }
  if (rest.length > 0) throw new Error(`${rest.length} bytes of a row are left at the end of a file`)
  if (group.length > 0) yield group
}

/** The row whose length stands there; undefined where the input ends within it. */
function bodyOf(input: Buffer, from: number): Buffer | undefined {
  let length = 0
  for (let at = from, shift = 0; at < input.length; at++, shift += 7) {
    const byte = input[at] as number
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80)
      return at + 1 + length <= input.length ? input.subarray(at + 1, at + 1 + length) : undefined
  }
  return undefined
}
