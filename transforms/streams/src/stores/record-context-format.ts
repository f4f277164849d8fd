import { Buffer } from 'node:buffer'
import { Headers } from '../core/headers.ts'
import { readBigInt64, readInt32, readInt64, writeBigInt64, writeInt32, writeInt64 } from '../core/serde.ts'

/** Where a buffered record came from: what is restored as the current record when it is emitted. */
export interface BufferedContext {
  readonly timestamp: number
  readonly offset: bigint
  readonly topic: string | null
  readonly partition: number
  readonly headers: Headers
}

/** Java's estimate of the memory of a record context. */
export function contextSize(context: BufferedContext): number {
  let size = 8 + 8 + (context.topic?.length ?? 0) + 4
  for (const { key, value } of context.headers) size += key.length + (value?.length ?? 0)
  return size
}

/** Appends parts of Java's ByteBuffer formats. */
class Writer {
  readonly #parts: Uint8Array[] = []

  int32(value: number): this {
    const part = new Uint8Array(4)
    writeInt32(part, 0, value)
    this.#parts.push(part)
    return this
  }

  int64(value: number): this {
    const part = new Uint8Array(8)
    writeInt64(part, 0, value)
    this.#parts.push(part)
    return this
  }

  bigInt64(value: bigint): this {
    const part = new Uint8Array(8)
    writeBigInt64(part, 0, value)
    this.#parts.push(part)
    return this
  }

  /** Length and bytes; -1 for null. */
  sized(value: Uint8Array | null): this {
    this.int32(value === null ? -1 : value.length)
    if (value !== null) this.#parts.push(value)
    return this
  }

  done(): Uint8Array {
    return Buffer.concat(this.#parts)
  }
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  int32(): number {
    this.#at += 4
    return readInt32(this.#bytes, this.#at - 4)
  }

  int64(): number {
    this.#at += 8
    return readInt64(this.#bytes, this.#at - 8)
  }

  bigInt64(): bigint {
    this.#at += 8
    return readBigInt64(this.#bytes, this.#at - 8)
  }

  bytes(length: number): Uint8Array | null {
    if (length === -1) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  sized(): Uint8Array | null {
    return this.bytes(this.int32())
  }
}

/** The values of one buffered record, serialized. `priorValue` is what was emitted before the buffer took the key in. */
export interface BufferedValue {
  readonly priorValue: Uint8Array | null
  readonly oldValue: Uint8Array | null
  readonly newValue: Uint8Array | null
  readonly context: BufferedContext
}

const sameAsPrior = -2

/** Changelog records of buffers carry no time of their own: the producer stamps them when it sends them. */
export const noTimestamp = -1

export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return Buffer.compare(a, b) === 0
}

/** Java's `BufferValue.serialize` followed by the buffer time: the value of a buffer's changelog record. */
export function encodeBuffered(value: BufferedValue, bufferTime: number): Uint8Array {
  const { context, priorValue, oldValue, newValue } = value
  const out = new Writer().int64(context.timestamp).bigInt64(context.offset)
  out.sized(Buffer.from(context.topic ?? '', 'utf8')).int32(context.partition)
  const headers = context.headers.toArray()
  out.int32(headers.length)
  for (const header of headers) out.sized(Buffer.from(header.key, 'utf8')).sized(header.value)
  out.sized(priorValue)
  if (oldValue !== null && sameBytes(priorValue, oldValue)) out.int32(sameAsPrior)
  else out.sized(oldValue)
  return out.sized(newValue).int64(bufferTime).done()
}

export function decodeBuffered(bytes: Uint8Array): {
  readonly value: BufferedValue
  readonly bufferTime: number
} {
  const input = new Reader(bytes)
  const timestamp = input.int64()
  const offset = input.bigInt64()
  const topic = Buffer.from(input.sized() as Uint8Array).toString('utf8')
  const partition = input.int32()
  const headers = new Headers()
  for (let left = input.int32(); left > 0; left--) {
    const key = Buffer.from(input.sized() as Uint8Array).toString('utf8')
    headers.add(key, input.sized())
  }
  const priorValue = input.sized()
  const oldLength = input.int32()
  const oldValue = oldLength === sameAsPrior ? priorValue : input.bytes(oldLength)
  const newValue = input.sized()
  const context = { timestamp, offset, topic, partition, headers }
  return { value: { priorValue, oldValue, newValue, context }, bufferTime: input.int64() }
}
