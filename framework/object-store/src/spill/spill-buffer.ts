import type { ByteBudget } from './byte-budget.ts'

/** How a {@link SpillBuffer} is set up. */
export interface SpillBufferOptions {
  /** `buffer.dir`: holds one directory of its own per open buffer; may be shared by workers. */
  readonly directory: string
  /** `buffer.memory.bytes`: the worker's one budget; see {@link ByteBudget}. */
  readonly memory: ByteBudget
  /** `buffer.disk.bytes`: the worker's budget of spill log bytes on disk. */
  readonly disk: ByteBudget
  /** Bytes after which a segment of the log is sealed; 32 MiB, or an eighth of the disk budget if that is less. */
  readonly segmentBytes?: number
}

/**
 * The bytes of one open file: what was appended, in order. The newest are in memory, what had to leave is in the spill
 * log. Holds no file descriptor and no buffer of its own.
 */
export interface FileBuffer {
  /** Bytes appended so far; 0 after `release`. */
  readonly bytes: number
  /** Those of them that are in memory. */
  readonly memoryBytes: number
  /**
   * Adds bytes, which are copied, and then a second piece, such as a line separator, as if they were one. Older bytes,
   * of this file or others, are spilled first where the budget asks for it.
   *
   * @throws {SpillFullError} where neither memory nor disk has room; nothing was added then. Commit a file and release
   *   it, or pause the consumer and await {@link SpillBuffer.waitForSpace}; then append again.
   */
  append(bytes: Uint8Array, more?: Uint8Array): void
  /**
   * Everything appended before this call, in order, in pieces of 256 KiB and more (the last one excepted), each valid
   * only until the next one is asked for. May run while more is appended, and several times: for an upload that starts
   * over.
   *
   * @param from the place in the file to begin at; 0.
   * @throws {SpillCorruptedError} naming segment and offset, where the disk gave back other bytes than were written.
   */
  read(from?: number): AsyncIterable<Buffer>
  /**
   * Frees bytes at the start that the store has for good, such as parts of an upload that are never asked for again.
   * Places in the file stay what they were: `bytes` does not shrink.
   */
  discard(to: number): void
  /** Frees memory and disk. Idempotent; a read that still runs then fails. */
  release(): void
}

/**
 * Open files of one task under the worker's byte budget: more open files than memory means disk, never more memory.
 * Used by one thread. Nothing in it survives the process, and nothing needs to: Kafka has it all.
 */
export interface SpillBuffer {
  openFile(): FileBuffer
  /** Open files of this buffer. */
  readonly openFiles: number
  /**
   * While true, `append` goes beyond the budgets rather than fail: for the few bytes that have to stay with others
   * which are in already.
   */
  mayOverdraw: boolean
  /** Bytes of this buffer in memory (blocks in use) and in the spill log (segment files, dead bytes included). */
  readonly memoryBytes: number
  readonly diskBytes: number
  /** Bytes written to the spill log since start, compaction included. */
  readonly spilledBytes: number
  /**
   * Resolves when space was freed since the last {@link SpillFullError}, by this buffer or another one of the worker:
   * the event that ends a pause. Also from time to time without, as others use the disk too. Append, and wait again
   * where it still fails.
   *
   * @throws the signal's reason.
   */
  waitForSpace(signal?: AbortSignal): Promise<void>
  /** Gives memory back when another task of the worker needs it. Call it once per `put`, also an empty one. */
  relieve(): void
  /** Releases everything and removes the directory. Idempotent. */
  close(): void
}
