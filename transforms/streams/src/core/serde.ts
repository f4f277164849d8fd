import { Buffer } from 'node:buffer'
import { shownWithType } from './arguments.ts'
import { SerializationException } from './errors.ts'
import type { Headers } from './headers.ts'
import { settled } from './synchronous.ts'

/** Corresponds to Java's `Serializer`. Null stays null (a tombstone or a missing key). */
export interface Serializer<T> {
  serialize(topic: string, headers: Headers | null, data: T | null): Uint8Array | null
}

/** Corresponds to Java's `Deserializer`. */
export interface Deserializer<T> {
  deserialize(topic: string, headers: Headers | null, data: Uint8Array | null): T | null
}

/** Both directions for one type. Corresponds to Java's `Serde`. */
export interface Serde<T> {
  readonly serializer: Serializer<T>
  readonly deserializer: Deserializer<T>
}

/** A serde of any type, where the type cannot be known: defaults, sources and sinks of the Processor API. */
export interface AnySerde {
  readonly serializer: Serializer<never>
  readonly deserializer: Deserializer<unknown>
}

/** A serializer around another one, which may be the configured default. Corresponds to Java's `WrappingNullableSerializer`. */
export interface DefaultingSerializer extends Serializer<unknown> {
  withDefault(fallback: Serde<unknown> | null): Serializer<unknown>
}

export interface DefaultingDeserializer extends Deserializer<unknown> {
  withDefault(fallback: Serde<unknown> | null): Deserializer<unknown>
}

/** The serializer to use, with the configured default put in where it, or what it wraps, was not given. */
export function serializerOr(
  given: Serializer<unknown> | null,
  fallback: Serde<unknown> | null,
): Serializer<unknown> | null {
  if (given !== null && 'withDefault' in given) return (given as DefaultingSerializer).withDefault(fallback)
  const found = given ?? fallback?.serializer ?? null
  return found === null ? null : checkedSerializer(found)
}

export function deserializerOr(
  given: Deserializer<unknown> | null,
  fallback: Serde<unknown> | null,
): Deserializer<unknown> | null {
  if (given !== null && 'withDefault' in given) return (given as DefaultingDeserializer).withDefault(fallback)
  const found = given ?? fallback?.deserializer ?? null
  return found === null ? null : checkedDeserializer(found)
}

/** Serializers and deserializers whose results need no check: those of this file, and those that check what they wrap. */
const trusted = new WeakSet<object>()

/**
 * A serializer of the user's, which must give bytes or null, at once: a topic or store would hold anything else as it is.
 *
 * @throws AsyncResultException at a promise, SerializationException at what is neither bytes nor null
 */
export function checkedSerializer<T>(serializer: Serializer<T>): Serializer<T> {
  if (trusted.has(serializer) || 'withDefault' in serializer) return serializer
  const checked: Serializer<T> = {
    serialize: (topic, headers, data) => {
      const bytes: unknown = serializer.serialize(topic, headers, data)
      if (bytes === null || bytes instanceof Uint8Array) return bytes
      settled(bytes, `the serializer for ${topic}`)
      throw new SerializationException(
        `The serializer for ${topic} must give bytes (Uint8Array) or null, got ${shownWithType(bytes)}`,
      )
    },
  }
  trusted.add(checked)
  return checked
}

/** As {@link checkedSerializer}, where only a promise can be told from a value. */
export function checkedDeserializer<T>(deserializer: Deserializer<T>): Deserializer<T> {
  if (trusted.has(deserializer) || 'withDefault' in deserializer) return deserializer
  const checked: Deserializer<T> = {
    deserialize: (topic, headers, data) =>
      settled(deserializer.deserialize(topic, headers, data), `the deserializer for ${topic}`),
  }
  trusted.add(checked)
  return checked
}

export function checkedSerde<T>(serde: Serde<T>): Serde<T> {
  return {
    serializer: checkedSerializer(serde.serializer),
    deserializer: checkedDeserializer(serde.deserializer),
  }
}

/** A serde of windowed keys also knows how to write the inner key, by which windowed records are partitioned. */
export interface WindowedSerializer<T> extends Serializer<T> {
  serializeBaseKey(topic: string, headers: Headers | null, data: T): Uint8Array | null
}

