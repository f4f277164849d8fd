import { DATE, DECIMAL, logicalNameOf, SCALE_PARAMETER, TIME, TIMESTAMP } from '../../data/logical-types.ts'
import { Schema, type SchemaType } from '../../data/schema.ts'
import { DataError } from '../../errors/connect-errors.ts'
import { ANYTHING_SCHEMA } from './anything.ts'
import { avroDefaultOf, connectDefaultText } from './avro-default-of.ts'
import {
  DECIMAL_PRECISION,
  DEFAULT_PRECISION,
  DEFAULT_RECORD,
  ENUM_DEFAULT,
  ENUM_DOC,
  ENUM_PARAMETER,
  FIELD_DEFAULT,
  FIELD_DOC,
  fieldName,
  FIXED_SIZE,
  GENERAL_ENUM,
  isAvroMap,
  isUnionStruct,
  MAP_ENTRY,
  NAMESPACE,
  RECORD_DOC,
  scrubFullName,
  simpleName,
} from './avro-names.ts'
import { type AvroDataOptions, DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
import { partsOf } from '../schema-parts.ts'

/** An Avro schema as JSON. */
export type AvroJson = string | readonly AvroJson[] | { readonly [key: string]: unknown }

/**
 * The Avro schema of a Connect schema, as JSON (Java: `AvroData.fromConnectSchema`). A null schema gives the schema of
 * schemaless data.
 *
 * @example JSON.stringify(avroSchemaOf(record.valueSchema))
 * @throws {DataError} for two different structs of one name.
 */
export function avroSchemaOf(schema: Schema | null, options: Partial<AvroDataOptions> = {}): AvroJson {
  return new Conversion({ ...DEFAULT_AVRO_OPTIONS, ...options }).convert(schema)
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

const LOGICAL_TYPES: Readonly<Record<string, string>> = {
  [DATE]: 'date',
  [TIME]: 'time-millis',
  [TIMESTAMP]: 'timestamp-millis',
}

type Draft = Record<string, unknown>

class Conversion {
  readonly #options: AvroDataOptions
  /** Named types already written out, by full name: later uses are the name alone. */
  readonly #named = new Map<string, Schema>()
  #unnamed = 0
  #wroteAnything = false

  constructor(options: AvroDataOptions) {
    this.#options = options
  }

  convert(schema: Schema | null | undefined): AvroJson {
    if (schema === null || schema === undefined) {
      if (this.#wroteAnything) return `${NAMESPACE}.Anything`
      this.#wroteAnything = true
      return ANYTHING_SCHEMA as AvroJson
    }
    if (isUnionStruct(schema)) {
      const branches = schema.fields.map((field) => this.#base(field.schema))
      return schema.optional ? ['null', ...branches] : branches
    }
    const base = this.#base(schema)
    if (!schema.optional) return base
    return hasDefault(schema) ? [base, 'null'] : ['null', base]
  }

  /** The type of the schema's values that are not null. */
  #base(schema: Schema): AvroJson {
    const named = this.#namedType(schema)
    if (named === undefined) return this.#simplified({ ...this.#body(schema), ...this.#metadata(schema) })
    const known = this.#named.get(named.fullName)
    if (known !== undefined) {
      if (sameShape(known, schema)) return named.fullName
      throw new DataError(
        `Two different types are called ${named.fullName}: Avro needs a name of its own for each. Rename one with ` +
          'org.apache.kafka.connect.transforms.SetSchemaMetadata.',
      )
    }
    this.#named.set(named.fullName, schema)
    return { ...named.body(), ...this.#metadata(schema) }
  }

  #simplified(draft: Draft): AvroJson {
    const keys = Object.keys(draft)
    return keys.length === 1 && typeof draft['type'] === 'string' ? draft['type'] : draft
  }

  /** What Avro calls by name: records, and enums and fixed where they are kept. */
  #namedType(schema: Schema): { fullName: string; body: () => Draft } | undefined {
    if (schema.type === 'STRUCT') {
      const fullName = this.#nameOf(schema)
      return { fullName, body: () => this.#record(schema, fullName) }
    }
    const enumName = enumNameOf(schema, this.#options)
    if (enumName !== undefined) {
      const fullName = scrubFullName(enumName, this.#options)
      return { fullName, body: () => this.#enum(schema, fullName) }
    }
    if (isFixed(schema)) {
      const fullName = this.#nameOf(schema)
      const size = Number(schema.parameters?.[FIXED_SIZE])
      return {
        fullName,
        body: () => ({ type: 'fixed', ...nameParts(fullName), size, ...decimalProps(schema) }),
      }
    }
    return undefined
  }

  #nameOf(schema: Schema): string {
    if (schema.name !== undefined) return scrubFullName(schema.name, this.#options)
    this.#unnamed++
    return `${DEFAULT_RECORD}${this.#unnamed > 1 ? this.#unnamed : ''}`
  }

  #body(schema: Schema): Draft {
    if (schema.type === 'ARRAY') return { type: 'array', items: this.convert(schema.valueSchemaIfAny) }
    if (schema.type === 'MAP') return this.#map(schema)
    const logicalName = logicalNameOf(schema)
    const logicalType = logicalName === undefined ? undefined : LOGICAL_TYPES[logicalName]
    return {
      type: PRIMITIVES[schema.type],
      ...(logicalName === DECIMAL && decimalProps(schema)),
      ...(logicalType !== undefined && { logicalType }),
    }
  }

  #map(schema: Schema): Draft {
    if (isAvroMap(schema, this.#options))
      return { type: 'map', values: this.convert(schema.valueSchemaIfAny) }
    const fullName = schema.name === undefined ? `${NAMESPACE}.${MAP_ENTRY}` : this.#nameOf(schema)
    const known = this.#named.get(fullName)
    if (known !== undefined) {
      if (sameShape(known, schema)) return { type: 'array', items: fullName }
      throw new DataError(
        'Two maps with keys other than strings need names of their own to be written in one Avro schema: ' +
          `both are called ${fullName}`,
      )
    }
    this.#named.set(fullName, schema)
    const items = {
      type: 'record',
      ...nameParts(fullName),
      fields: [
        this.#field('key', schema.keySchemaIfAny, undefined),
        this.#field('value', schema.valueSchemaIfAny, undefined),
      ],
      ...(schema.name !== undefined && { 'connect.internal.type': MAP_ENTRY }),
    }
    return { type: 'array', items }
  }

  #record(schema: Schema, fullName: string): Draft {
    const { discardTypeDoc } = this.#options
    const doc = schema.parameters?.[discardTypeDoc ? 'connect.record.doc' : RECORD_DOC]
    return {
      type: 'record',
      ...nameParts(fullName),
      ...(doc !== undefined && { doc }),
      fields: schema.fields.map((field) => {
        const fieldDoc = discardTypeDoc ? field.schema.doc : schema.parameters?.[FIELD_DOC + field.name]
        return this.#field(fieldName(field.name, this.#options), field.schema, fieldDoc)
      }),
    }
  }

  #field(name: string, schema: Schema | undefined, doc: string | undefined): Draft {
    const made: Draft = { name, type: this.convert(schema) }
    if (doc !== undefined) made['doc'] = doc
    if (schema === undefined) return made
    if (hasDefault(schema)) made['default'] = avroDefaultOf(schema, schema.defaultValue, this.#options)
    else if (schema.optional) made['default'] = null
    return made
  }

  #enum(schema: Schema, fullName: string): Draft {
    const parameters = schema.parameters ?? {}
    const parameter = this.#options.generalizedSums ? GENERAL_ENUM : ENUM_PARAMETER
    const name = simpleName(fullName)
    const doc = parameters[this.#options.discardTypeDoc ? 'connect.enum.doc' : ENUM_DOC + name]
    const byDefault = parameters[ENUM_DEFAULT + name]
    return {
      type: 'enum',
      ...nameParts(fullName),
      ...(doc !== undefined && { doc }),
      symbols: Object.keys(parameters)
        .filter((key) => key.startsWith(`${parameter}.`))
        .map((key) => key.slice(parameter.length + 1)),
      ...(byDefault !== undefined && { default: byDefault }),
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

function hasDefault(schema: Schema): boolean {
  return schema.defaultValue !== undefined && schema.defaultValue !== null
}

function nameParts(fullName: string): { name: string; namespace?: string } {
  const dot = fullName.lastIndexOf('.')
  return dot < 0 ? { name: fullName } : { name: fullName.slice(dot + 1), namespace: fullName.slice(0, dot) }
}

function decimalProps(schema: Schema): Draft {
  if (logicalNameOf(schema) !== DECIMAL) return {}
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  const precision = Number(schema.parameters?.[DECIMAL_PRECISION] ?? DEFAULT_PRECISION)
  return { logicalType: 'decimal', precision, scale }
}

/** The name of the enum that a STRING schema stands for, where enums are kept. */
export function enumNameOf(schema: Schema, options: AvroDataOptions): string | undefined {
  if (schema.type !== 'STRING' || schema.parameters === undefined) return undefined
  if (options.generalizedSums) return schema.parameters[GENERAL_ENUM]
  return options.enhanced ? schema.parameters[ENUM_PARAMETER] : undefined
}

/** A named BYTES schema of a size, or a Decimal of one; the latter has no name of its own to keep. */
function isFixed(schema: Schema): boolean {
  return schema.type === 'BYTES' && schema.name !== undefined && schema.parameters?.[FIXED_SIZE] !== undefined
}

/** Named types are equal where their values are: whether they may be null is said where they are used. */
function sameShape(a: Schema, b: Schema): boolean {
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
