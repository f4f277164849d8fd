import { DataError, Schema } from '@spillway/api'
import { partsOf } from '../schema-parts.ts'
import { DEFAULT_RECORD, isAvroFullName, isAvroName, scrubFullName, scrubName } from './avro-names.ts'
import type { AvroDataOptions } from './avro-options.ts'
import { AVRO_PRIMITIVES } from './avro-schema.ts'

/** A named type at one of its places. */
export interface NamedType {
  /** As it is written there. */
  readonly name: string
  /** In which the names inside of it stand. */
  readonly space: string
  /** False where the same type stands earlier in the schema: then its name is all there is to write. */
  readonly isNew: boolean
}

/** What to do where Avro has no room for what other formats hold. */
export const OTHER_FORMATS = 'write JsonFormat or ParquetFormat, which take any name'

/** The names in one Avro schema: each is one that Avro allows, and means one type. */
export class NamedTypes {
  readonly #options: AvroDataOptions
  /** By full name. */
  readonly #types = new Map<string, Schema>()
  #unnamed = 0

  constructor(options: AvroDataOptions) {
    this.#options = options
  }

  /**
   * The type of a schema under the name it has.
   *
   * @param space the namespace around it, which is that of names without one.
   * @throws {DataError} for a name that Avro does not allow, or that another type has.
   */
  define(schema: Schema, name: string | undefined, space: string, path: string): NamedType {
    if (name === undefined || name === '') return this.#unnamedType(schema)
    const wanted = scrubFullName(name, this.#options)
    if (!isAvroFullName(wanted)) throw this.#badName(`the type ${JSON.stringify(name)} of ${path}`)
    for (let number = 1; ; number++) {
      const found = this.#at(schema, number === 1 ? wanted : `${wanted}${number}`, space)
      if (found !== undefined) return found
      if (!this.#options.scrubNames) throw this.#clash(wanted, path)
    }
  }

  /** The type of a schema that has no name: this one, with a number where it is taken. */
  defineEntry(schema: Schema, name: string): NamedType {
    for (let number = 1; ; number++) {
      const found = this.#at(schema, number === 1 ? name : `${name}${number}`, '')
      if (found !== undefined) return found
    }
  }

  /** The name of a field. @throws {DataError} for one that Avro does not allow. */
  field(name: string, path: string): string {
    const written = this.#options.scrubNames ? scrubName(name) : name
    if (isAvroName(written)) return written
    throw this.#badName(`the field ${path}`)
  }

  #unnamedType(schema: Schema): NamedType {
    for (;;) {
      this.#unnamed++
      const found = this.#at(schema, `${DEFAULT_RECORD}${this.#unnamed > 1 ? this.#unnamed : ''}`, '')
      if (found?.isNew === true) return found
    }
  }

  /** Undefined where the name is another type's. */
  #at(schema: Schema, name: string, space: string): NamedType | undefined {
    const full = name.includes('.') || space === '' ? name : `${space}.${name}`
    const own = { name, space: full.slice(0, Math.max(0, full.lastIndexOf('.'))) }
    const known = this.#types.get(full)
    if (known !== undefined) return isSameShape(known, schema) ? { ...own, isNew: false } : undefined
    if ((AVRO_PRIMITIVES as readonly string[]).includes(full)) return undefined
    this.#types.set(full, schema)
    return { ...own, isNew: true }
  }

  #badName(what: string): DataError {
    return new DataError(
      `Avro has no room for the name of ${what}: its names are letters, digits and underscores, and begin with no digit. ` +
        `Set scrub.invalid.names=true to have other characters replaced, rename it (Flatten: delimiter=_), or ${OTHER_FORMATS}.`,
    )
  }

  #clash(name: string, path: string): DataError {
    return new DataError(
      `Two different types are called ${name} (the second at ${path}): Avro needs a name of its own for each. Set ` +
        `scrub.invalid.names=true to have the second one numbered, or ${OTHER_FORMATS}.`,
    )
  }
}

/** Named types are equal where their values are: whether they may be null is said where they are used. */
function isSameShape(a: Schema, b: Schema): boolean {
  if (a === b) return true
  const bare = (schema: Schema): Schema => {
    const { type, name, fields, keySchema, valueSchema, parameters } = partsOf(schema)
    return new Schema({
      type,
      name,
      ...(type === 'STRUCT' ? { fields: fields ?? [] } : { parameters }),
      ...(keySchema && { keySchema }),
      ...(valueSchema && { valueSchema }),
    })
  }
  return bare(a).equals(bare(b))
}
