import { DataError } from '@spillway/api'

/** What a line of JSON, or a block of an Avro container or a snappy stream, may take once it is decompressed. */
export class PieceLimit {
  readonly bytes: number

  constructor(bytes: number) {
    this.bytes = bytes
  }

  /** @throws {DataError} where the piece is larger. */
  check(what: string, bytes: number): void {
    if (bytes > this.bytes) throw this.error(what)
  }

  /** Runs what stops by itself at that size (zlib's `maxOutputLength`). @throws {DataError} where it did. */
  async guard<T>(what: string, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw this.error(what)
      throw error
    }
  }

  error(what: string): DataError {
    return new DataError(
      `${what} takes more than the ${this.bytes} bytes that max.decompressed.batch.bytes of the consumer allows: set ` +
        'consumer.override.max.decompressed.batch.bytes of the connector higher, where there is the memory',
    )
  }
}
