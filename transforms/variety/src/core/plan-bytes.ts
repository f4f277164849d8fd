/** Why bytes are no plan that can be followed. Corresponds to no Java class. */
export class DamagedPlanError extends Error {
  override readonly name = 'DamagedPlanError'
}

/** Numbers and texts one behind the other; it grows as needed. */
export class PlanWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#length++] = value
  }

  uint32(value: number): void {
    this.#room(4)
    this.#view.setUint32(this.#length, value)
    this.#length += 4
  }

  float64(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.#length, value)
    this.#length += 8
  }

  /** A whole number from 0 to 2^53 - 1: 7 bits a byte, the lowest first. */
  varint(value: number): void {
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80)
    this.byte(rest)
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #room(length: number): void {
    if (this.#length + length <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + length))
    bytes.set(this.#bytes)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/** Reads what {@link PlanWriter} wrote. Each method throws {@link DamagedPlanError} where the bytes end too early. */
export class PlanReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (!Number.isSafeInteger(value)) throw new DamagedPlanError('A number in the plan is larger than 2^53')
      if (byte < 0x80) return value
      if (factor > 2 ** 49) throw new DamagedPlanError('A number in the plan has too many bytes')
    }
  }

  raw(length: number): Uint8Array {
    const from = this.#take(length)
    return this.#bytes.subarray(from, from + length)
  }

  #take(length: number): number {
    const from = this.#at
    if (length > this.left)
      throw new DamagedPlanError(
        `The plan ends after ${this.#bytes.length} bytes, and ${length - this.left} more are needed`,
      )
    this.#at += length
    return from
  }
}
