import { join } from 'node:path'

import { Oracle } from '../../conformance/converters/oracle.ts'

/** Pinned: what these tests hold is what these versions read. */
const PACKAGES = ['pyarrow==26.0.1', 'fastavro==1.13.1', 'cramjam==2.14.0', 'backports.zstd==1.7.0']

/** What read_files.py answers. */
export interface FileRead {
  readonly error?: string
  /** As `described` describes them; of JSON as they are, where that is not asked for. */
  readonly rows?: readonly unknown[]
  /** Parquet: Arrow's name of each column's type. */
  readonly types?: Readonly<Record<string, string>>
  /** Avro: the codec that stands in the container. */
  readonly codec?: string
  /** Of other formats, decompressed, in base64. */
  readonly bytes?: string
}

/** Libraries of others that read what the sink wrote. */
export class Readers {
  readonly #python: Oracle

  private constructor(python: Oracle) {
    this.#python = python
  }

  static async start(): Promise<Readers> {
    return new Readers(await Oracle.python(join(import.meta.dirname, 'read_files.py'), PACKAGES))
  }

  /** @throws {Error} where the library cannot read the file. */
  async read(
    format: 'parquet' | 'avro' | 'json' | 'described json' | 'bytes',
    file: Buffer,
    compression = 'none',
  ): Promise<FileRead> {
    const question = { format, compression, bytes: file.toString('base64') }
    const answer = await this.#python.ask<FileRead>(question)
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  async close(): Promise<void> {
    await this.#python.close()
  }
}
