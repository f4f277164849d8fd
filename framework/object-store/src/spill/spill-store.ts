import { BLOCK_BYTES, BlockArena, NO_BLOCK } from './block-arena.ts'
import type { BudgetMember } from './byte-budget.ts'
import { ExtentTable, NO_EXTENT } from './extent-table.ts'
import { FileTable } from './file-table.ts'
import { HEADER_BYTES, openFrame, sealFrame } from './frame.ts'
import type { SegmentLog } from './segment-log.ts'
import { SpillCorruptedError, SpillFullError } from './spill-errors.ts'
import { shrinkArena } from './shrink-arena.ts'
import { spillVictims } from './spill-victims.ts'

/** One sequential write to the log; small tails are gathered to this size. */
const BATCH_BYTES = 1024 * 1024
/** What one append may have to wait for the disk to take. */
const MOST_AT_ONCE = 16 * BATCH_BYTES
/** A piece of a large file shorter than this waits for the next batch. */
const SMALLEST_PIECE = 64 * 1024

/** Used within one synchronous call: all buffers of a thread share it. */
let batchBuffer: Buffer | undefined

/** Bytes of a file that stand in the batch buffer, not yet in the log. */
interface Piece {
  readonly file: number
  readonly at: number
  readonly length: number
}

/**
 * The open files of one task by number: blocks in memory, extents in the log, and the way from one to the other. What
 * a file has on disk is always older than what it has in memory.
 */
export class SpillStore {
  readonly files = new FileTable()
  readonly extents = new ExtentTable()
  readonly arena: BlockArena
  readonly log: SegmentLog
  readonly #memory: BudgetMember
  /** Bytes at the start that are gone, of the few files that were discarded from. */
  readonly #discarded = new Map<number, number>()
  /** See `SpillBuffer.mayOverdraw`. */
  mayOverdraw = false
  #fullEpoch: number | undefined
  #isClosed = false

  constructor(memory: BudgetMember, log: SegmentLog) {
    this.#memory = memory
    this.arena = new BlockArena(memory)
    this.log = log
  }

  /** Adds one or two pieces to a file. @throws {SpillFullError}, nothing being added. */
  append(file: number, bytes: Uint8Array, more: Uint8Array | undefined): void {
    const length = more === undefined ? bytes.length : bytes.length + more.length
    const { fill, memoryBytes, lastBlock } = this.files
    const room = lastBlock[file] === NO_BLOCK ? 0 : BLOCK_BYTES - (fill[file] as number)
    if (length > room) {
      // One block more than seems needed: making room may take this file's last block.
      const needed = Math.ceil((length - room) / BLOCK_BYTES) + 1
      if (needed > this.arena.freeBlocks) this.#makeRoom(needed)
    }
    this.#put(file, bytes)
    if (more !== undefined) this.#put(file, more)
    memoryBytes[file] = (memoryBytes[file] as number) + length
  }

  /** Forgets a file and frees what it held. */
  release(file: number): void {
    const { firstBlock, firstExtent } = this.files
    for (let block = firstBlock[file] as number; block !== NO_BLOCK;) {
      const next = this.arena.next(block)
      this.arena.free(block)
      block = next
    }
    for (let extent = firstExtent[file] as number; extent !== NO_EXTENT;) {
      const next = this.extents.next(extent)
      this.#freeExtent(extent)
      extent = next
    }
    this.#discarded.delete(file)
    this.files.remove(file)
    this.#settle()
  }

  /** Where in a file the bytes begin that are still there. */
  start(file: number): number {
    return this.#discarded.get(file) ?? 0
  }

  /** Frees what lies before a place in the file, in whole extents and blocks. */
  discard(file: number, to: number): void {
    const { files, arena } = this
    let start = this.start(file)
    for (;;) {
      const extent = files.firstExtent[file] as number
      if (extent === NO_EXTENT) break
      const length = this.extents.length(extent)
      if (start + length > to) break
      const next = this.extents.next(extent)
      files.firstExtent[file] = next
      if (next === NO_EXTENT) files.lastExtent[file] = NO_EXTENT
      files.diskBytes[file] = (files.diskBytes[file] as number) - length
      this.#freeExtent(extent)
      start += length
    }
    while (files.firstExtent[file] === NO_EXTENT && start + BLOCK_BYTES <= to) {
      const block = files.firstBlock[file] as number
      if (block === files.lastBlock[file]) break
      files.firstBlock[file] = arena.next(block)
      files.memoryBytes[file] = (files.memoryBytes[file] as number) - BLOCK_BYTES
      arena.free(block)
      start += BLOCK_BYTES
    }
    if (start > 0) this.#discarded.set(file, start)
    this.#settle()
  }

