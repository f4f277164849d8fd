import type { ColumnChunk, CompressionCodec, OffsetIndex } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { statisticsOf } from './column-statistics.ts'
import { type Dictionary, dictionaryOf } from './dictionary.ts'
import type { LeafColumn } from './leaf-column.ts'
import { type PageEncoding, writeDataPageHeader, writeDictionaryPageHeader } from './page-header.ts'
import type { PlainValues } from './plain-values.ts'
import { writeRuns } from './runs.ts'

/** How the pages of a file are made. */
export interface PageSettings {
  readonly codec: CompressionCodec
  readonly compress: (page: Uint8Array) => Uint8Array
  /** Bytes of values after which another page begins. */
  readonly pageBytes: number
}

/** A column of a row group as it was written. */
export interface WrittenChunk {
  readonly chunk: ColumnChunk
  readonly offsetIndex?: OffsetIndex
}

/** Slots and values from one place to before another. */
interface PageRange {
  readonly slot: number
  readonly endSlot: number
  readonly value: number
  readonly endValue: number
}

/** Fewer booleans than this are written as bits, more as runs. */
const FEW_BOOLEANS = 16

/** Writes a column as a chunk: its dictionary, where it has one, and its pages. */
export function writeColumnChunk(
  writer: ByteWriter,
  column: LeafColumn,
  settings: PageSettings,
): WrittenChunk {
  const { element } = column
  const start = writer.offset
  const dictionary = dictionaryOf(column)
  const encoding: PageEncoding =
    dictionary !== undefined
      ? 'RLE_DICTIONARY'
      : element.type === 'BOOLEAN' && column.slots > FEW_BOOLEANS
        ? 'RLE'
        : 'PLAIN'
  let uncompressed = dictionary === undefined ? 0 : writeDictionaryPage(writer, dictionary.values, settings)
  const dataStart = writer.offset
  const pages = pagesOf(column, dictionary, settings.pageBytes)
  const locations: OffsetIndex['page_locations'] = []
  let firstRow = 0
  for (const page of pages) {
    const offset = writer.offset
    const { bytes, rows } = writePage(writer, column, page, { encoding, dictionary, settings })
    uncompressed += bytes
    locations.push({
      offset: BigInt(offset),
      compressed_page_size: writer.offset - offset,
      first_row_index: BigInt(firstRow),
    })
    firstRow += rows
  }
  const dataPages = { page_type: 'DATA_PAGE_V2', encoding, count: pages.length } as const
  const chunk: ColumnChunk = {
    meta_data: {
      type: element.type as NonNullable<typeof element.type>,
      encodings: dictionary === undefined ? [encoding] : ['PLAIN', encoding],
      path_in_schema: [...column.path],
      codec: settings.codec,
      num_values: BigInt(column.slots),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(uncompressed),
      data_page_offset: BigInt(dataStart),
      ...(dictionary !== undefined && { dictionary_page_offset: BigInt(start) }),
      statistics: statisticsOf(column, dictionary?.values),
      encoding_stats:
        dictionary === undefined
          ? [dataPages]
          : [{ page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 }, dataPages],
    },
    file_offset: BigInt(start),
  }
  return { chunk, ...(pages.length > 1 && { offsetIndex: { page_locations: locations } }) }
}

/** @returns the bytes of the page with its header, before they are compressed. */
function writeDictionaryPage(writer: ByteWriter, values: PlainValues, { compress }: PageSettings): number {
  const plain = values.slice(0, values.count)
  const compressed = compress(plain)
  const start = writer.offset
  writeDictionaryPageHeader(writer, {
    uncompressed: plain.length,
    compressed: compressed.length,
    values: values.count,
  })
  const header = writer.offset - start
  writer.appendBytes(compressed)
  return header + plain.length
}

interface PageParts {
  readonly encoding: PageEncoding
  readonly dictionary: Dictionary | undefined
  readonly settings: PageSettings
}

