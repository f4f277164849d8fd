/**
 * The hash of kinds and keys: murmur3, x86, 32 bits, seed 0, of the bytes or of a text's UTF-8. It belongs to the plan's
 * format: all producers of a topic must have the same. It is not Kafka's own (murmur2), so that a kind that is cut into
 * slices of hashes is cut evenly although its records were partitioned by key before.
 */

const C1 = 0xcc9e2d51
const C2 = 0x1b873593
const encoder = new TextEncoder()
let scratch = new Uint8Array(512)

/** From 0 to 2^32 - 1. */
export function hashOfBytes(bytes: Uint8Array): number {
  return murmur3(bytes, bytes.length)
}

/** Like {@link hashOfBytes} of the text's UTF-8; a lone surrogate counts as U+FFFD. Allocates nothing. */
export function hashOfText(text: string): number {
  const most = text.length * 3
  if (scratch.length < most) {
    if (most > 1 << 16) return hashOfBytes(encoder.encode(text))
    scratch = new Uint8Array(most)
  }
  let length = 0
  // Texts are short and mostly ASCII: this is faster than a call of the encoder.
  for (; length < text.length; length++) {
    const unit = text.charCodeAt(length)
    if (unit > 0x7f) return murmur3(scratch, encoder.encodeInto(text, scratch).written)
    scratch[length] = unit
  }
  return murmur3(scratch, length)
}

function murmur3(bytes: Uint8Array, length: number): number {
  let h = 0
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    const k =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    h ^= mixed(k)
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  const rest = length & 3
  if (rest > 0) {
    let k = bytes[whole] as number
    if (rest > 1) k |= (bytes[whole + 1] as number) << 8
    if (rest > 2) k |= (bytes[whole + 2] as number) << 16
    h ^= mixed(k)
  }
  h ^= length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function mixed(k: number): number {
  const product = Math.imul(k, C1)
  return Math.imul((product << 15) | (product >>> 17), C2)
}
