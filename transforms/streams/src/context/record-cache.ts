/**
 * How much the record cache of a client may hold: `statestore.cache.max.bytes`, in equal shares for its threads (KIP-770). Threads may
 * come and go.
 */
export class RecordCacheShares {
  readonly #totalBytes: number
  #threads = 1

  /** @param totalBytes 0: no cache */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes
  }

  get isOn(): boolean {
    return this.#totalBytes > 0
  }

  get shareBytes(): number {
    return this.#totalBytes / this.#threads
  }

  divideBy(threads: number): void {
    this.#threads = Math.max(1, threads)
  }
}

/**
 * The bytes that wait for the next commit in all tasks of one thread: updates that are not forwarded yet, and changes that are not in the
 * changelogs yet. Corresponds to Java's `ThreadCache`. What is kept is an estimate; rows themselves are in the stores at once.
 */
export class RecordCache {
  readonly #shares: RecordCacheShares
  #bytes = 0

  constructor(shares: RecordCacheShares) {
    this.#shares = shares
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Counts bytes taken, or given back. False where more wait than may: whoever took them lets its own go. */
  charge(bytes: number): boolean {
    this.#bytes += bytes
    return this.#bytes <= this.#shares.shareBytes
  }
}
