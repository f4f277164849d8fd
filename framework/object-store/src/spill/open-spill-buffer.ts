import { rmSync } from 'node:fs'
import { ConnectError } from '@spillway/api'
import type { BudgetMember } from './byte-budget.ts'
import { type DiskWrite, SegmentLog } from './segment-log.ts'
import type { FileBuffer, SpillBuffer, SpillBufferOptions } from './spill-buffer.ts'
import { claimSpillDirectory } from './spill-directory.ts'
import { SpillStore } from './spill-store.ts'
import { readSpilled } from './spilled-reader.ts'

const SEGMENT_BYTES = 32 * 1024 * 1024
const LEAST_SEGMENT_BYTES = 1024 * 1024
/** How long a wait for space lasts at most: the disk may be shared with those who tell nobody what they free. */
const LOOK_AGAIN_MS = 5000

/**
 * Opens the buffer of one task. The directory is made, and those of dead processes are removed, at once; memory and
 * files come with the first bytes that need them.
 *
 * @throws {ConnectError} naming `buffer.dir`.
 */
export function openSpillBuffer(options: SpillBufferOptions): SpillBuffer {
  return openSpillBufferOver(options)
}

/** As {@link openSpillBuffer}, over a disk that may fail: for tests. */
export function openSpillBufferOver(options: SpillBufferOptions, write?: DiskWrite): SpillBuffer {
  return new DiskSpillBuffer(options, write)
}

class DiskSpillBuffer implements SpillBuffer {
  readonly #directory: string
  readonly #memory: BudgetMember
  readonly #disk: BudgetMember
  readonly #log: SegmentLog
  readonly #store: SpillStore

  constructor(options: SpillBufferOptions, write: DiskWrite | undefined) {
    this.#directory = claimSpillDirectory(options.directory)
    this.#memory = options.memory.join()
    this.#disk = options.disk.join()
    this.#log = new SegmentLog({
      directory: this.#directory,
      segmentBytes: options.segmentBytes ?? segmentBytesFor(options.disk.total),
      budget: this.#disk,
      ...(write !== undefined && { write }),
    })
    this.#store = new SpillStore(this.#memory, this.#log)
  }

  get openFiles(): number {
    return this.#store.files.open
  }

  get memoryBytes(): number {
    return this.#store.arena.usedBytes
  }

  get diskBytes(): number {
    return this.#log.diskBytes
  }

  get spilledBytes(): number {
    return this.#log.writtenBytes
  }

  get mayOverdraw(): boolean {
    return this.#store.mayOverdraw
  }

  set mayOverdraw(value: boolean) {
    this.#store.mayOverdraw = value
  }

  openFile(): FileBuffer {
    if (this.#store.isClosed) throw new ConnectError('The spill buffer is closed')
    return new OpenFile(this.#store)
  }

  async waitForSpace(signal?: AbortSignal): Promise<void> {
    await this.#store.waitForSpace(LOOK_AGAIN_MS, signal)
  }

  relieve(): void {
    if (!this.#store.isClosed) this.#store.relieve()
  }

  close(): void {
    if (this.#store.isClosed) return
    this.#store.close()
    this.#memory.close()
    this.#disk.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const RELEASED = -1

class OpenFile implements FileBuffer {
  readonly #store: SpillStore
  #file: number

  constructor(store: SpillStore) {
    this.#store = store
    this.#file = store.files.add()
  }

  get bytes(): number {
    if (this.#file === RELEASED) return 0
    return (
      this.#store.start(this.#file) + this.memoryBytes + (this.#store.files.diskBytes[this.#file] as number)
    )
  }

  get memoryBytes(): number {
    return this.#file === RELEASED ? 0 : (this.#store.files.memoryBytes[this.#file] as number)
  }

  append(bytes: Uint8Array, more?: Uint8Array): void {
    if (this.#isGone()) throw new ConnectError('Bytes are appended to an open file that was released')
    this.#store.append(this.#file, bytes, more)
  }

  read(from = 0): AsyncIterable<Buffer> {
    if (this.#isGone()) throw new ConnectError('An open file that was released is read')
    return readSpilled(this.#store, this.#file, from, this.bytes, () => this.#isGone())
  }

  discard(to: number): void {
    if (this.#isGone()) throw new ConnectError('Bytes are discarded of an open file that was released')
    this.#store.discard(this.#file, Math.min(to, this.bytes))
  }

  release(): void {
    if (this.#isGone()) return
    const file = this.#file
    this.#file = RELEASED
    this.#store.release(file)
  }

  #isGone(): boolean {
    return this.#file === RELEASED || this.#store.isClosed
  }
}

function segmentBytesFor(diskBytes: number): number {
  return Math.min(SEGMENT_BYTES, Math.max(LEAST_SEGMENT_BYTES, Math.floor(diskBytes / 8)))
}
