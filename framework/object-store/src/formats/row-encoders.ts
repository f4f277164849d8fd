import type { Schema, SinkRecord } from '@spillway/api'
import type { FileBuffer } from '../spill/spill-buffer.ts'
import type { RecordView } from './format.ts'
import { appendRow } from './row-spill.ts'
import { appendSchemaless } from './schemaless/schemaless-rows.ts'

/** Writes values of one schema as rows. */
export interface RowEncoder {
  /** A value's bytes, in a buffer that the next call uses again. @throws {DataError} for a value that does not fit. */
  encodeInPlace(value: unknown): Buffer
}

/** Rows with a schema are spilled in the format's own encoding: short, exact, and written once; others as JSON. */
export class RowEncoders<E extends RowEncoder> {
  readonly #view: RecordView
  readonly #create: (schema: Schema) => E
  readonly #encoders = new WeakMap<Schema, E>()
  /** What was wrong with schemas, so that each record of one need not find it again. */
  readonly #refusals = new WeakMap<Schema, unknown>()
  #lastSchema: Schema | undefined
  #lastEncoder: E | undefined

  /** @param create throws DataError for a schema that the format cannot hold: its first record is at fault then. */
  constructor(view: RecordView, create: (schema: Schema) => E) {
    this.#view = view
    this.#create = create
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

  of(schema: Schema): E {
    if (schema === this.#lastSchema && this.#lastEncoder !== undefined) return this.#lastEncoder
    let encoder = this.#encoders.get(schema)
    if (encoder === undefined) {
      encoder = this.#made(schema)
      this.#encoders.set(schema, encoder)
    }
    this.#lastSchema = schema
    this.#lastEncoder = encoder
    return encoder
  }

  #made(schema: Schema): E {
    const refusal = this.#refusals.get(schema)
    if (refusal !== undefined) throw refusal
    try {
      return this.#create(schema)
    } catch (error) {
      this.#refusals.set(schema, error)
      throw error
    }
  }
}
