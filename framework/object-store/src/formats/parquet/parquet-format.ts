import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { butNot, configDef, range, type Schema, type SinkRecord, valueOf } from '@spillway/api'
import type { CompressionCodec, SchemaElement } from 'hyparquet'
import { snappyCompress } from '../snappy.ts'

import type { FileBuffer } from '../../spill/spill-buffer.ts'
import type { FinishedFile, Format, FormatPlugin, FormatSettings } from '../format.ts'
import { type RowEncoder, RowEncoders } from '../row-encoders.ts'
import { readRows } from '../row-spill.ts'
import { inferRows } from '../schemaless/schemaless-rows.ts'
import type { PageSettings } from './column-chunk.ts'
import { lz4HadoopPage, lz4RawPage } from './lz4-pages.ts'
import { ParquetFile } from './parquet-file.ts'
import { parquetSchema } from './parquet-schema.ts'
import { RowShredder } from './row-shredder.ts'
import { rowEncoder } from './row-writer.ts'

const MIB = 1024 * 1024
const PAGE_BYTES = MIB

interface Codec {
  readonly name: CompressionCodec
  readonly extension: string
  compress(page: Uint8Array): Uint8Array
}

const CODECS: Readonly<Record<string, Codec>> = {
  none: { name: 'UNCOMPRESSED', extension: '.parquet', compress: (page) => page },
  gzip: { name: 'GZIP', extension: '.gz.parquet', compress: (page) => gzipSync(page) },
  snappy: { name: 'SNAPPY', extension: '.snappy.parquet', compress: snappyCompress },
  lz4: { name: 'LZ4', extension: '.lz4hadoop.parquet', compress: lz4HadoopPage },
  brotli: { name: 'BROTLI', extension: '.br.parquet', compress: (page) => brotliCompressSync(page) },
  lz4_raw: { name: 'LZ4_RAW', extension: '.lz4raw.parquet', compress: lz4RawPage },
  zstd: { name: 'ZSTD', extension: '.zstd.parquet', compress: (page) => zstdCompressSync(page) },
}

const config = configDef({
  'parquet.codec': {
    type: 'string',
    default: 'snappy',
    validator: butNot(valueOf(...Object.keys(CODECS)), {
      lzo: 'lzo is not written here: readers need a library for it that they do not come with; lz4_raw is as fast',
    }),
    importance: 'low',
    group: 'Format',
    doc: 'How ParquetFormat compresses pages; the file name says so. `lz4` is Hadoop’s own framing, which few read; `lz4_raw` is read wherever LZ4 is.',
  },
  'parquet.row.group.bytes': {
    type: 'int',
    default: 8 * MIB,
    validator: range(64 * 1024),
    importance: 'low',
    group: 'Format',
    ours: true,
    doc: 'Bytes of rows, before they are encoded, after which ParquetFormat begins another row group: as much as is held in memory of a file being written.',
  },
})

/** Parquet (Java: `io.confluent.connect.s3.format.parquet.ParquetFormat`). */
export const parquetFormat: FormatPlugin & { readonly config: typeof config } = {
  kind: 'format',
  className: 'io.confluent.connect.s3.format.parquet.ParquetFormat',
  aliases: ['ParquetFormat', 'parquet'],
  doc: 'Parquet files, written row group by row group when they close.',
  config,
  compressible: false,
  wraps: ['key', 'headers'],
  create: (settings) => new ParquetFiles(settings),
}

/** What is made of a schema once. */
interface Layout extends RowEncoder {
  readonly elements: readonly SchemaElement[]
}

/** How the rows of one file become its columns. */
interface FileRows {
  readonly elements: readonly SchemaElement[]
  readonly shredder: RowShredder
  add(input: Buffer, from: number, to: number): void
}

class ParquetFiles implements Format {
  readonly extension: string
  readonly contentType = 'application/vnd.apache.parquet'
  readonly #pages: PageSettings
  readonly #rowGroupBytes: number
  readonly #layouts: RowEncoders<Layout>

  constructor({ raw, view }: FormatSettings) {
    const parsed = config.parse(raw)
    const { name, extension, compress } = CODECS[parsed['parquet.codec']] as Codec
    this.extension = extension
    this.#pages = { codec: name, compress, pageBytes: PAGE_BYTES }
    this.#rowGroupBytes = parsed['parquet.row.group.bytes']
    this.#layouts = new RowEncoders(view, (schema) => layoutOf(schema, view.name))
  }

  append(record: SinkRecord, file: FileBuffer): void {
    this.#layouts.append(record, file)
  }

  async *encode({ schema, spilled }: FinishedFile): AsyncIterable<Uint8Array> {
    const { elements, shredder, add } = await this.#rowsOf(schema, spilled)
    const file = new ParquetFile(elements, this.#pages)
    let rows = 0
    let bytes = 0
    const take = (input: Buffer, from: number, to: number): boolean => {
      add(input, from, to)
      rows++
      bytes += to - from
      return bytes >= this.#rowGroupBytes
    }
    for await (const _ of readRows(spilled.read(), take)) {
      yield file.rowGroup(shredder.columns, rows)
      rows = 0
      bytes = 0
    }
    if (rows > 0) yield file.rowGroup(shredder.columns, rows)
    yield file.end()
  }

  /** The schema of a file, and how its rows are read under it. */
  async #rowsOf(schema: Schema | null, spilled: FileBuffer): Promise<FileRows> {
    if (schema !== null) {
      const { elements } = this.#layouts.of(schema)
      const shredder = new RowShredder(elements, schema)
      return { elements, shredder, add: (input, from, to) => shredder.add(input, from, to) }
    }
    const { schema: fileSchema, read } = await inferRows(spilled)
    const { elements, encodeInPlace } = layoutOf(fileSchema, 'value')
    const shredder = new RowShredder(elements, fileSchema)
    return {
      elements,
      shredder,
      add(input, from, to) {
        const row = encodeInPlace(read(input.subarray(from, to)))
        shredder.add(row, 0, row.length)
      },
    }
  }
}

/** @throws {DataError} for a schema that Parquet cannot hold. */
function layoutOf(schema: Schema, path: string): Layout {
  const elements = parquetSchema(schema, path)
  return { elements, ...rowEncoder(schema, path) }
}
