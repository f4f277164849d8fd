import type { Transform } from 'node:stream'
import { constants, createGzip, createZstdCompress } from 'node:zlib'
import { snappyCompress } from './snappy.ts'

/** Compresses whole files while they go up. The same bytes give the same bytes each time. */
export interface Compression {
  /** Added to the format's own, e.g. `.gz`. */
  readonly extension: string
  /** The value of Content-Encoding that says so. */
  readonly encoding: string
  /** @param pieces each valid only until the next one is asked for. */
  compress(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

const CHUNK_BYTES = 64 * 1024

/** One gzip member per file, compressed in the thread pool. @param level -1 (zlib's default) to 9. */
export function gzip(level: number = constants.Z_DEFAULT_COMPRESSION): Compression {
  return {
    extension: '.gz',
    encoding: 'gzip',
    compress: (pieces) => through(createGzip({ level, chunkSize: CHUNK_BYTES }), pieces),
  }
}

/** One Zstandard frame per file, compressed in the thread pool. */
export function zstd(): Compression {
  return {
    extension: '.zst',
    encoding: 'zstd',
    compress: (pieces) => through(createZstdCompress({ chunkSize: CHUNK_BYTES }), pieces),
  }
}

/** What a stream of snappy-java begins with: its name, its version, and the version that can read it. */
const SNAPPY_JAVA = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
const SNAPPY_BLOCK_BYTES = 32 * 1024

/** A stream of snappy-java (`SnappyInputStream`), as Kafka and Aiven's sinks write it: blocks of 32 KiB with their length. */
export function snappy(): Compression {
  return {
    extension: '.snappy',
    encoding: 'x-snappy-java',
    async *compress(pieces) {
      yield SNAPPY_JAVA
      let rest = Buffer.alloc(0)
      for await (const piece of pieces) {
        rest = Buffer.concat([rest, piece])
        const blocks: Buffer[] = []
        let at = 0
        for (; rest.length - at >= SNAPPY_BLOCK_BYTES; at += SNAPPY_BLOCK_BYTES) {
          blocks.push(snappyBlock(rest.subarray(at, at + SNAPPY_BLOCK_BYTES)))
        }
        rest = rest.subarray(at)
        if (blocks.length > 0) yield Buffer.concat(blocks)
      }
      if (rest.length > 0) yield snappyBlock(rest)
    },
  }
}

function snappyBlock(bytes: Buffer): Buffer {
  const compressed = snappyCompress(bytes)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(compressed.length)
  return Buffer.concat([length, compressed])
}

/** What a stream of zlib's makes of some pieces. */
async function* through(stream: Transform, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const fed = feed(pieces, stream)
  fed.catch((error: unknown) => stream.destroy(error as Error))
  try {
    yield* stream as AsyncIterable<Buffer>
    await fed
  } finally {
    stream.destroy()
  }
}

/** Waits for each piece to be taken in before the next: a piece is valid only that long. */
async function feed(pieces: AsyncIterable<Uint8Array>, stream: Transform): Promise<void> {
  for await (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      const onClose = (): void => reject(new Error('compression was ended early'))
      stream.once('close', onClose)
      stream.write(piece, (error) => {
        stream.off('close', onClose)
        if (error) reject(error)
        else resolve()
      })
    })
  }
  stream.end()
}
