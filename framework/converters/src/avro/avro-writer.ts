import {
  DataError,
  Decimal,
  type Field,
  isDecimal,
  isStructValue,
  MILLIS_PER_DAY,
  SCALE_PARAMETER,
  type Schema,
  type SchemaType,
  TIME,
} from '@spillway/api'
import { writeAnything } from './anything.ts'
import { connectDefaultOf } from './avro-default.ts'
import { ANYTHING, branchField, fieldName, isMapEntry, isUnionStruct, simpleName } from './avro-names.ts'
import type { AvroDataOptions } from './avro-options.ts'
import {
  type AvroField,
  type AvroPrimitive,
  type AvroRecord,
  type AvroType,
  avroTypeName,
} from './avro-schema.ts'
import type { AvroSink } from './avro-sink.ts'
import { connectSchemaOf } from './connect-schema-of.ts'

/** How values of Connect become those of Avro. */
export interface AvroWriteOptions extends AvroDataOptions {
  /**
   * The Avro schema was made of the Connect schema, not found in a registry: its parts are those of the other in their
   * order, whatever their names have become, and decimals keep to the precision that it names.
   */
  readonly isOwnSchema?: boolean
}

/** Writes one Connect value of one schema as one Avro type. */
export type AvroWriter = (sink: AvroSink, value: unknown) => void

/**
 * Compiles the writer of a Connect schema's values as an Avro type: the one made from it, or one the registry has.
 *
 * @throws {DataError} where the Avro type cannot hold such values; the writer itself throws it for single values.
 */
export function avroWriter(
  type: AvroType,
  schema: Schema | undefined,
  options: AvroWriteOptions,
  path = 'value',
): AvroWriter {
  if (schema === undefined) return anythingWriter(type, path)
  if (type.kind === 'union') return unionWriter(type.branches, schema, options, path)
  const write = valueWriter(type, schema, options, path)
  const { defaultValue } = schema
  return (sink, given) => {
    const value = given ?? defaultValue ?? null
    if (value === null) throw new DataError(`Found null value for non-optional schema at ${path}`)
    write(sink, value)
  }
}

function anythingWriter(type: AvroType, path: string): AvroWriter {
  if (avroTypeName(type) === ANYTHING) return (sink, value) => writeAnything(sink, value)
  throw new DataError(`Data without schema cannot be written as ${avroTypeName(type)} (at ${path})`)
}

function unionWriter(
  branches: readonly AvroType[],
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
): AvroWriter {
  const nullIndex = branches.findIndex((branch) => branch.kind === 'null')
  const writeNull = (sink: AvroSink): void => {
    if (nullIndex < 0) throw new DataError(`Found null value for non-optional schema at ${path}`)
    sink.int(nullIndex)
  }
  if (isUnionStruct(schema)) return sumWriter(branches, schema, options, path, writeNull)
  const index = branches.findIndex((branch) =>
    options.isOwnSchema === true ? branch.kind !== 'null' : mayHold(branch, schema),
  )
  const branch = branches[index]
  if (branch === undefined) throw misfit(branches.map(avroTypeName).join(' or '), schema, path)
  const write = valueWriter(branch, schema, options, path)
  const byDefault = options.ignoreDefaultForNullables ? null : (schema.defaultValue ?? null)
  return (sink, given) => {
    const value = given ?? byDefault
    if (value === null) return writeNull(sink)
    sink.int(index)
    write(sink, value)
  }
}

/** Writes the one field that is set, as the branch it stands for. */
function sumWriter(
  branches: readonly AvroType[],
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
  writeNull: (sink: AvroSink) => void,
): AvroWriter {
  const held = branches.flatMap(({ kind }, index) => (kind === 'null' ? [] : [index]))
  const indexOf = (field: Field): number => {
    if (options.isOwnSchema === true) return held[field.index] ?? -1
    const byName = branches.findIndex((branch, i) => branchField(branch, i, options) === field.name)
    return byName >= 0 ? byName : branches.findIndex((branch) => mayHold(branch, field.schema))
  }
  const writers = schema.fields.map((field): { index: number; write: AvroWriter } => {
    const index = indexOf(field)
    const branch = branches[index]
    if (branch === undefined) throw misfit('any branch of the union', field.schema, `${path}.${field.name}`)
    return { index, write: valueWriter(branch, field.schema, options, `${path}.${field.name}`) }
  })
  return (sink, value) => {
    if (value === null || value === undefined) return writeNull(sink)
    if (!isStructValue(value)) throw wrongValue(schema.type, value, path)
    const set = writers.findIndex((_, i) => value.at(i) !== null)
    if (set < 0) return writeNull(sink)
    const { index, write } = writers[set] as (typeof writers)[number]
    sink.int(index)
    write(sink, value.at(set))
  }
}

