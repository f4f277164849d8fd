import {
  DataError,
  DATE,
  DECIMAL,
  type Field,
  SCALE_PARAMETER,
  Schema,
  type SchemaParts,
  type SchemaType,
  STRING,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import { partsOf } from '../schema-parts.ts'
import { writePlain } from '../json/plain-writer.ts'
import { checkDepth, SchemaBudget } from '../schema-budget.ts'
import { connectDefaultOf } from './avro-default.ts'
import {
  branchField,
  DECIMAL_PRECISION,
  DEFAULT_PRECISION,
  DEFAULT_RECORD,
  ENUM_DEFAULT,
  ENUM_DOC,
  ENUM_PARAMETER,
  FIELD_DEFAULT,
  FIELD_DOC,
  FIXED_SIZE,
  GENERAL_ENUM,
  GENERAL_UNION,
  isMapEntry,
  RECORD_DOC,
  simpleName,
  UNION,
} from './avro-names.ts'
import type { AvroDataOptions } from './avro-options.ts'
import type { AvroEnum, AvroRecord, AvroType } from './avro-schema.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What a type has of itself, before metadata; `parameters` may still grow. */
interface Draft extends Omit<Mutable<SchemaParts>, 'parameters'> {
  parameters: Record<string, string>
}

/** What the place of a type adds to it. */
interface Place {
  readonly optional?: boolean
  /** The default of the field, where it has one. */
  readonly fieldDefault?: { readonly json: unknown }
  readonly fieldDoc?: string | undefined
  readonly version?: number | undefined
}

const NOWHERE: Place = {}

/**
 * The Connect schema of an Avro schema (Java: `AvroData.toConnectSchema`).
 *
 * @param version of the schema in its registry, where its own `connect.version` says nothing else.
 * @param budget counts the parts of the schema.
 * @throws {DataError} for null alone, for a record that contains itself, as Connect schemas are finite here, and for a
 *   schema of too many parts.
 */
export function connectSchemaOf(
  type: AvroType,
  options: AvroDataOptions,
  version?: number,
  budget = new SchemaBudget(),
): Schema {
  return new Conversion(options, budget).convert(type, { version }, 'value')
}

/** A schema with the parts that each use of it takes. */
interface Known {
  readonly schema: Schema
  readonly parts: number
}

class Conversion {
  readonly #options: AvroDataOptions
  readonly #budget: SchemaBudget
  readonly #open: AvroRecord[] = []
  /** Named types are often used in many places; each is converted once. */
  readonly #done = new Map<AvroType, Known>()
  readonly #doneOptional = new Map<AvroType, Known>()
  #unions = 0

  constructor(options: AvroDataOptions, budget: SchemaBudget) {
    this.#options = options
    this.#budget = budget
  }

  convert(type: AvroType, place: Place, path: string): Schema {
    const plain =
      place.fieldDefault === undefined && place.fieldDoc === undefined && place.version === undefined
    const done = place.optional === true ? this.#doneOptional : this.#done
    const known = plain ? done.get(type) : undefined
    if (known !== undefined) {
      this.#budget.spend(known.parts)
      return known.schema
    }
    const before = this.#budget.spent
    this.#budget.spend(1)
    const schema = this.#convert(type, place, path)
    if (plain) done.set(type, { schema, parts: this.#budget.spent - before })
    return schema
  }

  #convert(type: AvroType, place: Place, path: string): Schema {
    if (type.kind === 'union') {
      const only = this.#onlyBranch(type.branches)
      if (only !== undefined) {
        const optional = type.branches.length === 2 || place.optional === true
        return this.convert(only, { optional, fieldDoc: this.#docOf(place) }, path)
      }
    }
    const draft = this.#draft(type, path)
    this.#addMetadata(draft, type, place)
    return finished(draft)
  }

  #docOf(place: Place): string | undefined {
    return this.#options.discardTypeDoc ? place.fieldDoc : undefined
  }

  /** The branch that a nullable or singleton union is, but for null. */
  #onlyBranch(branches: readonly AvroType[]): AvroType | undefined {
    if (branches.length === 1 && this.#options.flattenSingletons) return branches[0]
    if (branches.length !== 2 || !branches.some((branch) => branch.kind === 'null')) return undefined
    return branches.find((branch) => branch.kind !== 'null')
  }

  #draft(type: AvroType, path: string): Draft {
    const logicalType = type.props['logicalType']
    switch (type.kind) {
      case 'boolean':
        return draft('BOOLEAN')
      case 'int':
        return intDraft(type.props['connect.type'], logicalType)
      case 'long':
        return logicalType === 'timestamp-millis' ? logical('INT64', TIMESTAMP) : draft('INT64')
      case 'float':
        return draft('FLOAT32')
      case 'double':
        return draft('FLOAT64')
      case 'string':
        return draft('STRING')
      case 'bytes':
        return logicalType === 'decimal' ? decimalDraft(type) : draft('BYTES')
      case 'fixed': {
        const made = logicalType === 'decimal' ? decimalDraft(type) : draft('BYTES')
        made.parameters[FIXED_SIZE] = String(type.size)
        return made
      }
      case 'enum':
        return this.#enumDraft(type)
      case 'array':
        return this.#arrayDraft(type.items, path)
      case 'map':
        return {
          ...draft('MAP'),
          keySchema: STRING,
          valueSchema: this.convert(type.values, NOWHERE, `${path}{}`),
        }
      case 'record':
        return this.#recordDraft(type, path)
      case 'union':
        return this.#unionDraft(type.branches, path)
      case 'null':
        throw new DataError(`Standalone null schemas are not supported by this converter (at ${path})`)
    }
  }

  #enumDraft(type: AvroEnum): Draft {
    const { discardTypeDoc, generalizedSums, metadata } = this.#options
    const made = draft('STRING')
    this.#budget.spend(type.symbols.length / 10)
    const name = simpleName(type.name)
    if (metadata && type.doc !== undefined) {
      made.parameters[discardTypeDoc ? 'connect.enum.doc' : ENUM_DOC + name] = type.doc
    }
    if (metadata && !discardTypeDoc && type.defaultSymbol !== undefined) {
      made.parameters[ENUM_DEFAULT + name] = type.defaultSymbol
    }
    const parameter = generalizedSums ? GENERAL_ENUM : ENUM_PARAMETER
    made.parameters[parameter] = type.name
    for (const [i, symbol] of type.symbols.entries()) {
      made.parameters[`${parameter}.${symbol}`] = generalizedSums ? String(i) : symbol
    }
    return made
  }

  #arrayDraft(items: AvroType, path: string): Draft {
    if (!isMapEntry(items)) {
      return { ...draft('ARRAY'), valueSchema: this.convert(items, NOWHERE, `${path}[]`) }
    }
    const { fields } = items as AvroRecord
    const key = fields.find((field) => field.name === 'key')
    const value = fields.find((field) => field.name === 'value')
    if (key === undefined || value === undefined || fields.length !== 2) {
      throw new DataError(
        `Found map encoded as array of key-value pairs, but array elements do not match the expected format (at ${path})`,
      )
    }
    const entry = items as AvroRecord
    return this.#within(entry, path, () => ({
      ...draft('MAP'),
      keySchema: this.convert(key.type, NOWHERE, `${path}{key}`),
      valueSchema: this.convert(value.type, NOWHERE, `${path}{}`),
    }))
  }

  #recordDraft(type: AvroRecord, path: string): Draft {
    return this.#within(type, path, () => {
      const { discardTypeDoc, metadata } = this.#options
      const made = draft('STRUCT')
      const keepsDocs = metadata && !discardTypeDoc
      if (keepsDocs && type.doc !== undefined) made.parameters[RECORD_DOC] = type.doc
      made.fields = type.fields.map((field, index): Field => {
        if (keepsDocs && field.doc !== undefined) made.parameters[FIELD_DOC + field.name] = field.doc
        const place: Place = {
          ...(field.hasDefault && { fieldDefault: { json: field.defaultValue } }),
          ...(discardTypeDoc && { fieldDoc: field.doc }),
        }
        const schema = this.convert(field.type, place, `${path}.${field.name}`)
        return { name: field.name, index, schema: this.#withFieldParameters(schema, field.props) }
      })
      return made
    })
  }

  #within(type: AvroRecord, path: string, convert: () => Draft): Draft {
    checkDepth(this.#open.length)
    if (this.#open.includes(type)) {
      throw new DataError(
        `Record ${type.name} contains itself (at ${path}): recursive schemas are not supported. Read the value as ` +
          'bytes with org.apache.kafka.connect.converters.ByteArrayConverter, or bound its depth in the schema.',
      )
    }
    this.#open.push(type)
    const made = convert()
    this.#open.pop()
    return made
  }

  /** A named type that is used again may carry other parameters on the field. */
  #withFieldParameters(schema: Schema, props: AvroType['props']): Schema {
    const own = props['connect.parameters']
    if (!this.#options.metadata || !isTexts(own)) return schema
    if (Object.entries(own).every(([key, value]) => schema.parameters?.[key] === value)) return schema
    return new Schema({ ...partsOf(schema), parameters: { ...schema.parameters, ...own } })
  }

  #unionDraft(branches: readonly AvroType[], path: string): Draft {
    const general = this.#options.generalizedSums
    const name = general ? `connect_union_${this.#unions++}` : UNION
    const made: Draft = {
      ...draft('STRUCT'),
      name,
      optional: branches.some((branch) => branch.kind === 'null'),
    }
    if (general) made.parameters[GENERAL_UNION] = name
    const fields: Field[] = []
    const names = new Set<string>()
    for (const [i, branch] of branches.entries()) {
      if (branch.kind === 'null') continue
      const field = branchField(branch, i, this.#options)
      if (names.has(field)) {
        throw new DataError(
          `Multiple union schemas map to the Connect union field name ${field} (at ${path}): set enhanced.avro.schema.support=true`,
        )
      }
      names.add(field)
      const schema = this.convert(branch, { optional: true }, `${path}.${field}`)
      fields.push({ name: field, index: fields.length, schema })
    }
    made.fields = fields
    return made
  }

  #addMetadata(made: Draft, type: AvroType, place: Place): void {
    const { discardTypeDoc, metadata } = this.#options
    const { props } = type
    const typeDoc = 'doc' in type ? type.doc : undefined
    const connectDoc = textOf(props['connect.doc'])
    const doc = discardTypeDoc ? (place.fieldDoc ?? typeDoc ?? connectDoc) : metadata ? connectDoc : undefined
    if (doc !== undefined) made.doc = doc
    if (discardTypeDoc && metadata && typeDoc !== undefined) made.parameters['connect.record.doc'] = typeDoc
    this.#addVersion(made, props['connect.version'] ?? place.version)
    if (metadata && isTexts(props['connect.parameters'])) {
      made.parameters = { ...made.parameters, ...props['connect.parameters'] }
    }
    for (const [key, value] of Object.entries(props)) {
      if (key.startsWith('avro'))
        made.parameters[key] = typeof value === 'string' ? value : writePlain(value, noStruct)
    }
    const connectDefault = props['connect.default']
    const chosen = place.fieldDefault ?? (connectDefault === undefined ? undefined : { json: connectDefault })
    if (place.fieldDefault !== undefined && metadata && !discardTypeDoc && connectDefault === undefined) {
      made.parameters[FIELD_DEFAULT] = 'true'
    }
    addName(made, type)
    if (place.optional === true) made.optional = true
    if (chosen !== undefined) {
      const value = connectDefaultOf(type, finished(made), chosen.json, this.#budget)
      if (value !== null && value !== undefined) made.defaultValue = value
    }
  }

  #addVersion(made: Draft, version: unknown): void {
    if (version === undefined) return
    if (typeof version !== 'number') throw new DataError(`Invalid Connect version found: ${String(version)}`)
    if (version < 0) return
    if (made.version !== undefined && made.version !== version) {
      throw new DataError(
        `Mismatched versions: version already added to SchemaBuilder (${made.version}) differs from version in source schema (${version})`,
      )
    }
    made.version = version
  }
}

