import {
  DataError,
  DATE,
  DECIMAL,
  logicalNameOf,
  own,
  SCALE_PARAMETER,
  Schema,
  type SchemaType,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import {
  ENUM,
  GENERAL_ENUM,
  GENERAL_UNION,
  PRECISION,
  TAG,
  TYPE,
  UNION_PREFIX,
  WRAPPER,
} from './connect-schema-of-proto.ts'
import type { ProtobufOptions } from './protobuf-options.ts'
import { partsOf } from '../schema-parts.ts'

/** A Protobuf schema's text and the message in it that values are written as. */
export interface ProtoText {
  readonly text: string
  /** Full name of the message. */
  readonly message: string
}

/**
 * The Protobuf schema of a Connect schema (Java: `ProtobufData.fromConnectSchema`); a single value becomes one of
 * google.protobuf's wrappers.
 *
 * @throws {DataError} for what Protobuf cannot hold: arrays of arrays, maps with other keys than it knows.
 */
export function protoTextOf(schema: Schema, options: ProtobufOptions): ProtoText {
  const wrapper = WRAPPERS[schema.type]
  if (wrapper !== undefined && schema.type !== 'STRUCT') return wrapperText(wrapper)
  if (schema.type !== 'STRUCT')
    throw new DataError(`Unsupported root schema of type ${schema.type}: wrap it in a struct`)
  const { space, name } = splitName(schema.name ?? 'ConnectDefault1', options)
  const writer = new TextWriter(options)
  const body = writer.message(schema, name, '')
  const imports = [...writer.imports].sort().map((file) => `import "${file}";\n`)
  const head = `syntax = "proto3";\n${space === '' ? '' : `package ${space};\n`}${imports.length > 0 ? '\n' : ''}`
  return { text: `${head}${imports.join('')}\n${body}`, message: space === '' ? name : `${space}.${name}` }
}

const WRAPPERS: Readonly<Partial<Record<SchemaType, string>>> = {
  INT8: 'Int32Value',
  INT16: 'Int32Value',
  INT32: 'Int32Value',
  INT64: 'Int64Value',
  FLOAT32: 'FloatValue',
  FLOAT64: 'DoubleValue',
  BOOLEAN: 'BoolValue',
  STRING: 'StringValue',
  BYTES: 'BytesValue',
}

const SCALARS: Readonly<Partial<Record<SchemaType, string>>> = {
  INT8: 'int32',
  INT16: 'int32',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'bool',
  STRING: 'string',
  BYTES: 'bytes',
}

const LOGICAL_TYPES: Readonly<Record<string, readonly [type: string, file: string]>> = {
  [DECIMAL]: ['confluent.type.Decimal', 'confluent/type/decimal.proto'],
  [DATE]: ['google.type.Date', 'google/type/date.proto'],
  [TIME]: ['google.type.TimeOfDay', 'google/type/timeofday.proto'],
  [TIMESTAMP]: ['google.protobuf.Timestamp', 'google/protobuf/timestamp.proto'],
}

function wrapperText(name: string): ProtoText {
  const type = Object.entries(WRAPPERS).find(([, wrapper]) => wrapper === name)?.[0] as SchemaType
  const text = `syntax = "proto3";\npackage google.protobuf;\n\nmessage ${name} {\n  ${SCALARS[type]} value = 1;\n}\n`
  return { text, message: `google.protobuf.${name}` }
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

class TextWriter {
  readonly imports = new Set<string>()
  readonly #options: ProtobufOptions

  constructor(options: ProtobufOptions) {
    this.#options = options
  }

  message(schema: Schema, name: string, indent: string): string {
    const inner = `${indent}  `
    const nested = new Map<string, { readonly schema: Schema; readonly text: string }>()
    const taken = new Set(tagsOf(schema))
    let next = 1
    const tagOf = (field: Schema): number => {
      const written = field.parameters?.[TAG]
      if (written !== undefined) return Number(written)
      while (taken.has(next)) next++
      return next++
    }
    const lines = schema.fields.map((field) => {
      if (isUnion(field.schema)) {
        const members = field.schema.fields.map(
          (member) =>
            `${inner}  ${this.#field(member.name, member.schema, tagOf(member.schema), nested, inner, true)}\n`,
        )
        return `${inner}oneof ${this.#name(oneofName(field.schema))} {\n${members.join('')}${inner}}\n`
      }
      return `${inner}${this.#field(field.name, field.schema, tagOf(field.schema), nested, inner, false)}\n`
    })
    const types = [...nested.values()].map(({ text }) => text)
    return `${indent}message ${name} {\n${lines.join('')}${types.join('')}${indent}}\n`
  }

  #field(
    name: string,
    schema: Schema,
    tag: number,
    nested: Map<string, { readonly schema: Schema; readonly text: string }>,
    indent: string,
    isBranch: boolean,
  ): string {
    const named = this.#name(name)
    if (schema.type === 'MAP') {
      // A key is never null in Protobuf, and so never wrapped.
      const keySchema = new Schema({ ...partsOf(schema.keySchema), optional: false })
      const key = this.#type(keySchema, `${named}_key`, nested, indent, false)
      if (!/^(?:u?int|s?fixed|sint)(?:32|64)$|^bool$|^string$/.test(key)) {
        throw new DataError(`Protobuf maps have no keys of type ${schema.keySchema.type} (field ${name})`)
      }
      const value = this.#type(schema.valueSchema, named, nested, indent, false)
      return `map<${key}, ${value}> ${named} = ${tag}${this.#meta(schema.valueSchema)};`
    }
    const isArray = schema.type === 'ARRAY'
    const type = this.#type(isArray ? schema.valueSchema : schema, named, nested, indent, isBranch)
    const label = isArray
      ? 'repeated '
      : this.#options.optionalForNullables && schema.optional && !isBranch
        ? 'optional '
        : ''
    return `${label}${type} ${named} = ${tag}${this.#meta(isArray ? schema.valueSchema : schema)};`
  }

  #type(
    schema: Schema,
    field: string,
    nested: Map<string, { readonly schema: Schema; readonly text: string }>,
    indent: string,
    isBranch: boolean,
  ): string {
    const logicalName = logicalNameOf(schema)
    const logical = logicalName === undefined ? undefined : own(LOGICAL_TYPES, logicalName)
    if (logical !== undefined) {
      this.imports.add(logical[1])
      return logical[0]
    }
    if (schema.type === 'ARRAY' || schema.type === 'MAP') {
      throw new DataError(
        `Protobuf has no arrays or maps within arrays or maps (field ${field}): wrap it in a struct`,
      )
    }
    const enumName = schema.parameters?.[GENERAL_ENUM] ?? schema.parameters?.[ENUM]
    if (enumName !== undefined)
      return this.#nestedType(enumName, schema, nested, (n) => enumText(schema, n, indent))
    if (schema.type === 'STRUCT') {
      const { name } = splitName(schema.name ?? `${field}Struct`, this.#options)
      const shown = name === field ? `${name}Message` : name
      return this.#nestedType(shown, schema, nested, (n) => this.message(schema, n, indent))
    }
    const written = schema.parameters?.[TYPE] ?? SCALARS[schema.type] ?? 'bytes'
    const wraps = this.#options.wrapperForNullables && schema.optional
    if (!wraps || (isBranch && schema.parameters?.[WRAPPER] === undefined)) return written
    this.imports.add('google/protobuf/wrappers.proto')
    const unsigned = /^(?:uint|fixed)(32|64)$/.exec(written)
    return `google.protobuf.${unsigned === null ? WRAPPERS[schema.type] : `UInt${unsigned[1]}Value`}`
  }

  #nestedType(
    name: string,
    schema: Schema,
    nested: Map<string, { readonly schema: Schema; readonly text: string }>,
    write: (name: string) => string,
  ): string {
    let free = name
    for (let i = 2; ; i++) {
      const known = nested.get(free)
      if (known === undefined) break
      const isSame =
        known.schema.type === schema.type &&
        (schema.type !== 'STRUCT' || sameFields(known.schema, schema)) &&
        (schema.type === 'STRUCT' || known.schema.equals(schema) || known.schema.name === schema.name)
      if (isSame) return free
      free = `${name}${i}`
    }
    nested.set(free, { schema, text: write(free) })
    return free
  }

  #meta(schema: Schema): string {
    const params: [string, string][] = []
    if (schema.type === 'INT8') params.push(['connect.type', 'int8'])
    if (schema.type === 'INT16') params.push(['connect.type', 'int16'])
    if (logicalNameOf(schema) === DECIMAL) {
      const precision = schema.parameters?.[PRECISION]
      if (precision !== undefined) params.push(['precision', precision])
      params.push(['scale', schema.parameters?.[SCALE_PARAMETER] ?? '0'])
    }
    if (params.length === 0) return ''
    this.imports.add('confluent/meta.proto')
    const entries = params.map(
      ([key, value]) => `{ key: ${JSON.stringify(key)}, value: ${JSON.stringify(value)} }`,
    )
    return ` [(confluent.field_meta) = { params: [${entries.join(', ')}] }]`
  }

  #name(name: string): string {
    return identifier(name, this.#options)
  }
}

