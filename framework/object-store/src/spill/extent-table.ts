/** End of a list of extents. */
export const NO_EXTENT = -1
const FREE = -1

/**
 * Where in the spill log the bytes of files lie: lists of extents in plain arrays, 16 bytes each. An extent keeps its
 * number when compaction moves its bytes, so lists never change but at their ends.
 */
export class ExtentTable {
  #segments = new Int32Array(256)
  #offsets = new Uint32Array(256)
  #lengths = new Int32Array(256)
  #next = new Int32Array(256)
  #size = 0
  #firstFree = NO_EXTENT

  /** A new extent at the end of a list. @param offset of the frame in its segment. */
  add(segment: number, offset: number, length: number): number {
    let extent = this.#firstFree
    if (extent === NO_EXTENT) {
      extent = this.#size++
      if (extent >= this.#segments.length) this.#enlarge()
    } else this.#firstFree = this.#next[extent] as number
    this.#segments[extent] = segment
    this.#offsets[extent] = offset
    this.#lengths[extent] = length
    this.#next[extent] = NO_EXTENT
    return extent
  }

  remove(extent: number): void {
    this.#segments[extent] = FREE
    this.#next[extent] = this.#firstFree
    this.#firstFree = extent
  }

  move(extent: number, segment: number, offset: number): void {
    this.#segments[extent] = segment
    this.#offsets[extent] = offset
  }

  link(extent: number, next: number): void {
    this.#next[extent] = next
  }

  next(extent: number): number {
    return this.#next[extent] as number
  }

  segment(extent: number): number {
    return this.#segments[extent] as number
  }

  /** Where its frame begins. */
  offset(extent: number): number {
    return this.#offsets[extent] as number
  }

  /** Bytes of the file, without the frame's header. */
  length(extent: number): number {
    return this.#lengths[extent] as number
  }

  /** The extents that lie in a segment, by offset. */
  inSegment(segment: number): number[] {
    const found: number[] = []
    for (let extent = 0; extent < this.#size; extent++)
      if (this.#segments[extent] === segment) found.push(extent)
    return found.sort((a, b) => this.offset(a) - this.offset(b))
  }

  #enlarge(): void {
    const size = this.#segments.length * 2
    this.#segments = grown(this.#segments, new Int32Array(size))
    this.#offsets = grown(this.#offsets, new Uint32Array(size))
    this.#lengths = grown(this.#lengths, new Int32Array(size))
    this.#next = grown(this.#next, new Int32Array(size))
  }
}

function grown<T extends Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
