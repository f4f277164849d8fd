import { DataError } from '@spillway/api'
import { ByteSink } from '../byte-sink.ts'

const FIRST_SIZE = 1024

/** Writes Avro's binary encoding into a buffer that grows, and is used again. */
export class AvroSink extends ByteSink {
  constructor() {
    super(Buffer.allocUnsafeSlow(FIRST_SIZE))
  }

  boolean(value: boolean): void {
    this.room(1)
    this.buffer[this.at++] = value ? 1 : 0
  }

  /** A whole number up to 2^53 either way. */
  int(value: number): void {
    this.room(10)
    if (value >= -0x40000000 && value < 0x40000000) {
      let rest = ((value << 1) ^ (value >> 31)) >>> 0
      while (rest >= 0x80) {
        this.buffer[this.at++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      this.buffer[this.at++] = rest
      return
    }
    // Twice a number this far below zero, and one less, is no number that JavaScript has.
    if (value < -0x10000000000000) return this.long(BigInt(value))
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.at++] = rest
  }

  long(value: bigint): void {
    if (value >= -0xfffffffffffffn && value <= 0xfffffffffffffn) return this.int(Number(value))
    if (BigInt.asIntN(64, value) !== value) throw new DataError('a long is out of its range')
    this.room(10)
    let rest = value < 0n ? -2n * value - 1n : 2n * value
    while (rest >= 0x80n) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.at++] = Number(rest)
  }

  string(value: string): void {
    const length = Buffer.byteLength(value)
    this.int(length)
    this.room(length)
    this.at += this.buffer.write(value, this.at, length, 'utf8')
  }

  bytes(value: Uint8Array): void {
    this.int(value.length)
    this.fixed(value)
  }

  fixed(value: Uint8Array): void {
    this.raw(value)
  }
}
