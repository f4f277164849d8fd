import { isUtf8 } from 'node:buffer'
import { DataError } from '@spillway/api'

/** How a field's value is laid out. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const

const MAX_GROUP_DEPTH = 100

/** Reads Protobuf's binary encoding within bounds that never reach beyond the message. */
export class ProtoCursor {
  readonly #bytes: Buffer
  #at: number
  readonly #end: number

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#at = 0
    this.#end = bytes.length
  }

  get hasMore(): boolean {
    return this.#at < this.#end
  }

  /** A varint's lowest 32 bits, as Protobuf reads its 32-bit types. */
  varint32(): number {
    let result = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte()
      if (shift < 32) result |= (byte & 0x7f) << shift
      if (byte < 0x80) return result
    }
    throw new DataError('a varint takes more than 10 bytes')
  }

  /** A varint of 64 bits, unsigned. */
  varint64(): bigint {
    let low = 0
    let factor = 1
    for (let count = 0; count < 7; count++) {
      const byte = this.#byte()
      low += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) return BigInt(low)
    }
    let result = BigInt(low)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, result)
    }
    throw new DataError('a varint takes more than 10 bytes')
  }

  fixed32(): number {
    return this.#bytes.readInt32LE(this.#skip(4))
  }

  fixed64(): bigint {
    return this.#bytes.readBigInt64LE(this.#skip(8))
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#skip(4))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#skip(8))
  }

  /** A view of the message: it lives as long as the message does. */
  bytes(): Buffer {
    const size = this.varint32() >>> 0
    const at = this.#skip(size)
    return this.#bytes.subarray(at, at + size)
  }

  string(): string {
    const bytes = this.bytes()
    const text = bytes.toString('utf8')
    if (text.includes('\ufffd') && !isUtf8(bytes)) throw new DataError('a string is not UTF-8')
    return text
  }

  /** Passes over a field nobody asked for. */
  skip(wire: number, depth = 0): void {
    switch (wire) {
      case WIRE.varint:
        this.varint32()
        return
      case WIRE.fixed64:
        this.#skip(8)
        return
      case WIRE.bytes:
        this.bytes()
        return
      case WIRE.fixed32:
        this.#skip(4)
        return
      case WIRE.startGroup: {
        if (depth > MAX_GROUP_DEPTH) throw new DataError(`groups are nested deeper than ${MAX_GROUP_DEPTH}`)
        for (let tag = this.varint32(); (tag & 7) !== WIRE.endGroup; tag = this.varint32()) {
          this.skip(tag & 7, depth + 1)
        }
        return
      }
      default:
        throw new DataError(`a field has wire type ${wire}, which there is not`)
    }
  }

  #byte(): number {
    if (this.#at >= this.#end) throw endsEarly()
    return this.#bytes[this.#at++] as number
  }

  #skip(size: number): number {
    const at = this.#at
    if (size > this.#end - at) throw endsEarly()
    this.#at = at + size
    return at
  }
}

function endsEarly(): DataError {
  return new DataError('the message ends within a field')
}
