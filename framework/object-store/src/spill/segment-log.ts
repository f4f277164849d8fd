import { closeSync, ftruncateSync, openSync, read, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConnectError } from '@spillway/api'
import type { BudgetMember } from './byte-budget.ts'
import { SpillCorruptedError, SpillFullError } from './spill-errors.ts'

const readAsync = promisify(read)
const FULL_CODES: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
/** Granularity of the disk budget. */
const BUDGET_STEP = 64 * 1024

/** One file of the log. */
interface Segment {
  readonly id: number
  readonly path: string
  readonly fd: number
  size: number
  /** Bytes that some open file still needs. */
  live: number
  /** Reads under way: the file stays until they end. */
  pins: number
  reserved: number
  isSealed: boolean
  isDropped: boolean
  /** A frame in it could not be read back: compaction leaves it alone. */
  isBroken: boolean
}

/** Writes to a file at an offset; a seam where tests make the disk fail. */
export type DiskWrite = (
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
  position: number,
) => number

export interface SegmentLogOptions {
  readonly directory: string
  readonly segmentBytes: number
  readonly budget: BudgetMember
  readonly write?: DiskWrite
}

/**
 * The append-only log that all open files of a task share: a few large files, each with the bytes it is still needed
 * for. One without any is deleted at once. Writes are synchronous and large; a failed one leaves no trace.
 */
export class SegmentLog {
  readonly #directory: string
  readonly #segmentBytes: number
  readonly #budget: BudgetMember
  readonly #write: DiskWrite
  readonly #segments = new Map<number, Segment>()
  #active: Segment | undefined
  #nextId = 0
  #diskBytes = 0
  #liveBytes = 0
  #writtenBytes = 0

  constructor(options: SegmentLogOptions) {
    this.#directory = options.directory
    this.#segmentBytes = options.segmentBytes
    this.#budget = options.budget
    this.#write = options.write ?? writeSync
  }

  /** Bytes of all segment files. */
  get diskBytes(): number {
    return this.#diskBytes
  }

  get liveBytes(): number {
    return this.#liveBytes
  }

  /** Bytes ever written. */
  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Segment files. */
  get segments(): number {
    return this.#segments.size
  }

  get segmentBytes(): number {
    return this.#segmentBytes
  }

  /** Where the next write of that length will go: frames carry their own offset. @throws {SpillFullError} */
  place(length: number): { readonly segment: number; readonly offset: number } {
    const active = this.#active
    if (active !== undefined && active.size + length <= this.#segmentBytes) {
      return { segment: active.id, offset: active.size }
    }
    if (active !== undefined) this.#seal(active)
    const fresh = this.#open()
    return { segment: fresh.id, offset: 0 }
  }

  /**
   * Writes to the place just given, all or nothing.
   *
   * @param overdraw true for compaction: it takes room to give more of it back.
   * @throws {SpillFullError} where the budget or the disk is full.
   */
  append(bytes: Buffer, length: number, overdraw: boolean): void {
    const segment = this.#active
    if (segment === undefined)
      throw new ConnectError('A place in the spill log is asked for before it is written')
    const missing = segment.size + length - segment.reserved
    const step = missing > 0 ? Math.ceil(missing / BUDGET_STEP) * BUDGET_STEP : 0
    if (step > 0 && overdraw) this.#budget.overdraw(step)
    else if (step > 0 && !this.#budget.tryReserve(step)) {
      throw new SpillFullError(
        `The spill log has no room for ${length} bytes more: buffer.disk.bytes is used up. Open files wait until ` +
          'some are written to the store.',
      )
    }
    segment.reserved += step
    try {
      let written = 0
      while (written < length) {
        written += this.#write(segment.fd, bytes, written, length - written, segment.size + written)
      }
    } catch (error) {
      segment.reserved -= step
      if (step > 0) this.#budget.release(step)
      this.#undo(segment)
      throw writeFailure(segment.path, error)
    }
    segment.size += length
    segment.live += length
    this.#diskBytes += length
    this.#liveBytes += length
    this.#writtenBytes += length
  }

  /** Bytes that nobody needs any more. A segment without any other goes. */
  free(id: number, length: number): void {
    const segment = this.#segments.get(id)
    if (segment === undefined) return
    segment.live -= length
    this.#liveBytes -= length
    if (segment.live === 0) this.#drop(segment)
  }

