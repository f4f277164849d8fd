import { DATE, decimalDigits, isDecimal, TIME, TIMESTAMP } from '../../data/logical-types.ts'
import type { Schema, SchemaType } from '../../data/schema.ts'
import { DataError } from '../../errors/connect-errors.ts'
import { ANYTHING_SCHEMA } from './anything.ts'
import { avroDefaultOf, connectDefaultText } from './avro-default-of.ts'
import {
  DEFAULT_PRECISION,
  ENUM_DEFAULT,
  ENUM_DOC,
  enumNameOf,
  enumSymbolsOf,
  FIELD_DEFAULT,
  FIELD_DOC,
  FIXED_SIZE,
  isAvroMap,
  isFixed,
  isUnionStruct,
  MAP_ENTRY,
  NAMESPACE,
  RECORD_DOC,
  simpleName,
} from './avro-names.ts'
import { type AvroDataOptions, DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
import { own } from '../../data/own.ts'
import { AVRO_PRIMITIVES } from './avro-schema.ts'
import { type NamedType, NamedTypes, OTHER_FORMATS } from './named-types.ts'

/** An Avro schema as JSON. */
export type AvroJson = string | readonly AvroJson[] | { readonly [key: string]: unknown }

/**
 * The Avro schema of a Connect schema, as JSON (Java: `AvroData.fromConnectSchema`). A null schema gives the schema of
 * schemaless data.
 *
 * @example JSON.stringify(avroSchemaOf(record.valueSchema))
 * @param path what messages call the schema.
 * @throws {DataError} for names that Avro does not allow, two different types of one name, and what it has no type for.
 */
export function avroSchemaOf(
  schema: Schema | null,
  options: Partial<AvroDataOptions> = {},
  path = 'value',
): AvroJson {
  const place: Place = { path, space: '', depth: 0 }
  return new Conversion({ ...DEFAULT_AVRO_OPTIONS, ...options }).convert(schema, place)
}

const PRIMITIVES: Readonly<Partial<Record<SchemaType, string>>> = {
  INT8: 'int',
  INT16: 'int',
  INT32: 'int',
  INT64: 'long',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
}

const PRIMITIVE_NAMES: ReadonlySet<string> = new Set(AVRO_PRIMITIVES)

const LOGICAL_TYPES: Readonly<Record<string, { readonly name: string; readonly of: SchemaType }>> = {
  [DATE]: { name: 'date', of: 'INT32' },
  [TIME]: { name: 'time-millis', of: 'INT32' },
  [TIMESTAMP]: { name: 'timestamp-millis', of: 'INT64' },
}

type Draft = Record<string, unknown>

/** Deeper schemas cannot be read by Jackson's or Python's readers of JSON, whatever Avro itself says. */
const MAX_DEPTH = 100

/** Where a part of a schema stands. */
interface Place {
  /** For messages. */
  readonly path: string
  /** The namespace of the type around it. */
  readonly space: string
  readonly depth: number
}

class Conversion {
  readonly #options: AvroDataOptions
  readonly #types: NamedTypes
  #wroteAnything = false

  constructor(options: AvroDataOptions) {
    this.#options = options
    this.#types = new NamedTypes(options)
  }

  convert(schema: Schema | null | undefined, place: Place): AvroJson {
    if (schema === null || schema === undefined) {
      if (this.#wroteAnything) return `${NAMESPACE}.Anything`
      this.#wroteAnything = true
      return ANYTHING_SCHEMA as AvroJson
    }
    if (place.depth > MAX_DEPTH) {
      throw new DataError(
        `The schema is nested deeper than ${MAX_DEPTH} at ${place.path.slice(0, 100)}…: readers of Avro stop there. ` +
          'Flatten it, or write JsonFormat.',
      )
    }
    if (isUnionStruct(schema)) return this.#union(schema, place)
    const base = this.#base(schema, place)
    if (!schema.optional) return base
    return hasDefault(schema) ? [base, 'null'] : ['null', base]
  }

  #union(schema: Schema, place: Place): AvroJson {
    const branches = schema.fields.map((field) => this.#base(field.schema, inside(place, `.${field.name}`)))
    const kinds = branches.map((branch) => kindOf(branch, place.space))
    const twice = kinds.find((kind, i) => kinds.indexOf(kind) !== i)
    if (twice !== undefined) {
      throw new DataError(
        `The union ${place.path} holds ${twice} twice, and unions of Avro hold a type once. Read it with ` +
          `generalized.sum.type.support=false and set scrub.invalid.names=true, or ${OTHER_FORMATS}.`,
      )
    }
    return schema.optional ? ['null', ...branches] : branches
  }

  /** The type of the schema's values that are not null. */
  #base(schema: Schema, place: Place): AvroJson {
    const enumName = enumNameOf(schema, this.#options)
    const isNamed = schema.type === 'STRUCT' || enumName !== undefined || isFixed(schema)
    if (!isNamed) return this.#simplified({ ...this.#body(schema, place), ...this.#metadata(schema) })
    const type = this.#types.define(schema, enumName ?? schema.name, place.space, place.path)
    if (!type.isNew) return type.name
    const body =
      schema.type === 'STRUCT'
        ? this.#record(schema, type, place)
        : enumName !== undefined
          ? this.#enum(schema, type, enumName)
          : fixedBody(schema, type, place)
    return { ...body, ...this.#metadata(schema) }
  }

  #simplified(draft: Draft): AvroJson {
    const keys = Object.keys(draft)
    return keys.length === 1 && typeof draft['type'] === 'string' ? draft['type'] : draft
  }

  #body(schema: Schema, place: Place): Draft {
    if (schema.type === 'ARRAY') {
      return { type: 'array', items: this.convert(schema.valueSchemaIfAny, inside(place, '[]')) }
    }
    if (schema.type === 'MAP') return this.#map(schema, place)
    const logicalType = logicalTypeOf(schema)
    return {
      type: PRIMITIVES[schema.type],
      ...(isDecimal(schema) && decimalProps(schema, place)),
      ...(logicalType !== undefined && { logicalType }),
    }
  }

  #map(schema: Schema, place: Place): Draft {
    if (isAvroMap(schema, this.#options))
      return { type: 'map', values: this.convert(schema.valueSchemaIfAny, inside(place, '{}')) }
    const entryName = `${NAMESPACE}.${MAP_ENTRY}`
    const type =
      schema.name === undefined
        ? this.#types.defineEntry(schema, entryName)
        : this.#types.define(schema, schema.name, place.space, place.path)
    if (!type.isNew) return { type: 'array', items: type.name }
    const within = { ...place, space: type.space }
    const items = {
      type: 'record',
      ...nameParts(type.name),
      fields: [
        this.#field('key', schema.keySchemaIfAny, undefined, inside(within, '{key}')),
        this.#field('value', schema.valueSchemaIfAny, undefined, inside(within, '{}')),
      ],
      ...(type.name !== entryName && { 'connect.internal.type': MAP_ENTRY }),
    }
    return { type: 'array', items }
  }

  #record(schema: Schema, { name, space }: NamedType, place: Place): Draft {
    const { discardTypeDoc } = this.#options
    const doc = schema.parameters?.[discardTypeDoc ? 'connect.record.doc' : RECORD_DOC]
    const origins = new Map<string, string>()
    return {
      type: 'record',
      ...nameParts(name),
      ...(doc !== undefined && { doc }),
      fields: schema.fields.map((field) => {
        const within = inside({ ...place, space }, `.${field.name}`)
        const written = this.#types.field(field.name, within.path)
        const other = origins.get(written)
        if (other !== undefined) throw sameField(place.path, other, field.name, written)
        origins.set(written, field.name)
        const fieldDoc = discardTypeDoc ? field.schema.doc : schema.parameters?.[FIELD_DOC + field.name]
        return this.#field(written, field.schema, fieldDoc, within)
      }),
    }
  }

  #field(name: string, schema: Schema | undefined, doc: string | undefined, place: Place): Draft {
    const made: Draft = { name, type: this.convert(schema, place) }
    if (doc !== undefined) made['doc'] = doc
    if (schema === undefined) return made
    if (hasDefault(schema)) {
      const json = avroDefaultOf(schema, schema.defaultValue, this.#options)
      if (json !== undefined) made['default'] = json
    } else if (schema.optional) made['default'] = null
    return made
  }

  #enum(schema: Schema, type: NamedType, connectName: string): Draft {
    const parameters = schema.parameters ?? {}
    const name = simpleName(connectName)
    const doc = parameters[this.#options.discardTypeDoc ? 'connect.enum.doc' : ENUM_DOC + name]
    const symbols = enumSymbolsOf(schema, this.#options)
    const byDefault = parameters[ENUM_DEFAULT + name]
    return {
      type: 'enum',
      ...nameParts(type.name),
      ...(doc !== undefined && { doc }),
      symbols,
      ...(byDefault !== undefined && symbols.includes(byDefault) && { default: byDefault }),
    }
  }

  #metadata(schema: Schema): Draft {
    const made: Draft = {}
    if (this.#options.metadata) {
      if (schema.doc !== undefined) made['connect.doc'] = schema.doc
      if (schema.version !== undefined) made['connect.version'] = schema.version
      const parameters = Object.entries(schema.parameters ?? {}).filter(
        ([key]) => this.#options.discardTypeDoc || key !== FIELD_DEFAULT,
      )
      if (parameters.length > 0) made['connect.parameters'] = Object.fromEntries(parameters)
      const isFieldDefault = !this.#options.discardTypeDoc && schema.parameters?.[FIELD_DEFAULT] !== undefined
      if (hasDefault(schema) && !isFieldDefault) {
        made['connect.default'] = connectDefaultText(schema, schema.defaultValue, this.#options)
      }
      if (schema.name !== undefined) made['connect.name'] = schema.name
      if (schema.type === 'INT8') made['connect.type'] = 'int8'
      if (schema.type === 'INT16') made['connect.type'] = 'int16'
    }
    for (const [key, value] of Object.entries(schema.parameters ?? {})) {
      if (key.startsWith('avro')) made[key] = value
    }
    return made
  }
}

function inside(place: Place, step: string): Place {
  return { ...place, path: place.path + step, depth: place.depth + 1 }
}

/** What a union may hold once: a named type by its full name, another by its kind. */
function kindOf(branch: AvroJson, space: string): string {
  const full = (name: string): string => (name.includes('.') || space === '' ? name : `${space}.${name}`)
  if (typeof branch === 'string') return PRIMITIVE_NAMES.has(branch) ? branch : full(branch)
  const { type, name, namespace } = branch as Draft
  if (typeof name !== 'string') return String(type)
  return typeof namespace === 'string' ? `${namespace}.${name}` : full(name)
}

function sameField(path: string, first: string, second: string, written: string): DataError {
  return new DataError(
    `The fields ${JSON.stringify(first)} and ${JSON.stringify(second)} of ${path} would both be called ${written} in Avro. ` +
      `Rename one (ReplaceField: renames), or ${OTHER_FORMATS}.`,
  )
}

function hasDefault(schema: Schema): boolean {
  return schema.defaultValue !== undefined && schema.defaultValue !== null
}

function nameParts(fullName: string): { name: string; namespace?: string } {
  const dot = fullName.lastIndexOf('.')
  return dot < 0 ? { name: fullName } : { name: fullName.slice(dot + 1), namespace: fullName.slice(0, dot) }
}

function fixedBody(schema: Schema, { name }: NamedType, place: Place): Draft {
  const size = Number(schema.parameters?.[FIXED_SIZE])
  return { type: 'fixed', ...nameParts(name), size, ...(isDecimal(schema) && decimalProps(schema, place)) }
}

function decimalProps(schema: Schema, { path }: Place): Draft {
  const { precision, scale } = decimalDigits(schema, DEFAULT_PRECISION)
  if (!Number.isInteger(scale) || scale < 0) {
    throw new DataError(
      `The decimal ${path} has scale ${scale}, and decimals of Avro have none below 0. Make it a text with the transformation ` +
        'Cast (after Flatten, where it is nested), or write JsonFormat.',
    )
  }
  return { logicalType: 'decimal', precision, scale }
}

function logicalTypeOf({ name, type }: Schema): string | undefined {
  const logical = name === undefined ? undefined : own(LOGICAL_TYPES, name)
  return logical?.of === type ? logical.name : undefined
}
