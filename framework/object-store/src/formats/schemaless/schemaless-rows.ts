import type { Schema, SinkRecord, Struct } from '@spillway/api'
import { decodeUtf8, parseJson, payloadWriter, writePlain } from '@spillway/converters'
import type { FileBuffer } from '../../spill/spill-buffer.ts'
import type { RecordView } from '../format.ts'
import { minifyJson } from '../minify-json.ts'
import { appendRow, rowGroups } from '../row-spill.ts'
import { Shape } from './shape.ts'

const WRITE_OPTIONS = { numericDecimals: true, replaceNullWithDefault: true }
const writeStruct = (struct: Struct): string => payloadWriter(struct.schema, WRITE_OPTIONS)(struct)
/** Rows that are looked through at a time. */
const SCAN_BYTES = 1024 * 1024

/** Spills a value without schema, as JSON. @throws {DataError} for what has no JSON form. */
export function appendSchemaless(record: SinkRecord, view: RecordView, file: FileBuffer): void {
  const text = view.text(record)
  appendRow(text === null ? Buffer.from(writePlain(view.value(record), writeStruct)) : minifyJson(text), file)
}

/** A schema that holds all values of a file, and how to read them under it. */
export interface InferredRows {
  readonly schema: Schema
  read(row: Buffer): unknown
}

/** Looks through the whole file: what its values have in common is known only then. */
export async function inferRows(file: FileBuffer): Promise<InferredRows> {
  const shape = new Shape()
  for await (const rows of rowGroups(file, SCAN_BYTES)) for (const row of rows) shape.observe(valueOf(row))
  const schema = shape.schema()
  return { schema, read: (row) => shape.convert(valueOf(row), schema) }
}

function valueOf(row: Buffer): unknown {
  return parseJson(decodeUtf8(row)).value
}