export function isWindowedSerializer(serializer: unknown): serializer is WindowedSerializer<unknown> {
  return typeof serializer === 'object' && serializer !== null && 'serializeBaseKey' in serializer
}

function serdeOf<T>(write: (data: T) => Uint8Array, read: (data: Uint8Array) => T): Serde<T> {
  return {
    serializer: {
      serialize: (_topic, _headers, data) => (data === null || data === undefined ? null : write(data)),
    },
    deserializer: {
      deserialize: (_topic, _headers, data) => (data === null || data === undefined ? null : read(data)),
    },
  }
}

function trustedSerde<T>(write: (data: T) => Uint8Array, read: (data: Uint8Array) => T): Serde<T> {
  const serde = serdeOf(write, read)
  trusted.add(serde.serializer)
  trusted.add(serde.deserializer)
  return serde
}

/** A value of another kind would be written as something else: text as a number, a fraction cut off. */
function wrongKind(expected: string, data: unknown): SerializationException {
  return new SerializationException(`Expected ${expected}, got ${shownWithType(data)}`)
}

/** Small arrays pass through here: a view of an array on the JavaScript heap would first move it off, for ten times the cost. */
const small = Buffer.allocUnsafeSlow(64)

/** The bytes from `at` on: a copy where that is cheaper than a view. */
export function bytesFrom(bytes: Uint8Array, at: number): Uint8Array {
  const length = bytes.length - at
  if (length > small.length) return bytes.subarray(at)
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = bytes[at + i] as number
  return out
}

/** Appends bytes to those already in an array. */
export function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): void {
  const length = bytes.length
  if (length > small.length) out.set(bytes, at)
  else for (let i = 0; i < length; i++) out[at + i] = bytes[i] as number
}

function utf8Bytes(text: string): Uint8Array {
  const length = text.length
  if (length > small.length) return Buffer.from(text, 'utf8')
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return Buffer.from(text, 'utf8')
    out[i] = unit
  }
  return out
}

// Node's native slice takes any Uint8Array; its public types leave it out.
const utf8Slice = (
  Buffer.prototype as unknown as { utf8Slice: (this: Uint8Array, start: number, end: number) => string }
).utf8Slice