/** Which Connect types a plain Avro type can hold without loss. */
const HOLDS: Readonly<Record<string, readonly SchemaType[]>> = {
  boolean: ['BOOLEAN'],
  int: ['INT8', 'INT16', 'INT32'],
  long: ['INT8', 'INT16', 'INT32', 'INT64'],
  float: ['FLOAT32'],
  double: ['FLOAT32', 'FLOAT64'],
  string: ['STRING'],
  enum: ['STRING'],
  bytes: ['BYTES'],
  fixed: ['BYTES'],
  map: ['MAP'],
}

function mayHold(type: AvroType, schema: Schema): boolean {
  if (type.kind === 'array') return schema.type === (isMapEntry(type.items) ? 'MAP' : 'ARRAY')
  if (type.kind === 'record') {
    if (schema.type !== 'STRUCT') return false
    return (
      schema.name === undefined ||
      simpleName(type.name) === simpleName(schema.name) ||
      type.name === schema.name
    )
  }
  return HOLDS[type.kind]?.includes(schema.type) ?? false
}

function valueWriter(type: AvroType, schema: Schema, options: AvroWriteOptions, path: string): AvroWriter {
  const isChecked = type.kind !== 'record' && options.isOwnSchema !== true
  if (isChecked && !mayHold(type, schema)) throw misfit(avroTypeName(type), schema, path)
  const refuse = (value: unknown): never => {
    throw wrongValue(schema.name ?? schema.type, value, path)
  }
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
    case 'bytes':
      return plainWriter(type.kind, schema, refuse, precisionOf(type, options))
    case 'enum': {
      const indexes = new Map(type.symbols.map((symbol, i) => [symbol, i]))
      return (sink, value) => sink.int(indexes.get(value as string) ?? noSymbol(type.name, value, path))
    }
    case 'fixed': {
      const bytesOf = bytesReader(schema, refuse, precisionOf(type, options))
      return (sink, value) => sink.fixed(padded(bytesOf(value), type.size, isDecimal(schema), path))
    }
    case 'array':
      return schema.type === 'MAP'
        ? entriesWriter(type.items as AvroRecord, schema, options, path, refuse)
        : arrayWriter(type.items, schema, options, path, refuse)
    case 'map':
      return mapWriter(type.values, schema, options, path, refuse)
    case 'record':
      return recordWriter(type, schema, options, path, refuse)
    default:
      throw misfit(type.kind, schema, path)
  }
}

type Refusal = (value: unknown) => never

/**
 * Writes values of a Connect type that has no parts.
 *
 * @param precision how many digits a decimal may have; undefined where nobody has said it.
 */
export function plainWriter(
  kind: Exclude<AvroPrimitive, 'null'>,
  schema: Schema,
  refuse: Refusal,
  precision: number | undefined,
): AvroWriter {
  switch (kind) {
    case 'boolean':
      return (sink, value) => (typeof value === 'boolean' ? sink.boolean(value) : refuse(value))
    case 'int':
    case 'long':
      return integerWriter(schema, refuse)
    case 'float':
      return (sink, value) => (typeof value === 'number' ? sink.float(value) : refuse(value))
    case 'double':
      return (sink, value) => (typeof value === 'number' ? sink.double(value) : refuse(value))
    case 'string':
      return (sink, value) => (typeof value === 'string' ? sink.string(value) : refuse(value))
    case 'bytes': {
      const bytesOf = bytesReader(schema, refuse, precision)
      return (sink, value) => sink.bytes(bytesOf(value))
    }
  }
}

function precisionOf({ props }: AvroType, options: AvroWriteOptions): number | undefined {
  const { precision } = props
  return options.isOwnSchema === true && typeof precision === 'number' ? precision : undefined
}

