/** Where the records of a batch come from, in little room: runs of records of one origin, and a number for each record. */
export class RecordOrigins {
  readonly #origins: (object | undefined)[] = []
  /** By run: the first record of it. */
  readonly #begins: number[] = []
  #last: object | undefined
  #offsets = new BigInt64Array(64)

  /** @param at counts up from one call to the next */
  set(at: number, origin: object | undefined, offset: bigint): void {
    if (origin !== this.#last) {
      this.#last = origin
      this.#origins.push(origin)
      this.#begins.push(at)
    }
    if (at >= this.#offsets.length) this.#grow(at)
    this.#offsets[at] = offset
  }

  originOf(at: number): object | undefined {
    const run = this.#begins.findLastIndex((begin) => begin <= at)
    return run < 0 ? undefined : this.#origins[run]
  }

  offsetOf(at: number): bigint {
    return this.#offsets[at] ?? -1n
  }

  #grow(at: number): void {
    const before = this.#offsets
    this.#offsets = new BigInt64Array(Math.max(before.length * 2, at + 1))
    this.#offsets.set(before)
  }
}
