const FIRST_SIZE = 256

/** Writes Protobuf's binary encoding into a buffer that grows. */
export class ProtoSink {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE)
  #at = 0

  reset(): void {
    this.#at = 0
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at))
  }

  /** A number of 32 bits, unsigned. */
  varint32(value: number): void {
    this.#room(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  /** A signed number of 32 bits: negative ones take ten bytes, as Protobuf has it. */
  int32(value: number): void {
    if (value >= 0) this.varint32(value)
    else this.varint64(BigInt.asUintN(64, BigInt(value)))
  }

  /** A number of 64 bits, unsigned. */
  varint64(value: bigint): void {
    this.#room(10)
    let rest = value
    while (rest >= 0x80n) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#at++] = Number(rest)
  }

  fixed32(value: number): void {
    this.#room(4)
    this.#at = this.#bytes.writeInt32LE(value, this.#at)
  }

  fixed64(value: bigint): void {
    this.#room(8)
    this.#at = this.#bytes.writeBigInt64LE(value, this.#at)
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
    this.bytes(Buffer.from(value, 'utf8'))
  }

  bytes(value: Uint8Array): void {
    this.varint32(value.length)
    this.#room(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** What `write` writes, with its length before it. */
  delimited(write: (inner: ProtoSink) => void): void {
    const inner = new ProtoSink()
    write(inner)
    this.bytes(inner.#bytes.subarray(0, inner.#at))
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + size))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
