import { NO_BLOCK } from './block-arena.ts'
import { NO_EXTENT } from './extent-table.ts'

const NO_FILE = -1

/**
 * What is known of each open file, in plain arrays of 45 bytes per file: its chain of blocks in memory and its list of
 * extents in the spill log. Everything on disk is older than everything in memory.
 */
export class FileTable {
  firstBlock = new Int32Array(64)
  lastBlock = new Int32Array(64)
  /** Bytes used of the last block. */
  fill = new Int32Array(64)
  firstExtent = new Int32Array(64)
  lastExtent = new Int32Array(64)
  memoryBytes = new Float64Array(64)
  diskBytes = new Float64Array(64)
  isOpen = new Uint8Array(64)
  #nextFree = new Int32Array(64)
  #firstFree = NO_FILE
  #size = 0
  #open = 0

  /** Files that are open. */
  get open(): number {
    return this.#open
  }

  /** Every number below may be a file's; `isOpen` tells. */
  get size(): number {
    return this.#size
  }

  add(): number {
    let file = this.#firstFree
    if (file === NO_FILE) {
      file = this.#size++
      if (file >= this.firstBlock.length) this.#enlarge()
    } else this.#firstFree = this.#nextFree[file] as number
    this.firstBlock[file] = NO_BLOCK
    this.lastBlock[file] = NO_BLOCK
    this.fill[file] = 0
    this.memoryBytes[file] = 0
    this.firstExtent[file] = NO_EXTENT
    this.lastExtent[file] = NO_EXTENT
    this.diskBytes[file] = 0
    this.isOpen[file] = 1
    this.#open++
    return file
  }

  remove(file: number): void {
    this.isOpen[file] = 0
    this.#nextFree[file] = this.#firstFree
    this.#firstFree = file
    this.#open--
  }

  #enlarge(): void {
    const size = this.firstBlock.length * 2
    const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(size)
      to.set(from)
      return to
    }
    this.firstBlock = grown(this.firstBlock)
    this.lastBlock = grown(this.lastBlock)
    this.fill = grown(this.fill)
    this.firstExtent = grown(this.firstExtent)
    this.lastExtent = grown(this.lastExtent)
    this.#nextFree = grown(this.#nextFree)
    const memoryBytes = new Float64Array(size)
    memoryBytes.set(this.memoryBytes)
    this.memoryBytes = memoryBytes
    const diskBytes = new Float64Array(size)
    diskBytes.set(this.diskBytes)
    this.diskBytes = diskBytes
    const isOpen = new Uint8Array(size)
    isOpen.set(this.isOpen)
    this.isOpen = isOpen
  }
}