/** @returns the bytes of the page with its header, before they are compressed, and how many rows begin in it. */
function writePage(
  writer: ByteWriter,
  column: LeafColumn,
  page: PageRange,
  { encoding, dictionary, settings }: PageParts,
): { readonly bytes: number; readonly rows: number } {
  const slots = page.endSlot - page.slot
  const levels = new ByteWriter()
  const repetitions = column.repetitions.subarray(page.slot, page.endSlot)
  const repetitionBytes = writeLevels(levels, repetitions, column.maxRepetition)
  const definitions = column.definitions.subarray(page.slot, page.endSlot)
  const definitionBytes = writeLevels(levels, definitions, column.maxDefinition)
  const rows =
    column.maxRepetition === 0 ? slots : repetitions.reduce((sum, level) => sum + (level === 0 ? 1 : 0), 0)
  const plain =
    dictionary !== undefined
      ? indexBytes(dictionary.indexes.subarray(page.value, page.endValue))
      : column.element.type === 'BOOLEAN'
        ? booleanBytes(column.values.slice(page.value, page.endValue), encoding)
        : column.values.slice(page.value, page.endValue)
  const compressed = settings.compress(plain)
  const start = writer.offset
  writeDataPageHeader(writer, {
    uncompressed: levels.offset + plain.length,
    compressed: levels.offset + compressed.length,
    values: slots,
    nulls: slots - (page.endValue - page.value),
    rows,
    encoding,
    definitionBytes,
    repetitionBytes,
  })
  const header = writer.offset - start
  writer.appendBytes(levels.getBytes())
  writer.appendBytes(compressed)
  return { bytes: header + levels.offset + plain.length, rows }
}

function writeLevels(writer: ByteWriter, levels: Uint8Array, max: number): number {
  return max === 0 ? 0 : writeRuns(writer, levels, bitWidthOf(max))
}

function bitWidthOf(max: number): number {
  return Math.ceil(Math.log2(max + 1))
}

function indexBytes(indexes: Uint32Array): Uint8Array {
  const writer = new ByteWriter()
  const bitWidth = bitWidthOf(indexes.reduce((max, index) => Math.max(max, index), 0))
  writer.appendUint8(bitWidth)
  writeRuns(writer, indexes, bitWidth)
  return writer.getBytes()
}

/** @param values a byte for each. */
function booleanBytes(values: Uint8Array, encoding: PageEncoding): Uint8Array {
  if (encoding === 'PLAIN') {
    const bits = new Uint8Array(Math.ceil(values.length / 8))
    for (let i = 0; i < values.length; i++)
      bits[i >> 3] = (bits[i >> 3] as number) | ((values[i] as number) << (i & 7))
    return bits
  }
  const runs = new ByteWriter()
  writeRuns(runs, values, 1)
  const page = new ByteWriter()
  page.appendUint32(runs.offset)
  page.appendBytes(runs.getBytes())
  return page.getBytes()
}

const INDEX_BYTES = 4

/** Cuts a column into pages, each of which begins with a row. */
function pagesOf(column: LeafColumn, dictionary: Dictionary | undefined, pageBytes: number): PageRange[] {
  const { slots, values } = column
  if (slots === 0) return []
  const width =
    dictionary !== undefined ? INDEX_BYTES : column.element.type === 'BOOLEAN' ? 1 / 8 : values.width
  const sizeOf = (value: number): number => (width > 0 ? width : values.end(value) - values.start(value))
  const pages: PageRange[] = []
  let slot = 0
  let value = 0
  const cut = (endSlot: number, endValue: number): void => {
    pages.push({ slot, endSlot, value, endValue })
    slot = endSlot
    value = endValue
  }
  const mayBeOne =
    width > 0 ? values.count * width < pageBytes : values.slice(0, values.count).length < pageBytes
  if (!mayBeOne) {
    let bytes = 0
    let next = 0
    for (let i = 0; i < slots; i++) {
      const isNull = column.isNull(i)
      const size = isNull ? 0 : sizeOf(next)
      bytes += size
      const beginsRow = column.maxRepetition === 0 || column.repetitions[i] === 0
      if (bytes >= pageBytes && i > slot && beginsRow) {
        cut(i, next)
        bytes = size
      }
      if (!isNull) next++
    }
  }
  cut(slots, values.count)
  return pages
}
