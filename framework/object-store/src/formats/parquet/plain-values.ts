const FIRST_BYTES = 4096
const FIRST_VALUES = 512
const PREFIX = 4

/**
 * Values of one column in Parquet's PLAIN encoding, one behind the other, in a buffer that grows. A page is a view of it.
 * Booleans are kept as a byte each: they are packed when a page is written.
 */
export class PlainValues {
  /** Bytes of each value; 0 where they differ: each is then preceded by its length. */
  readonly width: number
  #bytes = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #used = 0
  #count = 0
  /** Where each value ends; of values without a common width. */
  #ends: Uint32Array

  constructor(width: number) {
    this.width = width
    this.#ends = new Uint32Array(width === 0 ? FIRST_VALUES : 0)
  }

  get count(): number {
    return this.#count
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  get view(): DataView {
    return this.#view
  }

  /** Where a value begins, behind its length. */
  start(index: number): number {
    if (this.width > 0) return index * this.width
    return PREFIX + (index === 0 ? 0 : (this.#ends[index - 1] as number))
  }

  end(index: number): number {
    return this.width > 0 ? (index + 1) * this.width : (this.#ends[index] as number)
  }

  /** The values from one to before another, as they stand in a page. */
  slice(from: number, to: number): Uint8Array {
    if (from === to) return new Uint8Array(0)
    return this.#bytes.subarray(this.start(from) - (this.width > 0 ? 0 : PREFIX), this.end(to - 1))
  }

  addByte(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  addInt32(value: number): void {
    const at = this.#room(4)
    this.#view.setInt32(at, value, true)
  }

  /** @param value a bigint where a number is not exact. */
  addInt64(value: number | bigint): void {
    const at = this.#room(8)
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(at, value, true)
      return
    }
    const high = Math.floor(value / 2 ** 32)
    this.#view.setUint32(at, value - high * 2 ** 32, true)
    this.#view.setInt32(at + 4, high, true)
  }

  addFloat(value: number): void {
    const at = this.#room(4)
    this.#view.setFloat32(at, value, true)
  }

  addDouble(value: number): void {
    const at = this.#room(8)
    this.#view.setFloat64(at, value, true)
  }

  /** Bytes of any length. */
  addBytes(source: Uint8Array, from: number, to: number): void {
    const length = to - from
    const at = this.#room(PREFIX + length) + PREFIX
    this.#view.setUint32(at - PREFIX, length, true)
    copy(source, from, to, this.#bytes, at)
    if (this.#count > this.#ends.length) this.#ends = longer(this.#ends)
    this.#ends[this.#count - 1] = this.#used
  }

  /**
   * A signed number in big-endian bytes, made as wide as the values are. Where its bytes are more than that, the first of
   * them say nothing but its sign.
   */
  addBigEndian(source: Uint8Array, from: number, to: number, order: 'little' | 'big'): void {
    const { width } = this
    const at = this.#room(width)
    const fill = from < to && (source[from] as number) >= 0x80 ? 0xff : 0
    for (let i = 0; i < width; i++) {
      const byte = to - 1 - i >= from ? (source[to - 1 - i] as number) : fill
      this.#bytes[order === 'little' ? at + i : at + width - 1 - i] = byte
    }
  }

  /** A value of another column of the same kind. */
  addFrom(other: PlainValues, index: number): void {
    if (this.width === 0) return this.addBytes(other.bytes, other.start(index), other.end(index))
    const at = this.#room(this.width)
    copy(other.bytes, other.start(index), other.end(index), this.#bytes, at)
  }

  /** Forgets the values, and keeps the room they took. */
  clear(): void {
    this.#used = 0
    this.#count = 0
  }

  /** Where the next value of so many bytes goes. */
  #room(size: number): number {
    const at = this.#used
    this.#used += size
    this.#count++
    if (this.#used > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}

/** Up to so many bytes a loop is faster than a call. */
const LOOPED_BYTES = 40

function copy(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  if (to - from > LOOPED_BYTES) target.set(source.subarray(from, to), at)
  else for (let i = from, j = at; i < to; i++, j++) target[j] = source[i] as number
}

/** The same numbers with room for as many more. */
function longer(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}