const LIMITS: Readonly<Partial<Record<SchemaType, number>>> = { INT8: 2 ** 7, INT16: 2 ** 15, INT32: 2 ** 31 }

function integerWriter(schema: Schema, refuse: Refusal): AvroWriter {
  // A Date's days, or any milliseconds.
  const unit = schema.type === 'INT32' && schema.name?.endsWith('.Date') === true ? MILLIS_PER_DAY : 1
  const limit = LIMITS[schema.type]
  const isTime = schema.name === TIME
  return (sink, value) => {
    const whole = value instanceof Date ? value.getTime() / unit : value
    if (typeof whole === 'bigint' && limit === undefined) return sink.long(whole)
    const isInstant = value instanceof Date
    if (isInstant && isTime && !((whole as number) >= 0 && (whole as number) < MILLIS_PER_DAY)) {
      throw new DataError(`A Time lies within one day, but ${String(whole)} ms do not: ${schema.name}`)
    }
    if (typeof whole !== 'number' || !Number.isInteger(whole) || (limit === undefined && !isInstant)) {
      return refuse(value)
    }
    if (limit !== undefined && (whole < -limit || whole >= limit)) return refuse(value)
    return sink.int(whole)
  }
}

function bytesReader(
  schema: Schema,
  refuse: Refusal,
  precision: number | undefined,
): (value: unknown) => Uint8Array {
  if (!isDecimal(schema)) return (value) => (value instanceof Uint8Array ? value : refuse(value))
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  const limit = precision === undefined || precision > MOST_COUNTED ? undefined : 10n ** BigInt(precision)
  return (value) => {
    // Bytes that were only called a decimal, as by SetSchemaMetadata, are what one is made of.
    if (value instanceof Uint8Array) return value
    if (!(value instanceof Decimal)) return refuse(value)
    if (value.scale !== scale) {
      throw new DataError(
        `Decimal ${value.toString()} has scale ${value.scale}, but its schema says ${scale}`,
      )
    }
    if (limit !== undefined && (value.unscaled >= limit || value.unscaled <= -limit)) {
      throw new DataError(
        `Decimal ${shortened(value)} has more digits than its precision, which is ${precision}`,
      )
    }
    return value.toBytes()
  }
}

/** Decimals of a larger precision are taken as they come: to count their digits would cost more than they are worth. */
const MOST_COUNTED = 10_000

