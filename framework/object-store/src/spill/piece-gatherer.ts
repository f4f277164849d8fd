import { PIECE_BYTES, readBuffers } from './read-buffers.ts'

/** Joins parts of what is read into pieces of a file; a piece is valid until more is added. */
export class PieceGatherer {
  #buffer: Buffer
  #used = 0

  /** @param atMostBytes how much will be added altogether. */
  constructor(atMostBytes: number) {
    this.#buffer = readBuffers.take(Math.min(PIECE_BYTES, atMostBytes))
  }

  /** The piece that is to go out before so many more bytes are added; undefined where they have room beside it. */
  fullBefore(bytes: number): Buffer | undefined {
    return this.#used + bytes > this.#buffer.length ? this.rest() : undefined
  }

  /** Adds bytes, after {@link fullBefore} was asked. */
  add(source: Buffer, from: number, to: number): void {
    if (to - from > this.#buffer.length) {
      readBuffers.give(this.#buffer)
      this.#buffer = readBuffers.take(to - from)
    }
    this.#used += source.copy(this.#buffer, this.#used, from, to)
  }

  /** What was added since the last piece; undefined where that is nothing. */
  rest(): Buffer | undefined {
    const piece = this.#used > 0 ? this.#buffer.subarray(0, this.#used) : undefined
    this.#used = 0
    return piece
  }

  /** No piece is read any more. To be called once. */
  close(): void {
    readBuffers.give(this.#buffer)
  }
}
