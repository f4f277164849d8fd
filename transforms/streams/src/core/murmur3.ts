/** The hash of Kafka Streams' foreign-key joins. */

const mask = 0xffff_ffff_ffff_ffffn
const c1 = 0x87c3_7b91_1142_53d5n
const c2 = 0x4cf5_ad43_2745_937fn

const rotl = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & mask

function mix(value: bigint): bigint {
  let k = value
  k = ((k ^ (k >> 33n)) * 0xff51_afd7_ed55_8ccdn) & mask
  k = ((k ^ (k >> 33n)) * 0xc4ce_b9fe_1a85_ec53n) & mask
  return k ^ (k >> 33n)
}

function littleEndian(data: Uint8Array, from: number, count: number): bigint {
  let value = 0n
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(data[from + i] as number)
  return value
}

const mixFirst = (k: bigint): bigint => (rotl((k * c1) & mask, 31n) * c2) & mask
const mixSecond = (k: bigint): bigint => (rotl((k * c2) & mask, 33n) * c1) & mask

/** murmur3 x64 128 with Java's seed of Kafka Streams (104729): 16 bytes, both halves big endian. */
export function murmur3Hash128(data: Uint8Array): Uint8Array {
  let h1 = 104729n
  let h2 = 104729n
  const blocks = data.length >> 4
  for (let block = 0; block < blocks; block++) {
    const i = block << 4
    h1 = rotl(h1 ^ mixFirst(littleEndian(data, i, 8)), 27n)
    h1 = (((h1 + h2) & mask) * 5n + 0x52dc_e729n) & mask
    h2 = rotl(h2 ^ mixSecond(littleEndian(data, i + 8, 8)), 31n)
    h2 = (((h2 + h1) & mask) * 5n + 0x3849_5ab5n) & mask
  }
  const tail = blocks << 4
  const rest = data.length - tail
  if (rest > 8) h2 ^= mixSecond(littleEndian(data, tail + 8, rest - 8))
  if (rest > 0) h1 ^= mixFirst(littleEndian(data, tail, Math.min(rest, 8)))
  const length = BigInt(data.length)
  h1 ^= length
  h2 ^= length
  h1 = (h1 + h2) & mask
  h2 = (h2 + h1) & mask
  h1 = mix(h1)
  h2 = mix(h2)
  h1 = (h1 + h2) & mask
  h2 = (h2 + h1) & mask
  const out = new Uint8Array(16)
  const view = new DataView(out.buffer)
  view.setBigUint64(0, h1)
  view.setBigUint64(8, h2)
  return out
}
