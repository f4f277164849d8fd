import { PieceGatherer } from '../spill/piece-gatherer.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import { writeVarNumber } from '../spill/var-number.ts'

const MAX_LENGTH_BYTES = 5

/**
 * What several formats write of one record, gathered so that it goes to the file's buffer in one piece or not at all:
 * the views of a file never come apart, whatever a format refuses and wherever the disk is full.
 *
 * A frame is the length of each view's bytes, as variable-length numbers, and the bytes.
 */
export class FrameGatherer implements FileBuffer {
  readonly #lengths: number[]
  readonly #head: Buffer
  #body: Buffer = Buffer.allocUnsafeSlow(16 * 1024)
  #used = 0
  #view = 0
  #target: FileBuffer | undefined

  constructor(views: number) {
    this.#lengths = Array.from({ length: views }, () => 0)
    this.#head = Buffer.allocUnsafeSlow(views * MAX_LENGTH_BYTES)
  }

  /** Begins a record of a file. */
  begin(target: FileBuffer): void {
    this.#target = target
    this.#used = 0
    this.#lengths.fill(0)
  }

  /** Which view is appended from now on; views come in order. */
  set view(view: number) {
    this.#view = view
  }

  /** As of the file: a format may ask whether this is its first record. */
  get bytes(): number {
    return this.#target?.bytes ?? 0
  }

  get memoryBytes(): number {
    return this.#target?.memoryBytes ?? 0
  }

  append(bytes: Uint8Array, more?: Uint8Array): void {
    const added = bytes.length + (more?.length ?? 0)
    if (this.#used + added > this.#body.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.#used + added))
      this.#body.copy(larger, 0, 0, this.#used)
      this.#body = larger
    }
    this.#body.set(bytes, this.#used)
    if (more !== undefined) this.#body.set(more, this.#used + bytes.length)
    this.#used += added
    this.#lengths[this.#view] = (this.#lengths[this.#view] as number) + added
  }

  /** Sends what was gathered to the file. @throws {SpillFullError} */
  end(): void {
    let at = 0
    for (const length of this.#lengths) at = writeVarNumber(this.#head, at, length)
    this.#target?.append(this.#head.subarray(0, at), this.#body.subarray(0, this.#used))
  }

  read(): AsyncIterable<Buffer> {
    throw new Error('a record that is being gathered cannot be read')
  }

  discard(): void {
    throw new Error('a record that is being gathered has no start to discard')
  }

  release(): void {}
}

/** One view of a file whose records are framed: reads as the bytes of that view alone. */
export class FramedView implements FileBuffer {
  readonly #file: FileBuffer
  readonly #view: number
  readonly #views: number

  constructor(file: FileBuffer, view: number, views: number) {
    this.#file = file
    this.#view = view
    this.#views = views
  }

  /** Of all views together: how many are this one's, only reading tells. */
  get bytes(): number {
    return this.#file.bytes
  }

  get memoryBytes(): number {
    return this.#file.memoryBytes
  }

  async *read(): AsyncIterable<Buffer> {
    // A view is a part of the file.
    const gathered = new PieceGatherer(this.#file.bytes)
    let rest: Buffer = Buffer.alloc(0)
    try {
      for await (const piece of this.#file.read()) {
        const input = rest.length === 0 ? piece : Buffer.concat([rest, piece])
        let at = 0
        for (let frame = this.#frameAt(input, at); frame !== undefined; frame = this.#frameAt(input, at)) {
          const { from, to, end } = frame
          const full = gathered.fullBefore(to - from)
          if (full !== undefined) yield full
          gathered.add(input, from, to)
          at = end
        }
        rest = Buffer.from(input.subarray(at))
      }
      if (rest.length > 0) throw new Error(`${rest.length} bytes of a record are left at the end of a file`)
      const last = gathered.rest()
      if (last !== undefined) yield last
    } finally {
      gathered.close()
    }
  }

  append(): void {
    throw new Error('a single view of a file cannot be appended to')
  }

  discard(): void {
    throw new Error('the start of a single view cannot be discarded')
  }

  release(): void {}

  /** Where this view's bytes lie in the frame that begins there; undefined where the input ends within it. */
  #frameAt(input: Buffer, start: number): { from: number; to: number; end: number } | undefined {
    let at = start
    let before = 0
    let own = 0
    let all = 0
    for (let view = 0; view < this.#views; view++) {
      let length = 0
      for (let scale = 1; ; scale *= 0x80) {
        const byte = input[at++]
        if (byte === undefined) return undefined
        length += (byte & 0x7f) * scale
        if (byte < 0x80) break
      }
      if (view < this.#view) before += length
      if (view === this.#view) own = length
      all += length
    }
    const from = at + before
    return at + all <= input.length ? { from, to: from + own, end: at + all } : undefined
  }
}
