import { PieceGatherer } from './piece-gatherer.ts'
import type { FileBuffer } from './spill-buffer.ts'
import { writeVarNumber } from './var-number.ts'

/** Two numbers of at most nine bytes each stand before a record. */
const MAX_HEADER_BYTES = 18

let frame = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * A file's bytes with the offset of each record between them, so that the head of the file can be cut off where an
 * earlier life turns out to have written it. Reads as the bytes alone, from the cut on.
 *
 * A frame is two variable-length numbers, the offset counted from the file's first and the bytes that follow, and the
 * bytes.
 */
export class FramedBuffer implements FileBuffer {
  readonly #inner: FileBuffer
  readonly #firstOffset: bigint
  #offset = 0
  #payloadBytes = 0
  #cut = -1

  constructor(inner: FileBuffer, firstOffset: bigint) {
    this.#inner = inner
    this.#firstOffset = firstOffset
  }

  /** Bytes that {@link read} gives; what was cut off counts until {@link remainder} has been asked. */
  get bytes(): number {
    return this.#payloadBytes
  }

  get memoryBytes(): number {
    return this.#inner.memoryBytes
  }

  /** The source offset of what is appended from now on; never less than before. */
  set offset(offset: bigint) {
    this.#offset = Number(offset - this.#firstOffset)
  }

  append(bytes: Uint8Array, more?: Uint8Array): void {
    const length = bytes.length + (more?.length ?? 0)
    if (frame.length < length + MAX_HEADER_BYTES)
      frame = Buffer.allocUnsafeSlow(2 * length + MAX_HEADER_BYTES)
    let at = writeVarNumber(frame, 0, this.#offset)
    at = writeVarNumber(frame, at, length)
    frame.set(bytes, at)
    at += bytes.length
    if (more !== undefined) {
      frame.set(more, at)
      at += more.length
    }
    this.#inner.append(frame.subarray(0, at))
    this.#payloadBytes += length
  }

  /** Leaves out records up to that offset from now on. */
  cutAfter(offset: bigint): void {
    this.#cut = Math.max(this.#cut, Number(offset - this.#firstOffset))
  }

  /** The first offset that was not cut off, and how many appends follow from there; undefined where none is left. */
  async remainder(): Promise<{ readonly firstOffset: bigint; readonly records: number } | undefined> {
    let first: number | undefined
    let records = 0
    let left = 0
    for await (const { offset, bytes } of this.#frames()) {
      if (offset <= this.#cut) continue
      first ??= offset
      records++
      left += bytes.length
    }
    this.#payloadBytes = left
    return first === undefined ? undefined : { firstOffset: this.#firstOffset + BigInt(first), records }
  }

  async *read(): AsyncIterable<Buffer> {
    // Frames are more than what is in them.
    const gathered = new PieceGatherer(this.#inner.bytes)
    try {
      for await (const { offset, bytes } of this.#frames()) {
        if (offset <= this.#cut) continue
        const full = gathered.fullBefore(bytes.length)
        if (full !== undefined) yield full
        gathered.add(bytes, 0, bytes.length)
      }
      const rest = gathered.rest()
      if (rest !== undefined) yield rest
    } finally {
      gathered.close()
    }
  }

  /** Not for framed bytes: a head that was sent away can no longer be cut off. */
  discard(): void {
    throw new Error('the head of a framed file cannot be discarded')
  }

  release(): void {
    this.#inner.release()
  }

  /** The frames in order; the bytes of one are valid until the next one is asked for. */
  async *#frames(): AsyncGenerator<Frame> {
    let rest: Buffer = Buffer.alloc(0)
    for await (const piece of this.#inner.read()) {
      const input = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      let at = 0
      for (let next = readFrame(input, at); next !== undefined; next = readFrame(input, at)) {
        yield next
        at = next.end
      }
      rest = Buffer.from(input.subarray(at))
    }
    if (rest.length > 0) throw new Error(`${rest.length} bytes of a frame are left at the end of a file`)
  }
}

interface Frame {
  readonly offset: number
  readonly bytes: Buffer
  readonly end: number
}

/** The frame that begins there; undefined where the input ends within it. */
function readFrame(input: Buffer, from: number): Frame | undefined {
  const offset = readNumber(input, from)
  if (offset === undefined) return undefined
  const length = readNumber(input, offset.end)
  if (length === undefined) return undefined
  const end = length.end + length.value
  if (end > input.length) return undefined
  return { offset: offset.value, bytes: input.subarray(length.end, end), end }
}

function readNumber(
  input: Buffer,
  from: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  let scale = 1
  for (let at = from; at < input.length; at++) {
    const byte = input[at] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, end: at + 1 }
    scale *= 0x80
  }
  return undefined
}
