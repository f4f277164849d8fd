import { configDef, DataError, rule, type SinkRecord } from '@spillway/api'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { Format, FormatPlugin, FormatSettings, RecordView } from './format.ts'

const SEPARATOR = 'format.bytearray.separator'

const config = configDef({
  'format.bytearray.extension': {
    type: 'string',
    default: '.bin',
    importance: 'low',
    group: 'Format',
    doc: 'What the names of files written by ByteArrayFormat end with.',
  },
  [SEPARATOR]: {
    type: 'string',
    default: '\n',
    validator: rule('any text, taken as it is written, white space included', () => undefined),
    importance: 'low',
    group: 'Format',
    doc: 'What ByteArrayFormat writes after every record. A record that contains it is not escaped.',
  },
})

/** Records' bytes as they are (Java: `io.confluent.connect.s3.format.bytearray.ByteArrayFormat`). */
export const byteArrayFormat: FormatPlugin = {
  kind: 'format',
  className: 'io.confluent.connect.s3.format.bytearray.ByteArrayFormat',
  aliases: ['ByteArrayFormat', 'bytearray'],
  doc: 'The bytes of each value, as ByteArrayConverter reads them, with a separator after each.',
  config,
  compressible: true,
  envelopes: 'none',
  create: (settings) => new SeparatedBytes(settings),
}

class SeparatedBytes implements Format {
  readonly extension: string
  readonly contentType = 'application/octet-stream'
  readonly #view: RecordView
  readonly #separator: Buffer

  constructor({ raw, view }: FormatSettings) {
    this.#view = view
    this.extension = config.parse(raw)['format.bytearray.extension']
    // Parsed values are trimmed, and a separator is mostly white space.
    this.#separator = Buffer.from(raw[SEPARATOR] ?? '\n')
  }

  append(record: SinkRecord, file: FileBuffer): void {
    const schema = this.#view.schema(record)
    if (schema !== null && schema.type !== 'BYTES') {
      throw new DataError(`Invalid schema type for ByteArrayConverter: ${schema.type}`)
    }
    const value = this.#view.value(record)
    if (!(value instanceof Uint8Array)) {
      const found = value === null ? 'null' : `a ${typeof value}`
      throw new DataError(
        `ByteArrayFormat writes bytes only, but the ${this.#view.name} is ${found}. ` +
          `Set ${this.#view.name}.converter to org.apache.kafka.connect.converters.ByteArrayConverter.`,
      )
    }
    file.append(value, this.#separator)
  }
}
