const SMALLEST_BYTES = 4 * 1024

/** Memory that fetched records lie in, to be used again: a class of sizes per power of two. */
export class RecordBuffers {
  readonly #maxSpareBytes: number
  readonly #spare = new Map<number, Buffer[]>()
  #spareBytes = 0

  /** @param maxSpareBytes what is kept for later at most */
  constructor(maxSpareBytes: number) {
    this.#maxSpareBytes = maxSpareBytes
  }

  /** At least so many bytes. */
  take(bytes: number): Buffer {
    const size = Math.max(SMALLEST_BYTES, 2 ** Math.ceil(Math.log2(bytes)))
    const found = this.#spare.get(size)?.pop()
    if (found === undefined) return Buffer.allocUnsafeSlow(size)
    this.#spareBytes -= size
    return found
  }

  /** @param buffer as {@link take} gave it; nobody may read from it any more */
  give(buffer: Buffer): void {
    const size = buffer.length
    if (this.#spareBytes + size > this.#maxSpareBytes) return
    const list = this.#spare.get(size) ?? []
    this.#spare.set(size, list)
    list.push(buffer)
    this.#spareBytes += size
  }
}
