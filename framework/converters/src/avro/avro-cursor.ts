import { DataError } from '@spillway/api'

/**
 * Reads Avro's binary encoding. Reading past the end is noticed at the next length, count or {@link finish}, not at
 * every byte: that is what makes it fast.
 */
export class AvroCursor {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0

  /** @param from where to begin, and `to` where the value ends; all of the bytes. */
  reset(bytes: Buffer, from = 0, to: number = bytes.length): void {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  /** The bytes that are read from. */
  get bytesRead(): Buffer {
    return this.#bytes
  }

  /** Where in {@link bytesRead} the next value begins. */
  get position(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  /** @throws {DataError} where fewer or more bytes were read than there are. */
  finish(): void {
    if (this.#at === this.#end) return
    if (this.#at > this.#end) throw endsEarly()
    throw new DataError(
      `the schema describes ${this.#at} bytes, but the message has ${this.#end}: it was written with another schema`,
    )
  }

  boolean(): boolean {
    const byte = this.#bytes[this.#at++]
    if (byte === 0) return false
    if (byte === 1) return true
    throw byte === undefined ? endsEarly() : new DataError(`a boolean must be 0 or 1, but is ${byte}`)
  }

  /** @throws {DataError} for a number beyond 32 bits. */
  int(): number {
    const value = this.number()
    if (value !== (value | 0)) throw new DataError('an int is out of its range')
    return value
  }

  /** A long that is a number in JavaScript too. @throws {DataError} beyond 2^53. */
  number(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at++] ?? ended()
    let low = byte & 0x7f
    if (byte < 0x80) return low & 1 ? ~(low >> 1) : low >> 1
    let shift = 7
    while (shift < 28) {
      byte = bytes[this.#at++] ?? ended()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return low & 1 ? ~(low >>> 1) : low >>> 1
      shift += 7
    }
    let high = 0
    let factor = 1
    for (let count = 0; count < 4; count++) {
      byte = bytes[this.#at++] ?? ended()
      high += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) {
        const raw = high * 0x10000000 + low
        const half = (raw - (low & 1)) / 2
        const value = low & 1 ? -half - 1 : half
        if (!Number.isSafeInteger(value)) throw new DataError('a number is beyond 2^53')
        return value
      }
    }
    throw new DataError('a number is beyond 2^53')
  }

  long(): bigint {
    const value = this.integer()
    return typeof value === 'bigint' ? value : BigInt(value)
  }

  /** A long: a number where one surely holds it, else a bigint. */
  integer(): number | bigint {
    const start = this.#at
    const bytes = this.#bytes
    let length = 1
    while ((bytes[start + length - 1] ?? 0) >= 0x80) {
      if (++length > 10) throw new DataError('a long takes more than 10 bytes')
    }
    // Seven bytes hold 49 bits: exact as a number, and much cheaper than arithmetic on bigints.
    if (length <= 7) return this.number()
    if (start + length > this.#end) throw endsEarly()
    let raw = 0n
    for (let i = length - 1; i >= 0; i--) raw = (raw << 7n) | BigInt((bytes[start + i] as number) & 0x7f)
    if (raw >= 2n ** 64n) throw new DataError('a long is out of its range')
    this.#at = start + length
    return raw & 1n ? -(raw >> 1n) - 1n : raw >> 1n
  }

  float(): number {
    const at = this.#skip(4)
    return this.#bytes.readFloatLE(at)
  }

  double(): number {
    const at = this.#skip(8)
    return this.#bytes.readDoubleLE(at)
  }

  string(): string {
    const length = this.#length()
    const at = this.#skip(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  bytes(): Buffer {
    return this.fixed(this.#length())
  }

  /** A view of the message: it lives as long as the message does. */
  fixed(size: number): Buffer {
    const at = this.#skip(size)
    return this.#bytes.subarray(at, at + size)
  }

  /**
   * Passes over a text or bytes, which end at {@link position} then.
   *
   * @param size of a fixed value; absent where its length stands before it.
   * @returns how many bytes they are.
   */
  skipBytes(size: number = this.#length()): number {
    this.#skip(size)
    return size
  }

  /**
   * The number of items in the next block of an array or map; 0 ends it.
   *
   * @param smallest bytes that one item takes at least.
   */
  blockCount(smallest: number): number {
    let count = this.number()
    if (count < 0) {
      count = -count
      this.number()
    }
    const most = smallest > 0 ? this.remaining / smallest : LARGEST_EMPTY_BLOCK
    if (count > most) throw new DataError(`a block counts ${count} items, more than the message can hold`)
    return count
  }

  #length(): number {
    const length = this.number()
    if (length < 0) throw new DataError('a length is negative')
    return length
  }

  #skip(size: number): number {
    const at = this.#at
    if (size > this.#end - at) throw endsEarly()
    this.#at = at + size
    return at
  }
}

/** Items that take no bytes could otherwise be counted without end. */
const LARGEST_EMPTY_BLOCK = 100_000

function endsEarly(): DataError {
  return new DataError('the message ends before its schema does')
}

function ended(): never {
  throw endsEarly()
}
