import type { ByteWriter } from 'hyparquet-writer'

/** Numbers of parquet.thrift. */
const ENCODINGS = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const
const DATA_PAGE_V2 = 3
const DICTIONARY_PAGE = 2

/** How pages of ours hold their values. */
export type PageEncoding = keyof typeof ENCODINGS

/** Types of Thrift's compact protocol. */
const I32 = 5
const STRUCT = 12
const STOP = 0

/** Sizes of a page without its header. */
export interface PageSizes {
  readonly uncompressed: number
  readonly compressed: number
}

export interface DataPage extends PageSizes {
  readonly values: number
  readonly nulls: number
  readonly rows: number
  readonly encoding: PageEncoding
  readonly definitionBytes: number
  readonly repetitionBytes: number
}

/** Writes a `PageHeader` with a `DataPageHeaderV2`; that the values are compressed is what it says where it says nothing. */
export function writeDataPageHeader(writer: ByteWriter, page: DataPage): void {
  startPage(writer, DATA_PAGE_V2, page)
  // data_page_header_v2 is field 8, after compressed_page_size.
  writer.appendUint8((5 << 4) | STRUCT)
  i32(writer, page.values)
  i32(writer, page.nulls)
  i32(writer, page.rows)
  i32(writer, ENCODINGS[page.encoding])
  i32(writer, page.definitionBytes)
  i32(writer, page.repetitionBytes)
  endPage(writer)
}

/** Writes a `PageHeader` with a `DictionaryPageHeader` of plain values. */
export function writeDictionaryPageHeader(
  writer: ByteWriter,
  page: PageSizes & { readonly values: number },
): void {
  startPage(writer, DICTIONARY_PAGE, page)
  // dictionary_page_header is field 7.
  writer.appendUint8((4 << 4) | STRUCT)
  i32(writer, page.values)
  i32(writer, ENCODINGS.PLAIN)
  endPage(writer)
}

/** The first three fields: type, uncompressed_page_size, compressed_page_size. */
function startPage(writer: ByteWriter, type: number, { uncompressed, compressed }: PageSizes): void {
  i32(writer, type)
  i32(writer, uncompressed)
  i32(writer, compressed)
}

/** The end of the header inside and of the one around it. */
function endPage(writer: ByteWriter): void {
  writer.appendUint8(STOP)
  writer.appendUint8(STOP)
}

/** A number in the field after the last one. */
function i32(writer: ByteWriter, value: number): void {
  writer.appendUint8((1 << 4) | I32)
  writer.appendZigZag(value)
}