  /** After something was freed. */
  #settle(): void {
    this.arena.settle()
    const { diskBytes, liveBytes, segmentBytes } = this.log
    if (diskBytes - liveBytes > liveBytes + 4 * segmentBytes) this.compact()
    this.#memory.announce()
  }

  /** Copies bytes of a file that are in memory. @param from counts from the first byte in memory. */
  copyMemory(file: number, from: number, target: Buffer): void {
    let block = this.files.firstBlock[file] as number
    let skip = from
    for (; skip >= BLOCK_BYTES; skip -= BLOCK_BYTES) block = this.arena.next(block)
    for (let at = 0; at < target.length; block = this.arena.next(block)) {
      const start = this.arena.start(block)
      at += this.arena.chunk(block).copy(target, at, start + skip, start + BLOCK_BYTES)
      skip = 0
    }
  }

  /**
   * Gives memory back where another task asks for it: a quarter of what this one has beyond its fair share. Who needs
   * more asks again.
   */
  relieve(): void {
    if (!this.#memory.isPressed) return
    const { used, fairShare } = this.#memory
    const keep = Math.max(fairShare, used - Math.max(BATCH_BYTES, (used - fairShare) / 4))
    try {
      while (this.arena.usedBytes > keep && this.#spill(this.arena.usedBytes - keep));
      shrinkArena(this.arena, this.files, keep)
    } catch (error) {
      // The disk is full: this task has no way to give memory back but to commit files.
      if (!(error instanceof SpillFullError)) throw error
    }
    this.#memory.relieved()
    this.#memory.announce()
  }

  /** Resolves at the next chance that an append that failed might not fail. */
  async waitForSpace(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const epoch = this.#fullEpoch ?? this.#memory.epoch
    this.#fullEpoch = undefined
    await this.#memory.waitForRelease(epoch, timeoutMs, signal)
  }

  /** A reader has let go of its segments. */
  announce(): void {
    this.#memory.announce()
  }

  /**
   * Moves what is needed of the emptiest segment to the end of the log, which drops the segment. False where none is
   * worth it or the disk has no room even for that.
   */
  compact(): boolean {
    const segment = this.log.sparsest()
    if (segment === undefined) return false
    const buffer = Buffer.allocUnsafe(BATCH_BYTES)
    let batch: number[] = []
    let used = 0
    try {
      for (const extent of this.extents.inSegment(segment)) {
        const length = HEADER_BYTES + this.extents.length(extent)
        if (used + length > buffer.length) {
          this.#move(segment, batch, buffer, used)
          batch = []
          used = 0
        }
        const offset = this.extents.offset(extent)
        this.log.readSync(segment, buffer, used, length, offset)
        openFrame(buffer, used, length - HEADER_BYTES, this.log.path(segment), offset)
        batch.push(extent)
        used += length
      }
      this.#move(segment, batch, buffer, used)
      return true
    } catch (error) {
      if (error instanceof SpillCorruptedError) this.log.markBroken(segment)
      else if (!(error instanceof SpillFullError)) throw error
      return false
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    this.#isClosed = true
    this.log.close()
    this.arena.close()
  }

  #put(file: number, bytes: Uint8Array): void {
    const { files, arena } = this
    const length = bytes.length
    let block = files.lastBlock[file] as number
    let fill = files.fill[file] as number
    for (let at = 0; at < length;) {
      if (block === NO_BLOCK || fill === BLOCK_BYTES) {
        const fresh = arena.take()
        if (block === NO_BLOCK) files.firstBlock[file] = fresh
        else arena.link(block, fresh)
        block = fresh
        fill = 0
      }
      const size = Math.min(length - at, BLOCK_BYTES - fill)
      copy(bytes, at, arena.chunk(block), arena.start(block) + fill, size)
      fill += size
      at += size
    }
    files.lastBlock[file] = block
    files.fill[file] = fill
  }

  #makeRoom(blocks: number): void {
    const epoch = this.#memory.epoch
    while (this.arena.freeBlocks < blocks) {
      if (this.arena.grow(false)) continue
      const excess = this.#memory.excess
      const share = Math.min(this.arena.usedBytes / 4, MOST_AT_ONCE)
      const target = Math.max(BATCH_BYTES, share, blocks * BLOCK_BYTES + excess)
      try {
        // With nothing left to spill, a record has to go somewhere.
        if (!this.#spill(target)) this.arena.grow(true)
        else if (excess > 0) shrinkArena(this.arena, this.files, this.arena.bytes - excess)
      } catch (error) {
        if (!(error instanceof SpillFullError)) throw error
        if (this.mayOverdraw) {
          this.arena.grow(true)
          continue
        }
        this.#fullEpoch = epoch
        throw error
      }
    }
  }

  /**
   * Moves at least so many bytes to the log, of the largest tails first. False where there is nothing to move.
   *
   * @throws {SpillFullError} where nothing could be moved.
   */
  #spill(targetBytes: number): boolean {
    const victims = spillVictims(this.files, targetBytes)
    const buffer = (batchBuffer ??= Buffer.allocUnsafeSlow(BATCH_BYTES))
    let pieces: Piece[] = []
    let used = 0
    let moved = 0
    const flush = (): void => {
      this.#writePieces(pieces, buffer, used)
      moved += used
      pieces = []
      used = 0
    }
    try {
      for (const file of victims) {
        const missing = targetBytes - moved - used
        if (missing <= 0) break
        let left = this.files.memoryBytes[file] as number
        // Of one large file only what is asked for goes, in whole blocks.
        if (left > missing + BATCH_BYTES) left = Math.ceil(missing / BLOCK_BYTES) * BLOCK_BYTES
        let from = 0
        while (left > 0) {
          let size = Math.min(left, buffer.length - used - HEADER_BYTES)
          if (size < left) size -= size % BLOCK_BYTES
          if (size < Math.min(left, SMALLEST_PIECE)) {
            flush()
            from = 0
            continue
          }
          this.copyMemory(file, from, buffer.subarray(used + HEADER_BYTES, used + HEADER_BYTES + size))
          pieces.push({ file, at: used, length: size })
          used += HEADER_BYTES + size
          from += size
          left -= size
        }
      }
      if (used > 0) flush()
    } catch (error) {
      if (moved === 0) throw error
      if (!(error instanceof SpillFullError)) throw error
    }
    return moved > 0
  }

  #writePieces(pieces: readonly Piece[], buffer: Buffer, used: number): void {
    for (;;) {
      const { segment, offset } = this.log.place(used)
      for (const { at, length } of pieces) sealFrame(buffer, at, length, offset + at)
      try {
        this.log.append(buffer, used, false)
      } catch (error) {
        if (error instanceof SpillFullError && this.compact()) continue
        throw error
      }
      for (const piece of pieces) this.#moveToDisk(piece, segment, offset)
      return
    }
  }

  /** The bytes are in the log: the blocks they came from are free. */
  #moveToDisk({ file, at, length }: Piece, segment: number, offset: number): void {
    const { files, arena } = this
    let block = files.firstBlock[file] as number
    for (let freed = 0; freed < length; freed += BLOCK_BYTES) {
      const next = arena.next(block)
      arena.free(block)
      block = next
    }
    files.firstBlock[file] = block
    if (block === NO_BLOCK) files.lastBlock[file] = NO_BLOCK
    files.memoryBytes[file] = (files.memoryBytes[file] as number) - length
    files.diskBytes[file] = (files.diskBytes[file] as number) + length
    const extent = this.extents.add(segment, offset + at, length)
    const last = files.lastExtent[file] as number
    if (last === NO_EXTENT) files.firstExtent[file] = extent
    else this.extents.link(last, extent)
    files.lastExtent[file] = extent
  }

  #move(from: number, batch: readonly number[], buffer: Buffer, used: number): void {
    if (used === 0) return
    const { segment, offset } = this.log.place(used)
    let at = 0
    for (const extent of batch) {
      sealFrame(buffer, at, this.extents.length(extent), offset + at)
      at += HEADER_BYTES + this.extents.length(extent)
    }
    this.log.append(buffer, used, true)
    at = 0
    for (const extent of batch) {
      this.extents.move(extent, segment, offset + at)
      at += HEADER_BYTES + this.extents.length(extent)
    }
    this.log.free(from, used)
  }

  #freeExtent(extent: number): void {
    this.log.free(this.extents.segment(extent), HEADER_BYTES + this.extents.length(extent))
    this.extents.remove(extent)
  }
}

function copy(from: Uint8Array, at: number, to: Buffer, toAt: number, size: number): void {
  if (size === 1) to[toAt] = from[at] as number
  else if (size === from.length) to.set(from, toAt)
  else to.set(from.subarray(at, at + size), toAt)
}
