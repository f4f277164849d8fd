import { Buffer } from 'node:buffer'

import { bytesFrom, putBytes, readInt32, readInt64, writeInt32, writeInt64 } from '../core/serde.ts'
import { compareBytes } from './byte-order.ts'

/** Java's Integer.MAX_VALUE: the highest sequence number of a duplicate. */
export const maxSequence = 0x7fffffff

/** From Node's pool: composing a key is the hot path of windowed stores, and stores copy what they keep. */
function allocate(length: number): Uint8Array {
  return Buffer.allocUnsafe(length)
}

const windowSuffix = 12
const sessionSuffix = 16

/**
 * Key of a row in a window store and its changelog: key bytes + int64 window start + int32 sequence number (0 unless the
 * store retains duplicates). Corresponds to Java's `WindowKeySchema.toStoreKeyBinary`.
 */
export function windowStoreKey(key: Uint8Array, windowStart: number, sequence: number): Uint8Array {
  const out = allocate(key.length + windowSuffix)
  putBytes(out, 0, key)
  writeInt64(out, key.length, windowStart)
  writeInt32(out, key.length + 8, sequence)
  return out
}

export function keyOfWindowStoreKey(storeKey: Uint8Array): Uint8Array {
  return storeKey.subarray(0, storeKey.length - windowSuffix)
}

export function startOfWindowStoreKey(storeKey: Uint8Array): number {
  return readInt64(storeKey, storeKey.length - windowSuffix)
}

export function sequenceOfWindowStoreKey(storeKey: Uint8Array): number {
  return readInt32(storeKey, storeKey.length - 4)
}

/** The same row ordered by time: int64 window start + key bytes + int32 sequence number. Java's time-first key schema. */
export function timeFirstWindowKey(storeKey: Uint8Array): Uint8Array {
  const keyLength = storeKey.length - windowSuffix
  const out = allocate(storeKey.length)
  out.set(storeKey.subarray(keyLength, keyLength + 8))
  out.set(storeKey.subarray(0, keyLength), 8)
  out.set(storeKey.subarray(keyLength + 8), keyLength + 8)
  return out
}

export function windowKeyOfTimeFirst(timeFirst: Uint8Array): Uint8Array {
  const keyLength = timeFirst.length - windowSuffix
  const out = allocate(timeFirst.length)
  out.set(timeFirst.subarray(8, 8 + keyLength))
  out.set(timeFirst.subarray(0, 8), keyLength)
  out.set(timeFirst.subarray(8 + keyLength), keyLength + 8)
  return out
}

/**
 * Key of a row in a session store and its changelog: key bytes + int64 end + int64 start. Corresponds to Java's
 * `SessionKeySchema.toBinary`.
 */
export function sessionStoreKey(key: Uint8Array, start: number, end: number): Uint8Array {
  const out = allocate(key.length + sessionSuffix)
  putBytes(out, 0, key)
  writeInt64(out, key.length, end)
  writeInt64(out, key.length + 8, start)
  return out
}

export function keyOfSessionStoreKey(storeKey: Uint8Array): Uint8Array {
  return storeKey.subarray(0, storeKey.length - sessionSuffix)
}

export function startOfSessionStoreKey(storeKey: Uint8Array): number {
  return readInt64(storeKey, storeKey.length - 8)
}

export function endOfSessionStoreKey(storeKey: Uint8Array): number {
  return readInt64(storeKey, storeKey.length - sessionSuffix)
}

/** The same row ordered by time: int64 end + int64 start + key bytes. */
export function timeFirstSessionKey(storeKey: Uint8Array): Uint8Array {
  const keyLength = storeKey.length - sessionSuffix
  const out = allocate(storeKey.length)
  out.set(storeKey.subarray(keyLength))
  out.set(storeKey.subarray(0, keyLength), sessionSuffix)
  return out
}

export function sessionKeyOfTimeFirst(timeFirst: Uint8Array): Uint8Array {
  const out = allocate(timeFirst.length)
  out.set(timeFirst.subarray(sessionSuffix))
  out.set(timeFirst.subarray(0, sessionSuffix), timeFirst.length - sessionSuffix)
  return out
}

/** Reads an int64 that is a time out of a `byteText`. */
export function timeOfText(text: string, at: number): number {
  return int32OfText(text, at) * 0x1_0000_0000 + (int32OfText(text, at + 4) >>> 0)
}

function int32OfText(text: string, at: number): number {
  return (
    (text.charCodeAt(at) << 24) |
    (text.charCodeAt(at + 1) << 16) |
    (text.charCodeAt(at + 2) << 8) |
    text.charCodeAt(at + 3)
  )
}

/** An int64 alone: the bound of a time-first key. */
export function timeBytes(time: number): Uint8Array {
  const out = new Uint8Array(8)
  writeInt64(out, 0, time)
  return out
}

/**
 * The highest store key that any key <= `key` can have when times follow it. Not simply `key` + the highest time: a key that
 * is a prefix of `key` is followed by its own time, which may compare above the rest of `key`.
 */
export function highestStoreKey(key: Uint8Array, suffixLength: number): Uint8Array {
  let highest = withHighestSuffix(key, suffixLength)
  for (let length = 0; length < key.length; length++) {
    const candidate = withHighestSuffix(key.subarray(0, length), suffixLength)
    if (compareBytes(candidate, highest) > 0) highest = candidate
  }
  return highest
}

function withHighestSuffix(key: Uint8Array, suffixLength: number): Uint8Array {
  const out = new Uint8Array(key.length + suffixLength).fill(0xff)
  out.set(key)
  // Times are safe integers: their first byte is 0, the second at most 31.
  out[key.length] = 0
  out[key.length + 1] = 0x1f
  return out
}

/** Value of a timestamped store: int64 timestamp + value. Corresponds to Java's `ValueAndTimestampSerializer`. */
export function timestampedValue(value: Uint8Array, timestamp: number): Uint8Array {
  const out = allocate(8 + value.length)
  writeInt64(out, 0, timestamp)
  out.set(value, 8)
  return out
}

export function valueOfTimestamped(timestamped: Uint8Array): Uint8Array {
  return bytesFrom(timestamped, 8)
}

export function timestampOfTimestamped(timestamped: Uint8Array): number {
  return readInt64(timestamped, 0)
}