function utf8Text(data: Uint8Array): string {
  const length = data.length
  if (length > small.length || Buffer.isBuffer(data)) return utf8Slice.call(data, 0, length)
  for (let i = 0; i < length; i++) small[i] = data[i] as number
  return utf8Slice.call(small, 0, length)
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

function expectSize(data: Uint8Array, size: number, what: string): void {
  if (data.length !== size) {
    throw new SerializationException(`Size of data received by ${what}Deserializer is not ${size}`)
  }
}

const stringSerde: Serde<string> = trustedSerde((data) => {
  if (typeof data !== 'string') {
    throw new SerializationException(
      `Error when serializing string to byte[]: expected a string, got ${shownWithType(data)}`,
    )
  }
  return utf8Bytes(data)
}, utf8Text)

const lowestInt64 = -(2n ** 63n)
const highestInt64 = 2n ** 63n - 1n

const int64Serde: Serde<bigint> = trustedSerde(
  (data) => {
    if (typeof data !== 'bigint' || data > highestInt64 || data < lowestInt64)
      throw wrongKind('a bigint of 64 bits (as 1n, or BigInt(1))', data)
    const out = new Uint8Array(8)
    writeBigInt64(out, 0, data)
    return out
  },
  (data) => {
    expectSize(data, 8, 'Long')
    return readBigInt64(data, 0)
  },
)

const int32Serde: Serde<number> = trustedSerde(
  (data) => {
    // A fraction, NaN or text would be cut to some integer.
    if (typeof data !== 'number' || (data | 0) !== data) throw wrongKind('a whole number of 32 bits', data)
    const out = Buffer.allocUnsafe(4)
    out.writeInt32BE(data)
    return out
  },
  (data) => {
    expectSize(data, 4, 'Integer')
    return asBuffer(data).readInt32BE()
  },
)

const doubleSerde: Serde<number> = trustedSerde(
  (data) => {
    if (typeof data !== 'number') throw wrongKind('a number', data)
    const out = Buffer.allocUnsafe(8)
    out.writeDoubleBE(data)
    return out
  },
  (data) => {
    expectSize(data, 8, 'Double')
    return asBuffer(data).readDoubleBE()
  },
)

const booleanSerde: Serde<boolean> = trustedSerde(
  (data) => {
    if (typeof data !== 'boolean') throw wrongKind('true or false', data)
    return Uint8Array.of(data ? 1 : 0)
  },
  (data) => {
    expectSize(data, 1, 'Boolean')
    if (data[0] !== 0 && data[0] !== 1) {
      throw new SerializationException(`Unexpected byte received by BooleanDeserializer: ${data[0]}`)
    }
    return data[0] === 1
  },
)

const bytesSerde: Serde<Uint8Array> = trustedSerde(
  (data) => {
    if (!(data instanceof Uint8Array)) throw wrongKind('bytes (Uint8Array)', data)
    return data
  },
  (data) => data,
)

const jsonSerde: Serde<unknown> = trustedSerde<unknown>(
  (data) => {
    let text: string | undefined
    try {
      text = JSON.stringify(settled(data, 'the value for the JSON serde'))
    } catch (error) {
      if (error instanceof TypeError) throw new SerializationException('not to be written as JSON', error)
      throw error
    }
    if (text === undefined) throw wrongKind('a value that JSON has', data)
    return Buffer.from(text, 'utf8')
  },
  (data) => {
    try {
      return JSON.parse(utf8Text(data)) as unknown
    } catch (error) {
      throw new SerializationException('invalid JSON', error)
    }
  },
)

const int64View = new DataView(new ArrayBuffer(8))
const int64Bytes = new Uint8Array(int64View.buffer)

/** Writes a bigint as two's complement int64, big endian. */
export function writeBigInt64(out: Uint8Array, offset: number, value: bigint): void {
  int64View.setBigInt64(0, value)
  for (let i = 0; i < 8; i++) out[offset + i] = int64Bytes[i] as number
}

export function readBigInt64(data: Uint8Array, offset: number): bigint {
  const high = readInt32(data, offset)
  const low = readInt32(data, offset + 4) >>> 0
  // Small counts are the common case: one conversion instead of two and a shift.
  if (high === 0) return BigInt(low)
  return (BigInt(high) << 32n) | BigInt(low)
}

/** Writes a safe integer as int64, big endian. */
export function writeInt64(out: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  writeInt32(out, offset, high)
  writeInt32(out, offset + 4, value - high * 0x1_0000_0000)
}

/** Reads an int64 that is a safe integer. */
export function readInt64(data: Uint8Array, offset: number): number {
  return readInt32(data, offset) * 0x1_0000_0000 + (readInt32(data, offset + 4) >>> 0)
}

export function writeInt32(out: Uint8Array, offset: number, value: number): void {
  out[offset] = value >>> 24
  out[offset + 1] = value >>> 16
  out[offset + 2] = value >>> 8
  out[offset + 3] = value
}

export function readInt32(data: Uint8Array, offset: number): number {
  return (
    ((data[offset] as number) << 24) |
    ((data[offset + 1] as number) << 16) |
    ((data[offset + 2] as number) << 8) |
    (data[offset + 3] as number)
  )
}

/** The built-in serdes. Corresponds to Java's `Serdes`. */
export const Serdes = {
  /** UTF-8 text. */
  string: (): Serde<string> => stringSerde,
  /** int64, exact, big endian: the type of counts. */
  int64: (): Serde<bigint> => int64Serde,
  /** Java's name of {@link Serdes.int64}. */
  long: (): Serde<bigint> => int64Serde,
  /** int32, big endian. */
  integer: (): Serde<number> => int32Serde,
  double: (): Serde<number> => doubleSerde,
  boolean: (): Serde<boolean> => booleanSerde,
  bytes: (): Serde<Uint8Array> => bytesSerde,
  /** Java's name of {@link Serdes.bytes}. */
  byteArray: (): Serde<Uint8Array> => bytesSerde,
  /** JSON text; deserializing anything else throws SerializationException("invalid JSON"). */
  json: <T>(): Serde<T> => jsonSerde as Serde<T>,
  /** A serde of your own from two functions; null never reaches them. */
  from: <T>(write: (data: T) => Uint8Array, read: (data: Uint8Array) => T): Serde<T> => serdeOf(write, read),
} as const