function shortened(value: Decimal): string {
  const text = value.toString()
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** Fixed values take exactly their size; a shorter decimal is widened by its sign. */
function padded(bytes: Uint8Array, size: number, isNumber: boolean, path: string): Uint8Array {
  if (bytes.length === size) return bytes
  if (bytes.length > size || !isNumber) {
    throw new DataError(`${bytes.length} bytes do not fit a fixed of ${size} at ${path}`)
  }
  const wide = Buffer.alloc(size, (bytes[0] ?? 0) >= 0x80 ? 0xff : 0)
  wide.set(bytes, size - bytes.length)
  return wide
}

function arrayWriter(
  items: AvroType,
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
  refuse: Refusal,
): AvroWriter {
  const write = avroWriter(items, schema.valueSchemaIfAny, options, `${path}[]`)
  return (sink, value) => {
    if (!Array.isArray(value)) return refuse(value)
    if (value.length > 0) sink.int(value.length)
    for (const item of value) write(sink, item)
    sink.int(0)
  }
}

function mapWriter(
  values: AvroType,
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
  refuse: Refusal,
): AvroWriter {
  const write = avroWriter(values, schema.valueSchemaIfAny, options, `${path}{}`)
  return (sink, value) => {
    if (!(value instanceof Map)) return refuse(value)
    if (value.size > 0) sink.int(value.size)
    for (const [key, item] of value as Map<unknown, unknown>) {
      if (typeof key !== 'string') throw noTextKey(key, path)
      sink.string(key)
      write(sink, item)
    }
    sink.int(0)
  }
}

function entriesWriter(
  entry: AvroRecord,
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
  refuse: Refusal,
): AvroWriter {
  const writers = entry.fields.map((field) => {
    const part = field.name === 'key' ? schema.keySchemaIfAny : schema.valueSchemaIfAny
    return {
      isKey: field.name === 'key',
      write: avroWriter(field.type, part, options, `${path}{${field.name}}`),
    }
  })
  return (sink, value) => {
    if (!(value instanceof Map)) return refuse(value)
    if (value.size > 0) sink.int(value.size)
    for (const [key, item] of value as Map<unknown, unknown>) {
      for (const { isKey, write } of writers) write(sink, isKey ? key : item)
    }
    sink.int(0)
  }
}

function recordWriter(
  type: AvroRecord,
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
  refuse: Refusal,
): AvroWriter {
  if (type.name === ANYTHING || schema.type !== 'STRUCT') throw misfit(type.name, schema, path)
  if (options.isOwnSchema === true) return ownRecordWriter(type, schema, options, path, refuse)
  const byName = new Map(schema.fields.map((field) => [fieldName(field.name, options), field]))
  const known = new Set(type.fields.map(({ name }) => name))
  const extra = [...byName.keys()].find((name) => !known.has(name))
  if (extra !== undefined) throw new DataError(`Record ${type.name} has no field ${extra} (at ${path})`)
  const writers = type.fields.map((field): { index: number; write: AvroWriter } => {
    const source = byName.get(field.name)
    if (source === undefined) return { index: -1, write: defaultWriter(type, field, options, path) }
    return {
      index: source.index,
      write: avroWriter(field.type, source.schema, options, `${path}.${field.name}`),
    }
  })
  return (sink, value) => {
    if (!isStructValue(value)) return refuse(value)
    if (value.schema !== schema && !value.schema.equals(schema))
      throw new DataError('Mismatching struct schema')
    for (const { index, write } of writers) write(sink, index < 0 ? null : value.at(index))
  }
}

/** Writes the fields in their order. */
function ownRecordWriter(
  type: AvroRecord,
  schema: Schema,
  options: AvroWriteOptions,
  path: string,
  refuse: Refusal,
): AvroWriter {
  const compiled = (): AvroWriter[] =>
    type.fields.map((field, i) => {
      const source = schema.fields[i]
      if (source === undefined) throw misfit(type.name, schema, path)
      return avroWriter(field.type, source.schema, options, `${path}.${source.name}`)
    })
  // When the first value comes: structs that share others have more places than any value can fill.
  let writers: AvroWriter[] | undefined
  return (sink, value) => {
    if (!isStructValue(value)) return refuse(value)
    if (value.schema !== schema && !value.schema.equals(schema))
      throw new DataError('Mismatching struct schema')
    writers ??= compiled()
    for (let i = 0; i < writers.length; i++) (writers[i] as AvroWriter)(sink, value.at(i))
  }
}

/** Writes what a registered schema says for a field that the value does not have. */
function defaultWriter(
  record: AvroRecord,
  field: AvroField,
  options: AvroWriteOptions,
  path: string,
): AvroWriter {
  if (!field.hasDefault) {
    throw new DataError(
      `Record ${record.name} needs a field ${field.name}, and has no default for it (at ${path})`,
    )
  }
  const schema = connectSchemaOf(field.type, options)
  const byDefault = connectDefaultOf(field.type, schema, field.defaultValue)
  const write = avroWriter(field.type, schema, options, `${path}.${field.name}`)
  return (sink) => write(sink, byDefault)
}

function misfit(what: string, schema: Schema, path: string): DataError {
  return new DataError(`Avro type ${what} cannot hold ${schema.name ?? schema.type} (at ${path})`)
}

function noSymbol(name: string, value: unknown, path: string): never {
  if (typeof value !== 'string') throw wrongValue(name, value, path)
  const shown = JSON.stringify(value.slice(0, 100))
  throw new DataError(`Invalid type for ${name}: ${shown} is none of its symbols (at ${path})`)
}

function noTextKey(key: unknown, path: string): DataError {
  const found = key === null || key === undefined ? 'null' : `a ${typeof key}`
  return new DataError(
    `Keys of Avro's maps are texts, but one is ${found} (at ${path}): set allow.optional.map.keys=false`,
  )
}

function wrongValue(expected: string, value: unknown, path: string): DataError {
  const found = typeof value === 'object' ? (value?.constructor?.name ?? 'null') : typeof value
  return new DataError(`Invalid type for ${expected}: ${found} (at ${path})`)
}
