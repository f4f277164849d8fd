/** Bytes that are written one after the other into a buffer that grows, and is used again. */
export abstract class ByteSink {
  protected buffer: Buffer
  protected at = 0

  /** @param first what is written to until more room is needed. */
  constructor(first: Buffer) {
    this.buffer = first
  }

  reset(): void {
    this.at = 0
  }

  /** A copy of what was written. */
  take(): Buffer {
    return Buffer.from(this.view())
  }

  /** What was written, until the next reset. */
  view(): Buffer {
    return this.buffer.subarray(0, this.at)
  }

  /** 32 bits, little-endian. */
  float(value: number): void {
    this.room(4)
    this.at = this.buffer.writeFloatLE(value, this.at)
  }

  /** 64 bits, little-endian. */
  double(value: number): void {
    this.room(8)
    this.at = this.buffer.writeDoubleLE(value, this.at)
  }

  /** Bytes as they are, without their length. */
  protected raw(value: Uint8Array): void {
    this.room(value.length)
    this.buffer.set(value, this.at)
    this.at += value.length
  }

  /** Makes room for so many bytes from {@link at} on. */
  protected room(size: number): void {
    if (this.at + size <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + size))
    this.buffer.copy(larger, 0, 0, this.at)
    this.buffer = larger
  }
}
