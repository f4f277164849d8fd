import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { type PageSettings, writeColumnChunk } from './column-chunk.ts'
import type { LeafColumn } from './leaf-column.ts'

/** A file of Parquet, row group by row group. What goes around them is hyparquet-writer's: header, indexes and footer. */
export class ParquetFile {
  readonly #pages: PageSettings
  readonly #output = new ByteWriter()
  readonly #writer: ParquetWriter

  constructor(elements: readonly SchemaElement[], pages: PageSettings) {
    this.#pages = pages
    const { codec } = pages
    this.#writer = new ParquetWriter({
      writer: this.#output,
      schema: [...elements],
      codec,
      createdBy: 'spillway',
    })
  }

  /** The bytes of a row group, which empties the columns. */
  rowGroup(columns: readonly LeafColumn[], rows: number): Uint8Array {
    const start = this.#output.offset
    const chunks = columns.map((column) => writeColumnChunk(this.#output, column, this.#pages))
    for (const column of columns) column.clear()
    const total = chunks.reduce(
      (sum, { chunk }) => sum + (chunk.meta_data?.total_uncompressed_size ?? 0n),
      0n,
    )
    this.#writer.num_rows += BigInt(rows)
    this.#writer.row_groups.push({
      columns: chunks.map(({ chunk }) => chunk),
      total_byte_size: total,
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(this.#output.offset - start),
    })
    this.#writer.pendingIndexes.push(...chunks)
    return this.#taken()
  }

  /** The last bytes of the file. */
  end(): Uint8Array {
    void this.#writer.finish()
    return this.#taken()
  }

  /** What was written since the last time, in a buffer of its own; the writer's is used again. */
  #taken(): Uint8Array {
    const bytes = Buffer.from(this.#output.getBytes())
    this.#output.index = 0
    return bytes
  }
}