/** True for a STRUCT that stands for a oneof. */
export function isUnion(schema: Schema): boolean {
  if (schema.type !== 'STRUCT') return false
  return schema.parameters?.[GENERAL_UNION] !== undefined || schema.name?.startsWith(UNION_PREFIX) === true
}

function oneofName(schema: Schema): string {
  const name = schema.parameters?.[GENERAL_UNION] ?? schema.name?.slice(UNION_PREFIX.length) ?? ''
  return name.slice(name.lastIndexOf('.') + 1)
}

/** A name that Protobuf allows. @throws {DataError} where it is not, and may not be changed. */
export function identifier(name: string, options: ProtobufOptions): string {
  if (IDENTIFIER.test(name)) return name
  if (options.scrubNames) {
    const scrubbed = name.replaceAll(/[^A-Za-z0-9_]/g, '_')
    return /^\d/.test(scrubbed) ? `x${scrubbed}` : scrubbed
  }
  throw new DataError(`${name} is no name that Protobuf allows: set scrub.invalid.names=true`)
}

function splitName(fullName: string, options: ProtobufOptions): { space: string; name: string } {
  const parts = fullName.split('.').map((part) => identifier(part, options))
  return { space: parts.slice(0, -1).join('.'), name: parts.at(-1) ?? '' }
}

function tagsOf(schema: Schema): number[] {
  return schema.fields.flatMap((field) => {
    const inner = isUnion(field.schema) ? tagsOf(field.schema) : []
    const written = field.schema.parameters?.[TAG]
    return written === undefined ? inner : [Number(written), ...inner]
  })
}

function sameFields(a: Schema, b: Schema): boolean {
  return (
    a.name === b.name &&
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.name === b.fields[i]?.name && field.schema.equals(b.fields[i].schema))
  )
}

function enumText(schema: Schema, name: string, indent: string): string {
  const parameter = schema.parameters?.[GENERAL_ENUM] === undefined ? ENUM : GENERAL_ENUM
  const symbols = Object.entries(schema.parameters ?? {})
    .filter(([key]) => key.startsWith(`${parameter}.`))
    .map(([key, number]) => ({ symbol: key.slice(parameter.length + 1), number: Number(number) }))
  // The first symbol of a proto3 enum is its zero.
  symbols.sort((a, b) => Number(b.number === 0) - Number(a.number === 0))
  const lines = symbols.map(({ symbol, number }) => `${indent}  ${symbol} = ${number};\n`)
  return `${indent}enum ${name} {\n${lines.join('')}${indent}}\n`
}