  /** Keeps a segment's file until {@link unpin}. */
  pin(id: number): void {
    ;(this.#segments.get(id) as Segment).pins++
  }

  unpin(id: number): void {
    const segment = this.#segments.get(id)
    if (segment === undefined) return
    segment.pins--
    if (segment.pins === 0 && segment.isDropped) this.#delete(segment)
  }

  path(id: number): string {
    return this.#segments.get(id)?.path ?? `segment ${id}`
  }

  /** Reads into a buffer. @throws {SpillCorruptedError} where the segment is shorter. */
  async read(id: number, buffer: Buffer, at: number, length: number, position: number): Promise<void> {
    const { fd, path } = this.#segments.get(id) as Segment
    for (let done = 0; done < length;) {
      const { bytesRead } = await readAsync(fd, buffer, at + done, length - done, position + done)
      if (bytesRead === 0) throw new SpillCorruptedError(path, position, 'the end of the file')
      done += bytesRead
    }
  }

  readSync(id: number, buffer: Buffer, at: number, length: number, position: number): void {
    const { fd, path } = this.#segments.get(id) as Segment
    for (let done = 0; done < length;) {
      const bytesRead = readSync(fd, buffer, at + done, length - done, position + done)
      if (bytesRead === 0) throw new SpillCorruptedError(path, position, 'the end of the file')
      done += bytesRead
    }
  }

  /** The sealed segment that compaction gains most from: at most half of it is needed. */
  sparsest(): number | undefined {
    let best: Segment | undefined
    for (const segment of this.#segments.values()) {
      if (!segment.isSealed || segment.isDropped || segment.isBroken || segment.live * 2 > segment.size)
        continue
      if (best === undefined || segment.live / segment.size < best.live / best.size) best = segment
    }
    return best?.id
  }

  /** Compaction has met a frame it cannot read. */
  markBroken(id: number): void {
    const segment = this.#segments.get(id)
    if (segment !== undefined) segment.isBroken = true
  }

  /** Deletes every segment, those that are read now when the read ends. Idempotent. */
  close(): void {
    for (const segment of this.#segments.values()) this.#drop(segment)
  }

  #open(): Segment {
    const id = this.#nextId++
    const path = join(this.#directory, `${String(id).padStart(8, '0')}.spill`)
    let fd: number
    try {
      fd = openSync(path, 'wx+', 0o600)
    } catch (error) {
      throw writeFailure(path, error)
    }
    const segment: Segment = {
      id,
      path,
      fd,
      size: 0,
      live: 0,
      pins: 0,
      reserved: 0,
      isSealed: false,
      isDropped: false,
      isBroken: false,
    }
    this.#segments.set(id, segment)
    this.#active = segment
    return segment
  }

  #seal(segment: Segment): void {
    segment.isSealed = true
    this.#active = undefined
    if (segment.live === 0) this.#drop(segment)
  }

  #drop(segment: Segment): void {
    if (this.#active === segment) this.#active = undefined
    segment.isSealed = true
    segment.isDropped = true
    if (segment.pins === 0) this.#delete(segment)
  }

  #delete(segment: Segment): void {
    if (!this.#segments.delete(segment.id)) return
    this.#diskBytes -= segment.size
    this.#liveBytes -= segment.live
    closeSync(segment.fd)
    unlinkIfThere(segment.path)
    if (segment.reserved > 0) this.#budget.release(segment.reserved)
  }

  /** Cuts off what a failed write may have left, so that the disk has its bytes back. */
  #undo(segment: Segment): void {
    try {
      ftruncateSync(segment.fd, segment.size)
    } catch {
      // The next write goes to the same offset all the same.
    }
  }
}

function writeFailure(path: string, cause: unknown): ConnectError {
  const code = (cause as NodeJS.ErrnoException).code
  if (FULL_CODES.has(code)) {
    return new SpillFullError(
      `The disk of the spill log is full (${code}, ${path}). Open files wait until some are written to the store; ` +
        'make room, or set buffer.dir to a larger disk and buffer.disk.bytes to what it can hold.',
      { cause },
    )
  }
  return new ConnectError(
    `Cannot write the spill log ${path}: ${(cause as Error).message}. See buffer.dir.`,
    {
      cause,
    },
  )
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
