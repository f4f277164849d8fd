import type { Schema, SinkRecord, Struct } from '@spillway/api'
import { payloadWriter, type PayloadWriter, type WriteOptions, writePlain } from '@spillway/converters'
import type { RecordShaper } from '../record-shaper.ts'
import { minifyJson } from '../minify-json.ts'
import { type EnvelopeField, type HeaderValues, headerValue } from './envelope-fields.ts'

/** JSON text of keys and values as JsonConverter writes them with `schemas.enable=false`. */
export class PartTexts {
  readonly #options: WriteOptions
  readonly #writers = new WeakMap<Schema, PayloadWriter>()
  readonly #writeStruct = (struct: Struct): string => this.#writerOf(struct.schema)(struct)

  constructor(options: WriteOptions) {
    this.#options = options
  }

  /** @throws {DataError} for what has no JSON form. */
  text(schema: Schema | null, value: unknown): string {
    if (value === null || value === undefined) return 'null'
    return schema === null ? writePlain(value, this.#writeStruct) : this.#writerOf(schema)(value)
  }

  valueText(record: SinkRecord): string {
    const { valueText } = record
    return valueText === null
      ? this.text(record.valueSchema, record.value)
      : minifyJson(valueText).toString('utf8')
  }

  #writerOf(schema: Schema): PayloadWriter {
    let writer = this.#writers.get(schema)
    if (writer === undefined) this.#writers.set(schema, (writer = payloadWriter(schema, this.#options)))
    return writer
  }
}

/**
 * Puts records into envelopes of JSON text. They have no schema, so that a file takes whatever comes: a change of schema
 * does not end it.
 */
export function jsonEnvelope(
  fields: readonly EnvelopeField[],
  headers: HeaderValues,
  options: WriteOptions,
): RecordShaper {
  const texts = new PartTexts(options)
  const fieldText = (field: EnvelopeField, record: SinkRecord): string => {
    switch (field) {
      case 'key':
        return texts.text(record.keySchema, record.key)
      case 'value':
        return texts.valueText(record)
      case 'headers':
        return headersText(record, headers)
      case 'topic':
        return JSON.stringify(record.topic)
      case 'partition':
        return String(record.kafkaPartition)
      case 'offset':
        return record.kafkaOffset.toString()
      case 'timestamp':
        return record.timestamp === null ? 'null' : String(record.timestamp)
    }
  }
  return (record) => {
    const text = fields.map((field) => `"${field}":${fieldText(field, record)}`).join(',')
    return record.with({ valueSchema: null, value: {}, valueText: Buffer.from(`{${text}}`) })
  }
}

function headersText(record: SinkRecord, form: HeaderValues): string {
  const items = [...record.headers].map((header) => {
    const value = headerValue(header, form)
    const text = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
    return `{"key":${JSON.stringify(header.key)},"value":${JSON.stringify(text)}}`
  })
  return `[${items.join(',')}]`
}
