import { crc32 } from 'node:zlib'

/** The CRC-32 of a body as S3 takes it: four bytes, big-endian, in base64. */
export function crc32Base64(body: Uint8Array): string {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes.toString('base64')
}
