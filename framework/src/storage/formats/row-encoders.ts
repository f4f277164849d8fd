import { type AvroDataOptions, type AvroEncoder, avroEncoder } from '../../converters/avro/index.ts'
import type { Schema } from '../../data/schema.ts'
import type { SinkRecord } from '../../data/sink-record.ts'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { RecordView } from './format.ts'
import { appendRow } from './row-spill.ts'
import { appendSchemaless } from './schemaless/schemaless-rows.ts'

/** Rows with a schema are spilled as Avro: short, exact, and written once; others as JSON. */
export class RowEncoders {
  readonly #view: RecordView
  readonly #options: Partial<AvroDataOptions>
  readonly #encoders = new WeakMap<Schema, AvroEncoder>()
  #lastSchema: Schema | undefined
  #lastEncoder: AvroEncoder | undefined

  constructor(view: RecordView, options: Partial<AvroDataOptions> = {}) {
    this.#view = view
    this.#options = options
  }

  /** @throws {DataError} for a record that does not fit its schema. */
  append(record: SinkRecord, file: FileBuffer): void {
    const schema = this.#view.schema(record)
    if (schema === null) {
      appendSchemaless(record, this.#view, file)
      return
    }
    appendRow(this.of(schema).encodeInPlace(this.#view.value(record)), file)
  }

  of(schema: Schema): AvroEncoder {
    if (schema === this.#lastSchema && this.#lastEncoder !== undefined) return this.#lastEncoder
    let encoder = this.#encoders.get(schema)
    if (encoder === undefined) {
      encoder = avroEncoder(schema, this.#options)
      this.#encoders.set(schema, encoder)
    }
    this.#lastSchema = schema
    this.#lastEncoder = encoder
    return encoder
  }
}
