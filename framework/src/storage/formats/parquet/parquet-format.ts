import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { CompressionCodec, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'

import { configDef } from '../../../config/config-def.ts'
import { butNot, range, valueOf } from '../../../config/validators.ts'
import { AvroCursor } from '../../../converters/avro/avro-cursor.ts'
import { type AvroReader, avroReader } from '../../../converters/avro/avro-reader.ts'
import { parseAvroSchema } from '../../../converters/avro/avro-schema.ts'
import type { Schema } from '../../../data/schema.ts'
import type { SinkRecord } from '../../../data/sink-record.ts'
import type { FileBuffer } from '../../spill/spill-buffer.ts'
import type { FinishedFile, Format, FormatPlugin, FormatSettings, RecordView } from '../format.ts'
import { RowEncoders } from '../row-encoders.ts'
import { rowGroups } from '../row-spill.ts'
import { inferRows } from '../schemaless/schemaless-rows.ts'
import { lz4HadoopPage, lz4RawPage } from './lz4-pages.ts'
import { ColumnBuilder } from './parquet-columns.ts'
import { parquetSchema } from './parquet-schema.ts'

const MIB = 1024 * 1024
const PAGE_BYTES = MIB

interface Codec {
  readonly name: CompressionCodec
  readonly extension: string
}

const CODECS: Readonly<Record<string, Codec>> = {
  none: { name: 'UNCOMPRESSED', extension: '.parquet' },
  gzip: { name: 'GZIP', extension: '.gz.parquet' },
  snappy: { name: 'SNAPPY', extension: '.snappy.parquet' },
  lz4: { name: 'LZ4', extension: '.lz4hadoop.parquet' },
  brotli: { name: 'BROTLI', extension: '.br.parquet' },
  lz4_raw: { name: 'LZ4_RAW', extension: '.lz4raw.parquet' },
  zstd: { name: 'ZSTD', extension: '.zstd.parquet' },
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
interface Layout {
  readonly elements: readonly SchemaElement[]
  readonly read: AvroReader
  /** Finds values that no column has room for; absent where there can be none. */
  readonly check?: (value: unknown) => void
}

interface FileRows {
  readonly elements: readonly SchemaElement[]
  readonly fileSchema: Schema
  readonly read: (row: Buffer) => unknown
}

class ParquetFiles implements Format {
  readonly extension: string
  readonly contentType = 'application/vnd.apache.parquet'
  readonly #codec: CompressionCodec
  readonly #rowGroupBytes: number
  readonly #rows: RowEncoders
  readonly #view: RecordView
  readonly #layouts = new WeakMap<Schema, Layout>()

  constructor({ raw, view }: FormatSettings) {
    const parsed = config.parse(raw)
    const codec = CODECS[parsed['parquet.codec']] as Codec
    this.extension = codec.extension
    this.#codec = codec.name
    this.#view = view
    this.#rowGroupBytes = parsed['parquet.row.group.bytes']
    this.#rows = new RowEncoders(view, { ignoreDefaultForNullables: true })
  }

  append(record: SinkRecord, file: FileBuffer): void {
    const schema = this.#view.schema(record)
    if (schema !== null) this.#layoutOf(schema).check?.(this.#view.value(record))
    this.#rows.append(record, file)
  }

  async *encode({ schema, spilled }: FinishedFile): AsyncIterable<Uint8Array> {
    const { elements, fileSchema, read } = await this.#rowsOf(schema, spilled)
    const output = new ByteWriter()
    const writer = new ParquetWriter({
      writer: output,
      schema: [...elements],
      codec: this.#codec,
      compressors: {
        GZIP: (page) => gzipSync(page),
        BROTLI: (page) => brotliCompressSync(page),
        ZSTD: (page) => zstdCompressSync(page),
        LZ4: lz4HadoopPage,
        LZ4_RAW: lz4RawPage,
      },
      createdBy: 'spillway',
    })
    const columns = new ColumnBuilder(fileSchema)
    for await (const rows of rowGroups(spilled, this.#rowGroupBytes)) {
      for (const row of rows) columns.add(read(row))
      await writer.write({ columnData: columns.take(), rowGroupSize: rows.length, pageSize: PAGE_BYTES })
      yield taken(output)
    }
    await writer.finish()
    yield taken(output)
  }

  /** The schema of a file, and how its rows are read under it. */
  async #rowsOf(schema: Schema | null, spilled: FileBuffer): Promise<FileRows> {
    if (schema === null) {
      const { schema: fileSchema, read } = await inferRows(spilled)
      return { elements: parquetSchema(fileSchema), fileSchema, read }
    }
    const { elements, read } = this.#layoutOf(schema)
    const cursor = new AvroCursor()
    return {
      elements,
      fileSchema: schema,
      read: (row) => {
        cursor.reset(row)
        return read(cursor)
      },
    }
  }

  /** @throws {DataError} for a schema that Parquet cannot hold: then already the first record of it is at fault. */
  #layoutOf(schema: Schema): Layout {
    let layout = this.#layouts.get(schema)
    if (layout === undefined) {
      const elements = parquetSchema(schema)
      const read = avroReader(parseAvroSchema(this.#rows.of(schema).schemaText), schema)
      const builder = new ColumnBuilder(schema)
      const check = (value: unknown): void => {
        builder.add(value)
        builder.take()
      }
      const hasDecimals = elements.some((element) => element.converted_type === 'DECIMAL')
      layout = { elements, read, ...(hasDecimals && { check }) }
      this.#layouts.set(schema, layout)
    }
    return layout
  }
}

/** What was written since the last time, in a buffer of its own; the writer's is used again. */
function taken(output: ByteWriter): Uint8Array {
  const bytes = Buffer.from(output.getBytes())
  output.index = 0
  return bytes
}
