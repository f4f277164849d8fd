import { promisify } from 'node:util'
import { crc32, deflateRaw, zstdCompress } from 'node:zlib'
import { snappyCompress } from '../snappy.ts'

/** Compresses the blocks of an Avro container. */
export type AvroCodec = (block: Buffer) => Buffer | Promise<Buffer>

const inflatable = promisify<Buffer, Buffer>(deflateRaw)
const zstd = promisify<Buffer, Buffer>(zstdCompress)

/** By the name that stands in the container, and in `avro.codec`. */
export const AVRO_CODECS: Readonly<Record<string, AvroCodec>> = {
  null: (block) => block,
  deflate: (block) => inflatable(block),
  // Avro's snappy blocks end with the checksum of what they hold.
  snappy(block) {
    const checksum = Buffer.allocUnsafe(4)
    checksum.writeUInt32BE(crc32(block))
    return Buffer.concat([snappyCompress(block), checksum])
  },
  zstandard: (block) => zstd(block),
}
