import { Buffer } from 'node:buffer'

// Node's native slice takes any Uint8Array; its public types leave it out.
const latin1Slice = (
  Buffer.prototype as unknown as { latin1Slice: (this: Uint8Array, start: number, end: number) => string }
).latin1Slice

/** Bytes of small arrays pass through here on their way to a text. */
const small = Buffer.allocUnsafeSlow(64)

/**
 * One UTF-16 unit per byte: such texts compare with `<` exactly as the bytes compare unsigned, hash natively in a Map, and take
 * a fraction of a Uint8Array's memory. They never leave the state package.
 */
export function byteText(bytes: Uint8Array): string {
  const length = bytes.length
  if (length <= small.length && !Buffer.isBuffer(bytes)) {
    // A small plain array lives on the JavaScript heap; a native call would first move it off, for ten times the cost.
    for (let i = 0; i < length; i++) small[i] = bytes[i] as number
    return latin1Slice.call(small, 0, length)
  }
  return latin1Slice.call(bytes, 0, length)
}

/**
 * As {@link byteText}, given the text before: an update reads and then writes the same key, and the same text needs no second
 * hash either.
 */
export function byteTextAfter(bytes: Uint8Array, last: string): string {
  const length = bytes.length
  if (length !== last.length) return byteText(bytes)
  for (let i = 0; i < length; i++) if (bytes[i] !== last.charCodeAt(i)) return byteText(bytes)
  return last
}

/** The bytes of a {@link byteText}, for the caller to keep. */
export function textBytes(text: string): Uint8Array {
  const length = text.length
  if (length > small.length) return Buffer.from(text, 'latin1')
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Compares as unsigned bytes, a prefix before what it begins; negative, 0 or positive. Corresponds to Java's `Bytes.compareTo`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false
  return true
}
