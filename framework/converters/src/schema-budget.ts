import { DataError, type Schema, type ErrorRow } from '@spillway/api'
import { converterErrors } from './error-rows.ts'

/** Characters of one schema's text: what Confluent's registry in the cloud takes at most. */
export const MOST_TEXT = 1024 * 1024
/** Characters of a schema together with all that it refers to. */
export const MOST_TEXT_WITH_REFERENCES = 4 * MOST_TEXT
/** Schemas that one schema refers to, directly or by way of others. */
export const MOST_REFERENCES = 1000
/** Parts of one schema; see {@link SchemaBudget}. */
export const MOST_PARTS = 50_000
/** How deep types may lie in each other. */
export const MOST_DEPTH = 200
/** What schemas that are kept compiled may weigh together: a part is some hundred bytes with its reader and its writer. */
export const MOST_KEPT_PARTS = 250_000

const REMEDY =
  'Make it smaller, or read the value as bytes with org.apache.kafka.connect.converters.ByteArrayConverter.'

/** A schema that costs more than it may, whatever is read with it. */
export class TooLargeError extends DataError {
  static override readonly row: ErrorRow = converterErrors.rows.TooLargeError
  override readonly name = 'DataError'
}

/**
 * What reading one schema may cost. A Connect schema is a tree: a type that is used in two places counts twice, and with it
 * all that is in it, so that a schema of forty lines may have more parts than there are atoms. All that works with schemas
 * walks their trees, so the parts are counted as they are made.
 *
 * A part is a field, an element, a key or a value; ten symbols of an enum are one, and so is each value in a default.
 */
export class SchemaBudget {
  #spent = 0

  get spent(): number {
    return this.#spent
  }

  /** @throws {TooLargeError} where the schema has more than {@link MOST_PARTS}. */
  spend(parts: number): void {
    this.#spent += parts
    if (this.#spent > MOST_PARTS) {
      throw new TooLargeError(
        `The schema has more than ${MOST_PARTS} parts (fields and elements, counted wherever their type is used). ${REMEDY}`,
      )
    }
  }

  /** Spends what a default in JSON becomes: a struct has all its fields, though the JSON names none. */
  spendOnDefault(schema: Schema | undefined, json: unknown): void {
    this.spend(typeof json === 'string' ? 1 + json.length / 100 : 1)
    if (typeof json !== 'object' || json === null) return
    if (schema?.type === 'STRUCT') this.spend(schema.fields.length)
    for (const [name, item] of Object.entries(json)) {
      const field = schema?.type === 'STRUCT' ? schema.field(name)?.schema : schema?.valueSchemaIfAny
      this.spendOnDefault(field, item)
    }
  }
}

/** @throws {TooLargeError} where types lie deeper in each other than {@link MOST_DEPTH}. */
export function checkDepth(depth: number): void {
  if (depth > MOST_DEPTH) {
    throw new TooLargeError(`The schema is nested deeper than ${MOST_DEPTH} types. ${REMEDY}`)
  }
}

/** @throws {TooLargeError} for a text longer than {@link MOST_TEXT}. */
export function checkSchemaText(text: string, what: string): void {
  if (text.length <= MOST_TEXT) return
  throw new TooLargeError(`${what} has ${text.length} characters, more than ${MOST_TEXT}. ${REMEDY}`)
}
