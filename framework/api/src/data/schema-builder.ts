import { SchemaBuilderError } from '../errors/connect-errors.ts'
import { type Field, Schema, type SchemaType } from './schema.ts'
import { validateValue } from './validate-value.ts'

/**
 * Builds a {@link Schema} step by step (Java: `SchemaBuilder`).
 *
 * @example
 * SchemaBuilder.struct().name('order').field('id', INT64).field('note', OPTIONAL_STRING).build()
 * @throws {SchemaBuilderError} for a default that does not fit, a field named twice, fields on a non-struct.
 */
export class SchemaBuilder {
  readonly #type: SchemaType
  readonly #keySchema: Schema | undefined
  readonly #valueSchema: Schema | undefined
  readonly #fields: Field[] = []
  readonly #names = new Set<string>()
  #optional = false
  #defaultValue: unknown
  #name: string | undefined
  #version: number | undefined
  #doc: string | undefined
  #parameters: Record<string, string> | undefined

  constructor(type: SchemaType, parts: { keySchema?: Schema; valueSchema?: Schema } = {}) {
    this.#type = type
    this.#keySchema = parts.keySchema
    this.#valueSchema = parts.valueSchema
  }

  static struct(): SchemaBuilder {
    return new SchemaBuilder('STRUCT')
  }

  static array(valueSchema: Schema): SchemaBuilder {
    return new SchemaBuilder('ARRAY', { valueSchema })
  }

  static map(keySchema: Schema, valueSchema: Schema): SchemaBuilder {
    return new SchemaBuilder('MAP', { keySchema, valueSchema })
  }

  /** Starts from all that a schema is, its fields included. */
  static from(schema: Schema, parts: { fields?: boolean } = {}): SchemaBuilder {
    const builder = new SchemaBuilder(schema.type, {
      ...(schema.keySchemaIfAny && { keySchema: schema.keySchemaIfAny }),
      ...(schema.valueSchemaIfAny && { valueSchema: schema.valueSchemaIfAny }),
    })
    builder.#optional = schema.optional
    builder.#defaultValue = schema.defaultValue
    builder.#name = schema.name
    builder.#version = schema.version
    builder.#doc = schema.doc
    if (schema.parameters !== undefined) builder.#parameters = { ...schema.parameters }
    if (schema.type === 'STRUCT' && parts.fields !== false) {
      for (const field of schema.fields) builder.field(field.name, field.schema)
    }
    return builder
  }

  optional(yes = true): this {
    this.#optional = yes
    return this
  }

  required(): this {
    return this.optional(false)
  }

  defaultValue(value: unknown): this {
    this.#defaultValue = value
    return this
  }

  name(name: string | undefined): this {
    this.#name = name
    return this
  }

  version(version: number | undefined): this {
    this.#version = version
    return this
  }

  doc(doc: string | undefined): this {
    this.#doc = doc
    return this
  }

  parameter(key: string, value: string): this {
    this.#parameters = { ...this.#parameters, [key]: value }
    return this
  }

  parameters(parameters: Readonly<Record<string, string>>): this {
    this.#parameters = { ...this.#parameters, ...parameters }
    return this
  }

  field(name: string, schema: Schema): this {
    if (this.#type !== 'STRUCT') throw new SchemaBuilderError(`Cannot create fields on type ${this.#type}`)
    if (name === '') throw new SchemaBuilderError('fieldName cannot be null.')
    if (this.#names.has(name)) {
      throw new SchemaBuilderError(`Cannot create field because of field name duplication ${name}`)
    }
    this.#names.add(name)
    this.#fields.push({ name, index: this.#fields.length, schema })
    return this
  }

  build(): Schema {
    const schema = new Schema({
      type: this.#type,
      optional: this.#optional,
      defaultValue: this.#defaultValue,
      name: this.#name,
      version: this.#version,
      doc: this.#doc,
      parameters: this.#parameters,
      ...(this.#type === 'STRUCT' && { fields: this.#fields }),
      ...(this.#keySchema && { keySchema: this.#keySchema }),
      ...(this.#valueSchema && { valueSchema: this.#valueSchema }),
    })
    if (this.#defaultValue !== undefined && this.#defaultValue !== null) {
      try {
        validateValue(schema, this.#defaultValue)
      } catch (cause) {
        throw new SchemaBuilderError('Invalid default value', { cause })
      }
    }
    return schema
  }
}

const plain = (type: SchemaType, optional = false): Schema => new Schema({ type, optional })

export const INT8 = plain('INT8')
export const INT16 = plain('INT16')
export const INT32 = plain('INT32')
export const INT64 = plain('INT64')
export const FLOAT32 = plain('FLOAT32')
export const FLOAT64 = plain('FLOAT64')
export const BOOLEAN = plain('BOOLEAN')
export const STRING = plain('STRING')
export const BYTES = plain('BYTES')
export const OPTIONAL_INT8 = plain('INT8', true)
export const OPTIONAL_INT16 = plain('INT16', true)
export const OPTIONAL_INT32 = plain('INT32', true)
export const OPTIONAL_INT64 = plain('INT64', true)
export const OPTIONAL_FLOAT32 = plain('FLOAT32', true)
export const OPTIONAL_FLOAT64 = plain('FLOAT64', true)
export const OPTIONAL_BOOLEAN = plain('BOOLEAN', true)
export const OPTIONAL_STRING = plain('STRING', true)
export const OPTIONAL_BYTES = plain('BYTES', true)
