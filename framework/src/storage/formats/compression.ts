import { constants, createGzip } from 'node:zlib'

/** Compresses whole files while they go up (`s3.compression.type`). The same bytes give the same bytes each time. */
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
    async *compress(pieces) {
      const stream = createGzip({ level, chunkSize: CHUNK_BYTES })
      const fed = feed(pieces, stream)
      fed.catch((error: unknown) => stream.destroy(error as Error))
      try {
        yield* stream as AsyncIterable<Buffer>
        await fed
      } finally {
        stream.destroy()
      }
    },
  }
}

/** Waits for each piece to be taken in before the next: a piece is valid only that long. */
async function feed(pieces: AsyncIterable<Uint8Array>, stream: ReturnType<typeof createGzip>): Promise<void> {
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
