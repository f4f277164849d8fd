import { DataError } from '../errors/connect-errors.ts'
import { valuesEqual } from './values-equal.ts'

/** The types of Connect's data model (Java: `Schema.Type`). */
export const SCHEMA_TYPES = [
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'BOOLEAN',
  'STRING',
  'BYTES',
  'ARRAY',
  'MAP',
  'STRUCT',
] as const

export type SchemaType = (typeof SCHEMA_TYPES)[number]

/** A named member of a STRUCT schema; `index` is its place in the struct (Java: `Field`). */
export interface Field {
  readonly name: string
  readonly index: number
  readonly schema: Schema
}

/** All that a schema is made of; {@link SchemaBuilder} is the comfortable way to write one. */
export interface SchemaParts {
  readonly type: SchemaType
  readonly optional?: boolean
  /** A Connect value (see {@link ConnectValue}); undefined where the schema has no default. */
  readonly defaultValue?: unknown
  readonly name?: string | undefined
  readonly version?: number | undefined
  readonly doc?: string | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly fields?: readonly Field[]
  readonly keySchema?: Schema
  readonly valueSchema?: Schema
}

/**
 * The type of a value with everything Connect knows of it (Java: `ConnectSchema`). Immutable.
 *
 * Values by type: INT8/16/32, FLOAT32/64 are numbers; INT64 a bigint; STRING a string; BYTES a Buffer; ARRAY an
 * array; MAP a Map; STRUCT a {@link Struct}; the logical types see `logical-types.ts`. Schemaless values are plain
 * JavaScript values (objects, arrays, strings, numbers, booleans, null; a bigint for integers beyond 2^53).
 */
export class Schema {
  readonly type: SchemaType
  readonly optional: boolean
  readonly defaultValue: unknown
  readonly name: string | undefined
  readonly version: number | undefined
  readonly doc: string | undefined
  readonly parameters: Readonly<Record<string, string>> | undefined
  readonly #fields: readonly Field[] | undefined
  readonly #fieldsByName: ReadonlyMap<string, Field> | undefined
  readonly #keySchema: Schema | undefined
  readonly #valueSchema: Schema | undefined

  constructor(parts: SchemaParts) {
    this.type = parts.type
    this.optional = parts.optional ?? false
    this.defaultValue = parts.defaultValue
    this.name = parts.name
    this.version = parts.version
    this.doc = parts.doc
    this.parameters = parts.parameters
    this.#keySchema = parts.keySchema
    this.#valueSchema = parts.valueSchema
    if (parts.type === 'STRUCT') {
      this.#fields = parts.fields ?? []
      this.#fieldsByName = new Map(this.#fields.map((field) => [field.name, field]))
    }
  }

  /** Fields of a STRUCT in order. @throws {DataError} for any other type. */
  get fields(): readonly Field[] {
    if (this.#fields === undefined) throw new DataError('Cannot list fields on non-struct type')
    return this.#fields
  }

  /** The field of that name, if the STRUCT has one. @throws {DataError} for any other type. */
  field(name: string): Field | undefined {
    if (this.#fieldsByName === undefined) throw new DataError('Cannot look up fields on non-struct type')
    return this.#fieldsByName.get(name)
  }

  /** Key schema of a MAP. @throws {DataError} for any other type. */
  get keySchema(): Schema {
    if (this.#keySchema === undefined) throw new DataError('Cannot look up key schema on non-map type')
    return this.#keySchema
  }

  /** Element schema of an ARRAY or value schema of a MAP. @throws {DataError} for any other type. */
  get valueSchema(): Schema {
    if (this.#valueSchema === undefined) {
      throw new DataError('Cannot look up value schema on non-array and non-map type')
    }
    return this.#valueSchema
  }

  /** The element schema where there is one; an ARRAY of mixed schemaless values has none. */
  get valueSchemaIfAny(): Schema | undefined {
    return this.#valueSchema
  }

  /** The key schema where there is one. */
  get keySchemaIfAny(): Schema | undefined {
    return this.#keySchema
  }

  /** Everything counts: name, version, doc, parameters, defaults, fields (Java: `ConnectSchema.equals`). */
  equals(other: Schema | null | undefined): boolean {
    if (other === this) return true
    if (other === null || other === undefined) return false
    return (
      this.type === other.type &&
      this.optional === other.optional &&
      this.name === other.name &&
      this.version === other.version &&
      this.doc === other.doc &&
      valuesEqual(this.defaultValue, other.defaultValue) &&
      sameParameters(this.parameters, other.parameters) &&
      sameSchema(this.#keySchema, other.#keySchema) &&
      sameSchema(this.#valueSchema, other.#valueSchema) &&
      sameFields(this.#fields, other.#fields)
    )
  }

  toString(): string {
    return this.name === undefined ? `Schema{${this.type}}` : `Schema{${this.name}:${this.type}}`
  }
}

function sameSchema(a: Schema | undefined, b: Schema | undefined): boolean {
  return a === b || (a !== undefined && a.equals(b))
}

function sameFields(a: readonly Field[] | undefined, b: readonly Field[] | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.length !== b.length) return false
  return a.every((field, i) => field.name === b[i]?.name && field.schema.equals(b[i].schema))
}

function sameParameters(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>> | undefined,
): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
