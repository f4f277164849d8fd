/**
 * Snappy's raw format (github.com/google/snappy, format_description.txt): a length, then literals and copies of what
 * went before. Libraries either cut the input into blocks of 64 KiB, which leaves more bytes, or have no public compressor.
 */

/** Copies of this length and longer are cut. */
const MAX_COPY = 64
const SHORTEST_MATCH = 4
/** How far back a copy of three bytes reaches. */
const MAX_DISTANCE = 0xffff
/** So many bytes at the end are not looked through: a hash reads four at once. */
const MARGIN = 15
const MAX_TABLE_BITS = 14
/** Literals up to this length have it in their tag. */
const SHORT_LITERAL = 60

/** Where a hash was last seen; shared, as compressing is never left half way. */
const table = new Uint32Array(1 << MAX_TABLE_BITS)

const load = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)

/** Compresses a whole input. The same bytes give the same bytes each time. */
export function snappyCompress(input: Uint8Array): Uint8Array {
  const out = new Elements(input)
  const size = input.length
  if (size >= MARGIN) compress(input, out)
  return out.end()
}

function compress(input: Uint8Array, out: Elements): void {
  const size = input.length
  const bits = Math.min(MAX_TABLE_BITS, 31 - Math.clz32(size))
  const shift = 32 - bits
  table.fill(0, 0, 1 << bits)
  const slotOf = (word: number): number => Math.imul(word, 0x1e35a7bd) >>> shift
  const limit = size - MARGIN
  let at = 1
  for (;;) {
    let word: number
    let candidate: number
    // The longer nothing is found, the wider the steps: what cannot be compressed takes little time.
    for (let skip = 32; ; at += skip++ >> 5) {
      if (at > limit) return
      word = load(input, at)
      const slot = slotOf(word)
      candidate = table[slot] as number
      table[slot] = at
      if (at - candidate <= MAX_DISTANCE && load(input, candidate) === word) break
    }
    do {
      let end = at + SHORTEST_MATCH
      for (let other = candidate + SHORTEST_MATCH; end < size && input[end] === input[other]; other++) end++
      out.copy(at, end, at - candidate)
      at = end
      if (at >= limit) return
      table[slotOf(load(input, at - 1))] = at - 1
      word = load(input, at)
      const slot = slotOf(word)
      candidate = table[slot] as number
      table[slot] = at
    } while (at - candidate <= MAX_DISTANCE && load(input, candidate) === word)
    at++
  }
}

/** The elements of the output. What no copy covers becomes a literal. */
class Elements {
  readonly #input: Uint8Array
  readonly #out: Uint8Array
  #size = 0
  /** Input up to here is written. */
  #done = 0

  constructor(input: Uint8Array) {
    this.#input = input
    // A length of up to five bytes; a literal of one byte and a copy of three for five bytes of input at worst.
    this.#out = new Uint8Array(32 + input.length + Math.ceil(input.length / 6))
    let rest = input.length
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80)
    this.#byte(rest)
  }

  /** The input between two places is what stands so many bytes before. */
  copy(start: number, end: number, distance: number): void {
    this.#literal(start)
    let length = end - start
    for (; length >= MAX_COPY + SHORTEST_MATCH; length -= MAX_COPY) this.#copyOf(MAX_COPY, distance)
    // What is left over must not be shorter than a copy can be.
    if (length > MAX_COPY) {
      this.#copyOf(MAX_COPY - SHORTEST_MATCH, distance)
      length -= MAX_COPY - SHORTEST_MATCH
    }
    this.#copyOf(length, distance)
    this.#done = end
  }

  end(): Uint8Array {
    this.#literal(this.#input.length)
    return this.#out.subarray(0, this.#size)
  }

  #literal(end: number): void {
    const length = end - this.#done
    if (length === 0) return
    if (length <= SHORT_LITERAL) this.#byte((length - 1) << 2)
    else {
      const bytes = Math.ceil((32 - Math.clz32(length - 1)) / 8)
      this.#byte((SHORT_LITERAL - 1 + bytes) << 2)
      for (let i = 0; i < bytes; i++) this.#byte((length - 1) >>> (8 * i))
    }
    this.#out.set(this.#input.subarray(this.#done, end), this.#size)
    this.#size += length
  }

  #copyOf(length: number, distance: number): void {
    if (length < 12 && distance < 2048) {
      this.#byte(1 | ((length - SHORTEST_MATCH) << 2) | ((distance >>> 8) << 5))
      this.#byte(distance)
    } else {
      this.#byte(2 | ((length - 1) << 2))
      this.#byte(distance)
      this.#byte(distance >>> 8)
    }
  }

  #byte(value: number): void {
    this.#out[this.#size++] = value
  }
}
