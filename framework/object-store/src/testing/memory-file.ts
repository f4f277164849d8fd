import { SpillFullError } from '../spill/spill-errors.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'

export interface MemoryFileOptions {
  /** Sizes of the pieces it is read in, in turn. Absent: one piece. Each is overwritten when the next one is asked for. */
  readonly pieces?: readonly number[]
  /** Which calls of `append`, counted from 0, find no room. */
  readonly isFull?: (call: number) => boolean
}

/** An open file in memory, for tests. */
export class MemoryFile implements FileBuffer {
  readonly memoryBytes = 0
  readonly #options: MemoryFileOptions
  readonly #written: Uint8Array[] = []
  #calls = 0

  constructor(options: MemoryFileOptions = {}) {
    this.#options = options
  }

  get bytes(): number {
    return this.#written.reduce((sum, piece) => sum + piece.length, 0)
  }

  /** How often `append` was called. */
  get calls(): number {
    return this.#calls
  }

  append(bytes: Uint8Array, more?: Uint8Array): void {
    const call = this.#calls++
    if (this.#options.isFull?.(call) === true) throw new SpillFullError('The test has no room')
    this.#written.push(Buffer.from(bytes), Buffer.from(more ?? []))
  }

  async *read(from = 0): AsyncIterable<Buffer> {
    const all = Buffer.concat(this.#written)
    const sizes = this.#options.pieces ?? [all.length]
    for (let at = from, i = 0; at < all.length; i++) {
      const size = sizes[i % sizes.length] ?? all.length
      const piece = Buffer.from(all.subarray(at, at + size))
      yield piece
      if (this.#options.pieces !== undefined) piece.fill(0xff)
      at += size
    }
  }

  discard(): void {}

  release(): void {}
}
