import { configDef, oneOfIgnoringCase, type Schema, type SinkRecord, type Struct } from '@spillway/api'
import {
  payloadWriter,
  type PayloadWriter,
  type WriteOptions,
  writePlain,
  writeValue,
} from '@spillway/converters'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { Format, FormatPlugin, FormatSettings, RecordView } from './format.ts'
import { minifyJson } from './minify-json.ts'

const NEWLINE = Buffer.from('\n')

const config = configDef({
  'json.decimal.format': {
    type: 'string',
    default: 'BASE64',
    validator: oneOfIgnoringCase('NUMERIC', 'BASE64'),
    importance: 'medium',
    group: 'Format',
    doc: 'How JsonFormat writes Decimal fields: as base64 of the unscaled bytes, or as a JSON number.',
  },
})

/** One JSON value per line (Java: `io.confluent.connect.s3.format.json.JsonFormat`). */
export const jsonFormat: FormatPlugin = {
  kind: 'format',
  className: 'io.confluent.connect.s3.format.json.JsonFormat',
  aliases: ['JsonFormat', 'json'],
  doc: 'JSON lines: one value per line, the last one ended too.',
  config,
  compressible: true,
  wraps: ['headers'],
  envelopes: 'text',
  create: (settings) => new JsonLines(settings),
}

/** Structs as JsonConverter writes them with `schemas.enable=false`; other values by what they are. */
class JsonLines implements Format {
  readonly extension = '.json'
  readonly contentType = 'application/x-ndjson'
  readonly #view: RecordView
  readonly #options: WriteOptions
  readonly #writeStruct = (struct: Struct): string => this.#writerOf(struct.schema)(struct)
  readonly #writers = new WeakMap<Schema, PayloadWriter>()

  constructor({ raw, view }: FormatSettings) {
    this.#view = view
    const decimals = config.parse(raw)['json.decimal.format'].toUpperCase()
    this.#options = { numericDecimals: decimals === 'NUMERIC', replaceNullWithDefault: true }
  }

  append(record: SinkRecord, file: FileBuffer): void {
    const text = this.#view.text(record)
    if (text !== null) {
      file.append(record.isTextCompact ? text : minifyJson(text), NEWLINE)
      return
    }
    const schema = this.#view.schema(record)
    const line = this.#line(schema, this.#view.value(record))
    file.append(Buffer.from(line), NEWLINE)
  }

  #line(schema: Schema | null, value: unknown): string {
    if (schema === null) return writePlain(value, this.#writeStruct)
    return schema.type === 'STRUCT'
      ? this.#writerOf(schema)(value)
      : writeValue(value ?? schema.defaultValue ?? null, schema, this.#writeStruct)
  }

  #writerOf(schema: Schema): PayloadWriter {
    let writer = this.#writers.get(schema)
    if (writer === undefined) {
      writer = payloadWriter(schema, this.#options, this.#view.name)
      this.#writers.set(schema, writer)
    }
    return writer
  }
}
