import { DataError } from '../../errors/connect-errors.ts'

const FIRST_SIZE = 1024

/** Writes Avro's binary encoding into a buffer that grows, and is used again. */
export class AvroSink {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE)
  #at = 0

  reset(): void {
    this.#at = 0
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at))
  }

  boolean(value: boolean): void {
    this.#room(1)
    this.#bytes[this.#at++] = value ? 1 : 0
  }

  /** A whole number up to 2^52 either way. */
  int(value: number): void {
    this.#room(10)
    if (value >= -0x40000000 && value < 0x40000000) {
      let rest = ((value << 1) ^ (value >> 31)) >>> 0
      while (rest >= 0x80) {
        this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      this.#bytes[this.#at++] = rest
      return
    }
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }

  long(value: bigint): void {
    if (value >= -0xfffffffffffffn && value <= 0xfffffffffffffn) return this.int(Number(value))
    if (BigInt.asIntN(64, value) !== value) throw new DataError('a long is out of its range')
    this.#room(10)
    let rest = value < 0n ? -2n * value - 1n : 2n * value
    while (rest >= 0x80n) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#at++] = Number(rest)
  }

  float(value: number): void {
    this.#room(4)
    this.#at = this.#bytes.writeFloatLE(value, this.#at)
  }

  double(value: number): void {
    this.#room(8)
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  string(value: string): void {
    const length = Buffer.byteLength(value)
    this.int(length)
    this.#room(length)
    this.#at += this.#bytes.write(value, this.#at, length, 'utf8')
  }

  bytes(value: Uint8Array): void {
    this.int(value.length)
    this.fixed(value)
  }

  fixed(value: Uint8Array): void {
    this.#room(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
