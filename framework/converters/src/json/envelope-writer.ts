import type { Schema, Struct } from '@spillway/api'
import { writeSchema } from './connect-json-schema.ts'
import { type PayloadWriter, payloadWriter, type WriteOptions } from './payload-writer.ts'
import { writePlain } from './plain-writer.ts'

/** Writes values as JSON, each schema compiled once and kept as long as the schema itself lives. */
export class EnvelopeWriter {
  readonly #options: WriteOptions
  readonly #writers = new WeakMap<Schema, PayloadWriter>()
  readonly #prefixes = new WeakMap<Schema, string>()
  readonly #writeStruct = (struct: Struct): string => this.writePayload(struct.schema, struct)

  constructor(options: WriteOptions) {
    this.#options = options
  }

  /** `{"schema":…,"payload":…}` */
  writeEnvelope(schema: Schema | null, value: unknown): string {
    return `${this.#prefix(schema)}${this.writePayload(schema, value)}}`
  }

  writePayload(schema: Schema | null, value: unknown): string {
    if (schema === null) return writePlain(value, this.#writeStruct)
    let writer = this.#writers.get(schema)
    if (writer === undefined) this.#writers.set(schema, (writer = payloadWriter(schema, this.#options)))
    return writer(value)
  }

  #prefix(schema: Schema | null): string {
    if (schema === null) return '{"schema":null,"payload":'
    let prefix = this.#prefixes.get(schema)
    if (prefix === undefined) {
      prefix = `{"schema":${writeSchema(schema, this.#options.numericDecimals)},"payload":`
      this.#prefixes.set(schema, prefix)
    }
    return prefix
  }
}
