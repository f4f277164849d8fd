import { DataError } from '../errors/connect-errors.ts'
import type { Field, Schema } from './schema.ts'
import { markStruct } from './struct-like.ts'
import { validateValue } from './validate-value.ts'
import { valuesEqual } from './values-equal.ts'

/** A record with named fields that follow a STRUCT schema (Java: `Struct`). */
export class Struct {
  readonly schema: Schema
  readonly #values: unknown[]

  /** @throws {DataError} where the schema is not a STRUCT. */
  constructor(schema: Schema, values?: unknown[]) {
    if (schema.type !== 'STRUCT') throw new DataError(`Not a struct schema: ${schema.toString()}`)
    this.schema = schema
    this.#values = values ?? Array.from({ length: schema.fields.length }, () => null)
  }

  /**
   * A struct over values that are known to fit, in field order; nothing is checked. For converters that have checked
   * each value while decoding it.
   */
  static ofTrusted(schema: Schema, values: unknown[]): Struct {
    return new Struct(schema, values)
  }

  /** The field's value, or its default where it is null. @throws {DataError} for a name the schema lacks. */
  get(name: string): unknown {
    return this.getField(this.#field(name))
  }

  /** As {@link get}, for a field of this struct's schema. */
  getField(field: Field): unknown {
    const value = this.#values[field.index] ?? null
    return value === null && field.schema.defaultValue !== undefined ? field.schema.defaultValue : value
  }

  /** The field's value as it was put. */
  getWithoutDefault(name: string): unknown {
    return this.#values[this.#field(name).index] ?? null
  }

  /** The value at a field's index as it was put. */
  at(index: number): unknown {
    return this.#values[index] ?? null
  }

  /** @throws {DataError} where the value does not fit the field. */
  put(name: string, value: unknown): this {
    const field = this.#field(name)
    validateValue(field.schema, value, name)
    this.#values[field.index] = value ?? null
    return this
  }

  /** Checks every field; a null in a required field without default fails. @throws {DataError} */
  validate(): void {
    for (const field of this.schema.fields) {
      const value = this.#values[field.index] ?? null
      if (value === null && (field.schema.optional || field.schema.defaultValue !== undefined)) continue
      validateValue(field.schema, value, field.name)
    }
  }

  equals(other: unknown): boolean {
    if (!(other instanceof Struct)) return false
    return this.schema.equals(other.schema) && valuesEqual(this.#values, other.#values)
  }

  toString(): string {
    const parts = this.schema.fields
      .filter((field) => this.at(field.index) !== null)
      .map((field) => `${field.name}=${String(this.at(field.index))}`)
    return `Struct{${parts.join(',')}}`
  }

  #field(name: string): Field {
    const field = this.schema.field(name)
    if (field === undefined) throw new DataError(`${name} is not a valid field name`)
    return field
  }
}

markStruct(Struct.prototype)
