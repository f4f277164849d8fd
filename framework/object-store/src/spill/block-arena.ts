import type { BudgetMember } from './byte-budget.ts'

/** Bytes of a block: what an open file wastes is half of one. */
export const BLOCK_BYTES = 512
const BLOCKS_PER_CHUNK = 512
export const CHUNK_BYTES: number = BLOCK_BYTES * BLOCKS_PER_CHUNK
const BLOCK_SHIFT = 9
const BLOCK_MASK = BLOCKS_PER_CHUNK - 1
/** Free chunks that are kept for the next append, whatever is in use. */
const SPARE_CHUNKS = 4

/** End of a chain of blocks. */
export const NO_BLOCK = -1

/**
 * Memory in small blocks, cut from chunks that the budget is asked for. Blocks form chains; which chain is whose the
 * caller knows. Only whole chunks go back to the budget.
 */
export class BlockArena {
  readonly #budget: BudgetMember
  readonly #chunks: (Buffer | undefined)[] = []
  /** Chunk places whose memory was given back. */
  readonly #vacant: number[] = []
  /** Blocks in use of each chunk. */
  readonly #usedOf: number[] = []
  readonly #condemned = new Set<number>()
  #next: Int32Array = new Int32Array(0)
  #firstFree = NO_BLOCK
  #freeBlocks = 0
  #chunkCount = 0

  constructor(budget: BudgetMember) {
    this.#budget = budget
  }

  get freeBlocks(): number {
    return this.#freeBlocks
  }

  /** Bytes in chunks, free blocks included: what the budget counts. */
  get bytes(): number {
    return this.#chunkCount * CHUNK_BYTES
  }

  get usedBytes(): number {
    return (this.#chunkCount * BLOCKS_PER_CHUNK - this.#freeBlocks) * BLOCK_BYTES
  }

  /** One more chunk. False where the budget refuses; with `overdraw` it is not asked. */
  grow(overdraw: boolean): boolean {
    if (overdraw) this.#budget.overdraw(CHUNK_BYTES)
    else if (!this.#budget.tryReserve(CHUNK_BYTES)) return false
    const place = this.#vacant.pop() ?? this.#chunks.length
    this.#chunks[place] = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    this.#usedOf[place] = 0
    this.#chunkCount++
    const needed = (place + 1) * BLOCKS_PER_CHUNK
    if (this.#next.length < needed) {
      const larger = new Int32Array(Math.max(needed, this.#next.length * 2))
      larger.set(this.#next)
      this.#next = larger
    }
    for (let block = needed - 1; block >= place * BLOCKS_PER_CHUNK; block--) this.#push(block)
    return true
  }

  /** A free block, which becomes the end of a chain. There must be one. */
  take(): number {
    const block = this.#firstFree
    this.#firstFree = this.#next[block] as number
    this.#freeBlocks--
    this.#next[block] = NO_BLOCK
    const chunk = block >> BLOCK_SHIFT
    this.#usedOf[chunk] = (this.#usedOf[chunk] as number) + 1
    return block
  }

  /** Frees one block. */
  free(block: number): void {
    const chunk = block >> BLOCK_SHIFT
    this.#usedOf[chunk] = (this.#usedOf[chunk] as number) - 1
    this.#push(block)
  }

  next(block: number): number {
    return this.#next[block] as number
  }

  link(block: number, next: number): void {
    this.#next[block] = next
  }

  /** The chunk a block lies in; it begins there at {@link start}. */
  chunk(block: number): Buffer {
    return this.#chunks[block >> BLOCK_SHIFT] as Buffer
  }

  start(block: number): number {
    return (block & BLOCK_MASK) * BLOCK_BYTES
  }

  /** Gives chunks without a block in use back to the budget, down to as many bytes as `keepBytes`. */
  shrink(keepBytes: number): void {
    if (this.bytes <= keepBytes) return
    const dropped = new Set<number>()
    for (let place = 0; place < this.#chunks.length && this.bytes > keepBytes; place++) {
      const chunk = this.#chunks[place]
      if (chunk === undefined || this.#usedOf[place] !== 0) continue
      this.#drop(place)
      dropped.add(place)
    }
    if (dropped.size === 0) return
    this.#unlink(dropped)
    this.#budget.release(dropped.size * CHUNK_BYTES)
  }

  /**
   * Marks the chunks with the fewest blocks in use, so that the others are `keepBytes`: no block is taken from them any
   * more, those in use wait for {@link evacuate}. What is in use must fit into the others.
   */
  condemn(keepBytes: number): void {
    const places = [...this.#chunks.keys()].filter((place) => this.#chunks[place] !== undefined)
    places.sort((a, b) => (this.#usedOf[a] as number) - (this.#usedOf[b] as number))
    const room = Math.max(keepBytes, this.usedBytes)
    for (const place of places.slice(0, Math.floor((this.bytes - room) / CHUNK_BYTES)))
      this.#condemned.add(place)
    this.#unlink(this.#condemned)
  }

  /** Where a block is now: elsewhere if its chunk is condemned. Its successor stays the same. */
  evacuate(block: number): number {
    const place = block >> BLOCK_SHIFT
    if (!this.#condemned.has(place)) return block
    const next = this.#next[block] as number
    const moved = this.take()
    this.#next[moved] = next
    this.chunk(block).copy(
      this.chunk(moved),
      this.start(moved),
      this.start(block),
      this.start(block) + BLOCK_BYTES,
    )
    this.#usedOf[place] = (this.#usedOf[place] as number) - 1
    return moved
  }

  /** Gives the condemned chunks back, all of whose blocks were evacuated. */
  demolish(): void {
    for (const place of this.#condemned) this.#drop(place)
    this.#budget.release(this.#condemned.size * CHUNK_BYTES)
    this.#condemned.clear()
  }

  /** As {@link shrink}, after blocks were freed: half of what is in use may stay free, and a few chunks. */
  settle(): void {
    const used = this.usedBytes
    if (this.bytes > 2 * used + 2 * SPARE_CHUNKS * CHUNK_BYTES) {
      this.shrink(Math.ceil((used * 1.5) / CHUNK_BYTES) * CHUNK_BYTES + SPARE_CHUNKS * CHUNK_BYTES)
    }
  }

  /** Gives everything back. */
  close(): void {
    for (const chunk of this.#chunks) (chunk?.buffer as ArrayBuffer | undefined)?.transfer(0)
    this.#chunks.length = 0
    this.#vacant.length = 0
    this.#firstFree = NO_BLOCK
    this.#freeBlocks = 0
    this.#chunkCount = 0
  }

  #drop(place: number): void {
    // Detaching frees the memory now, not when the garbage is collected.
    ;(this.#chunks[place] as Buffer<ArrayBuffer>).buffer.transfer(0)
    this.#chunks[place] = undefined
    this.#vacant.push(place)
    this.#chunkCount--
  }

  #push(block: number): void {
    this.#next[block] = this.#firstFree
    this.#firstFree = block
    this.#freeBlocks++
  }

  #unlink(chunks: ReadonlySet<number>): void {
    let first = NO_BLOCK
    let count = 0
    for (let block = this.#firstFree; block !== NO_BLOCK;) {
      const next = this.#next[block] as number
      if (!chunks.has(block >> BLOCK_SHIFT)) {
        this.#next[block] = first
        first = block
        count++
      }
      block = next
    }
    this.#firstFree = first
    this.#freeBlocks = count
  }
}
