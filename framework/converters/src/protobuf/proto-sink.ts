import { ByteSink } from '../byte-sink.ts'

const FIRST_SIZE = 256

/** Writes Protobuf's binary encoding into a buffer that grows. */
export class ProtoSink extends ByteSink {
  /** What nested messages are gathered in, one within the other, used again. */
  #inner: ProtoSink | undefined

  constructor() {
    super(Buffer.allocUnsafe(FIRST_SIZE))
  }

  /** A number of 32 bits, unsigned. */
  varint32(value: number): void {
    this.room(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.at++] = rest
  }

  /** A signed number of 32 bits: negative ones take ten bytes, as Protobuf has it. */
  int32(value: number): void {
    if (value >= 0) this.varint32(value)
    else this.varint64(BigInt.asUintN(64, BigInt(value)))
  }

  /** A number of 64 bits, unsigned. */
  varint64(value: bigint): void {
    this.room(10)
    let rest = value
    while (rest >= 0x80n) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.at++] = Number(rest)
  }

  fixed32(value: number): void {
    this.room(4)
    this.at = this.buffer.writeInt32LE(value, this.at)
  }

  fixed64(value: bigint): void {
    this.room(8)
    this.at = this.buffer.writeBigInt64LE(value, this.at)
  }

  string(value: string): void {
    this.bytes(Buffer.from(value, 'utf8'))
  }

  bytes(value: Uint8Array): void {
    this.varint32(value.length)
    this.raw(value)
  }

  /** What `write` writes, with its length before it. */
  delimited(write: (inner: ProtoSink) => void): void {
    const inner = (this.#inner ??= new ProtoSink())
    inner.reset()
    write(inner)
    this.bytes(inner.buffer.subarray(0, inner.at))
  }
}
