import { StreamsException } from '../core/errors.ts'

/** Gives memory back when asked, e.g. by moving rows to disk. */
export interface MemoryReliever {
  /** Tries to free this many bytes of what it charged. */
  relieve(bytes: number): void
}

/** One in so many bytes of the bound is freed beyond what is needed. */
const slackShare = 16
const defaultLimitBytes = 1024 * 1024 * 1024

/**
 * One bound for the memory of all state stores of a process: rows of in-memory stores, write-back buffers and read caches of
 * persistent ones. Give the same object to every engine of the process. At the bound persistent stores move rows to disk;
 * where only in-memory rows are left, the put that crosses it throws instead of letting the process die of memory.
 * Java has no such bound. The record cache has one of its own (`statestore.cache.max.bytes`), as there.
 */
export class StateMemory {
  /** Bytes, an estimate of heap and buffers. */
  readonly limitBytes: number
  #usedBytes = 0
  readonly #relievers = new Set<MemoryReliever>()
  #relieving = false

  constructor(limitBytes: number = defaultLimitBytes) {
    if (!(limitBytes > 0)) throw new RangeError(`state memory limit must be positive, not ${limitBytes}`)
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Room that is left before the bound, bytes; 0 when it is reached. */
  get freeBytes(): number {
    return Math.max(0, this.limitBytes - this.#usedBytes)
  }

  attach(reliever: MemoryReliever): void {
    this.#relievers.add(reliever)
  }

  /** False when it was not attached. */
  detach(reliever: MemoryReliever): boolean {
    return this.#relievers.delete(reliever)
  }

  /** Counts bytes taken (positive) or given back (negative); never throws. Returns false when the bound stays exceeded. */
  charge(bytes: number): boolean {
    this.#usedBytes += bytes
    if (bytes <= 0 || this.#usedBytes <= this.limitBytes) return true
    if (!this.#relieving) this.#relieve()
    return this.#usedBytes <= this.limitBytes
  }

  /** As {@link charge}, for memory that cannot be moved elsewhere: throws StreamsException when the bound stays exceeded. */
  require(bytes: number, what: string): void {
    if (this.charge(bytes)) return
    this.#usedBytes -= bytes
    throw new StreamsException(
      `${what}: the state stores of this process need more than their bound of ${this.limitBytes} bytes ` +
        `(${this.#usedBytes} in use). Raise the limit of StateMemory, or use persistent stores.`,
    )
  }

  #relieve(): void {
    this.#relieving = true
    try {
      for (const reliever of this.#relievers) {
        // Somewhat more than needed, so that the next puts do not come here again one by one; not so much that moving it
        // to disk would keep the event loop waiting.
        reliever.relieve(this.#usedBytes - this.limitBytes + this.limitBytes / slackShare)
        if (this.#usedBytes <= this.limitBytes) return
      }
    } finally {
      this.#relieving = false
    }
  }
}
