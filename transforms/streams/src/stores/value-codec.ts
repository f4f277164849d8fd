import { shownWithType } from '../core/arguments.ts'
import { SerializationException } from '../core/errors.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { bytesFrom, putBytes, readInt64, writeInt64 } from '../core/serde.ts'
import type { Serde } from '../core/serde.ts'

/** Turns values of a store into bytes and back. */
export interface ValueCodec<V> {
  encode(value: V): Uint8Array | null
  decode(bytes: Uint8Array): V
}

export function plainCodec<V>(serde: Serde<V>, topic: string): ValueCodec<V> {
  return {
    encode: (value) => serde.serializer.serialize(topic, null, value),
    decode: (bytes) => serde.deserializer.deserialize(topic, null, bytes) as V,
  }
}

/** int64 timestamp + value, Java's `ValueAndTimestampSerializer`. */
function encodeTimestamped<V>(
  serde: Serde<V>,
  topic: string,
  value: V | null,
  timestamp: number,
): Uint8Array | null {
  if (value === null || value === undefined) return null
  if (!Number.isSafeInteger(timestamp)) {
    throw new SerializationException(
      `The timestamp of a row of ${topic} must be a whole number of milliseconds, got ${shownWithType(timestamp)}`,
    )
  }
  const plain = serde.serializer.serialize(topic, null, value)
  if (plain === null) return null
  const out = new Uint8Array(8 + plain.length)
  writeInt64(out, 0, timestamp)
  putBytes(out, 8, plain)
  return out
}

function decodeTimestamped<V>(serde: Serde<V>, topic: string, bytes: Uint8Array): ValueAndTimestamp<V> {
  const value = serde.deserializer.deserialize(topic, null, bytesFrom(bytes, 8)) as V
  return { value, timestamp: readInt64(bytes, 0) }
}

export function timestampedCodec<V>(serde: Serde<V>, topic: string): ValueCodec<ValueAndTimestamp<V>> {
  return {
    encode: (row) => (row === null ? null : encodeTimestamped(serde, topic, row.value, row.timestamp)),
    decode: (bytes) => decodeTimestamped(serde, topic, bytes),
  }
}
