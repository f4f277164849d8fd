/** Smallest buffer that is kept. */
const MIN_BYTES = 16 * 1024

/**
 * Buffers that are used again, such as those of requests: they outlive the young generation, so each new one would be
 * garbage that only a full collection frees, up to 64 MiB of it before V8 thinks of one.
 */
export class BufferPool {
  readonly #maxBytes: number
  readonly #free = new Map<number, Buffer[]>()
  #freeBytes = 0

  /** @param maxBytes how much is kept while nobody uses it. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes)
    const found = this.#free.get(size)?.pop()
    if (found === undefined) return Buffer.allocUnsafeSlow(size)
    this.#freeBytes -= size
    return found
  }

  /**
   * Takes back what {@link take} gave, or a part of it, once nobody reads it any more: what is not kept is freed at once,
   * and can no longer be read.
   */
  give(buffer: Buffer): void {
    const size = buffer.buffer.byteLength
    if (this.#freeBytes + size > this.#maxBytes) {
      ;(buffer as Buffer<ArrayBuffer>).buffer.transfer(0)
      return
    }
    const kept = this.#free.get(size) ?? []
    kept.push(Buffer.from(buffer.buffer))
    this.#free.set(size, kept)
    this.#freeBytes += size
  }
}

/** The next power of two, so that bodies of about one size share buffers. */
function sizeFor(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(bytes, MIN_BYTES)))
}