function addName(made: Draft, type: AvroType): void {
  const written = type.props['connect.name']
  const ownsName =
    type.kind === 'record' || type.kind === 'enum' || (type.kind === 'fixed' && made.name === undefined)
  const name = textOf(written) ?? (ownsName ? type.name : undefined)
  if (name === undefined || name.startsWith(DEFAULT_RECORD)) return
  if (made.name !== undefined && made.name !== name) {
    throw new DataError(
      `Mismatched names: name already added to SchemaBuilder (${made.name}) differs from name in source schema (${name})`,
    )
  }
  made.name = name
}

function finished(made: Draft): Schema {
  const { parameters, ...parts } = made
  return new Schema(Object.keys(parameters).length === 0 ? parts : made)
}

function draft(type: SchemaType): Draft {
  return { type, parameters: {} }
}

function logical(type: SchemaType, name: string): Draft {
  return { type, name, version: 1, parameters: {} }
}

const CONNECT_INTS: Readonly<Record<string, SchemaType>> = { int8: 'INT8', int16: 'INT16' }

function intDraft(connectType: unknown, logicalType: unknown): Draft {
  if (logicalType === 'date') return logical('INT32', DATE)
  if (logicalType === 'time-millis') return logical('INT32', TIME)
  if (logicalType !== undefined || connectType === undefined) return draft('INT32')
  const type = CONNECT_INTS[String(connectType)]
  if (type === undefined) throw new DataError(`Unknown connect.type of an Avro int: ${String(connectType)}`)
  return draft(type)
}

function decimalDraft({ props }: AvroType): Draft {
  const { scale, precision } = props
  const made = logical('BYTES', DECIMAL)
  made.parameters[SCALE_PARAMETER] = String(typeof scale === 'number' ? scale : 0)
  if (precision !== undefined && typeof precision !== 'number') {
    throw new DataError(
      'precision property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal',
    )
  }
  if (precision !== undefined && precision !== DEFAULT_PRECISION) {
    made.parameters[DECIMAL_PRECISION] = String(precision)
  }
  return made
}

function isTexts(json: unknown): json is Record<string, string> {
  return (
    typeof json === 'object' &&
    json !== null &&
    !Array.isArray(json) &&
    Object.values(json).every((value) => typeof value === 'string')
  )
}

function noStruct(): never {
  throw new DataError('An Avro schema holds no structs')
}

function textOf(json: unknown): string | undefined {
  return typeof json === 'string' ? json : undefined
}
