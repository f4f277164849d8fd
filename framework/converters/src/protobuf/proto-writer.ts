import {
  DataError,
  DATE,
  Decimal,
  DECIMAL,
  isStructValue,
  logicalNameOf,
  SCALE_PARAMETER,
  type Schema,
  TIME,
  TIMESTAMP,
  validateValue,
} from '@spillway/api'
import { PRECISION } from './connect-schema-of-proto.ts'
import type { ProtobufOptions } from './protobuf-options.ts'
import { WIRE } from './proto-cursor.ts'
import type { ProtoField, ProtoMessage, ProtoScalar } from './proto-model.ts'
import type { ProtoSink } from './proto-sink.ts'
import { identifier, isUnion } from './proto-text-of.ts'

/** Writes the fields of one Connect value as one message. */
export type ProtoWriter = (sink: ProtoSink, value: unknown) => void

/** Writes one single value, without its tag. */
interface ValueWriter {
  readonly wire: number
  /** True where the value is what readers assume of an absent field. */
  isBlank(value: unknown): boolean
  write(sink: ProtoSink, value: unknown): void
}

/**
 * Compiles the writer of a Connect schema's values as a message: the one made from it, or one the registry has.
 *
 * @throws {DataError} where the message lacks a field; the writer itself throws it for values that do not fit.
 */
export function protoWriter(
  message: ProtoMessage,
  schema: Schema,
  options: ProtobufOptions,
  path = 'value',
): ProtoWriter {
  if (schema.type !== 'STRUCT') {
    const field = message.fields.find((candidate) => candidate.name === 'value')
    if (field === undefined)
      throw new DataError(`Message ${message.fullName} cannot hold a ${schema.type} (at ${path})`)
    const write = fieldWriter(field, schema, options, path)
    return (sink, value) => write(sink, value ?? schema.defaultValue ?? null)
  }
  const byName = new Map(message.fields.map((field) => [field.name, field]))
  const find = (name: string): ProtoField => {
    const field = byName.get(identifier(name, options))
    if (field === undefined)
      throw new DataError(`Message ${message.fullName} has no field ${name} (at ${path})`)
    return field
  }
  const writers = schema.fields.map((field): ProtoWriter => {
    const inner = `${path}.${field.name}`
    if (!isUnion(field.schema)) return fieldWriter(find(field.name), field.schema, options, inner)
    const branches = field.schema.fields.map((branch) =>
      fieldWriter(find(branch.name), branch.schema, options, `${inner}.${branch.name}`),
    )
    return (sink, value) => {
      if (value === null) return
      if (!isStructValue(value)) throw wrongValue('a union', value, inner)
      const set = branches.findIndex((_, i) => value.at(i) !== null)
      branches[set]?.(sink, value.at(set))
    }
  })
  return (sink, value) => {
    if (!isStructValue(value)) throw wrongValue('a struct', value, path)
    if (value.schema !== schema && !value.schema.equals(schema))
      throw new DataError('Mismatching struct schema')
    for (let i = 0; i < writers.length; i++) {
      ;(writers[i] as ProtoWriter)(sink, value.at(i) ?? schema.fields[i]?.schema.defaultValue ?? null)
    }
  }
}

function fieldWriter(field: ProtoField, schema: Schema, options: ProtobufOptions, path: string): ProtoWriter {
  if (field.mapKey !== undefined) return mapWriter(field, schema, options, path)
  if (field.repeated) return repeatedWriter(field, schema, options, path)
  const single = valueWriter(field, schema, options, path)
  const tag = (field.number << 3) | single.wire
  const isExplicit = field.optional || field.oneof !== undefined
  return (sink, value) => {
    if (value === null) return
    if (!isExplicit && single.isBlank(value)) return
    sink.varint32(tag)
    single.write(sink, value)
  }
}

function repeatedWriter(
  field: ProtoField,
  schema: Schema,
  options: ProtobufOptions,
  path: string,
): ProtoWriter {
  if (schema.type !== 'ARRAY')
    throw new DataError(`Protobuf field ${field.name} is repeated, but ${path} is no array`)
  const single = valueWriter(field, schema.valueSchema, options, `${path}[]`)
  const isPacked = field.packed && single.wire !== WIRE.bytes
  return (sink, value) => {
    if (value === null) return
    if (!Array.isArray(value)) throw wrongValue('an array', value, path)
    if (value.length === 0) return
    if (isPacked) {
      sink.varint32((field.number << 3) | WIRE.bytes)
      sink.delimited((inner) => {
        for (const item of value) single.write(inner, item)
      })
      return
    }
    for (const item of value) {
      sink.varint32((field.number << 3) | single.wire)
      single.write(sink, item)
    }
  }
}

function mapWriter(field: ProtoField, schema: Schema, options: ProtobufOptions, path: string): ProtoWriter {
  if (schema.type !== 'MAP') throw new DataError(`Protobuf field ${field.name} is a map, but ${path} is not`)
  const bare = { ...field, mapKey: undefined, repeated: false, optional: true, oneof: undefined }
  const key = fieldWriter(
    { ...bare, number: 1, type: field.mapKey ?? 'string' },
    schema.keySchema,
    options,
    `${path}{key}`,
  )
  const item = fieldWriter({ ...bare, number: 2 }, schema.valueSchema, options, `${path}{}`)
  return (sink, value) => {
    if (value === null) return
    if (!(value instanceof Map)) throw wrongValue('a map', value, path)
    for (const [k, v] of value as Map<unknown, unknown>) {
      // Left out, it would be read as a key or value of its own: the empty text, or 0.
      if (k === null || k === undefined) throw new DataError(`Protobuf maps hold no null keys (at ${path})`)
      if (v === null || v === undefined)
        throw new DataError(`Protobuf collections hold no nulls (at ${path}{})`)
      sink.varint32((field.number << 3) | WIRE.bytes)
      sink.delimited((inner) => {
        key(inner, k)
        item(inner, v)
      })
    }
  }
}

function valueWriter(
  { type }: ProtoField,
  schema: Schema,
  options: ProtobufOptions,
  path: string,
): ValueWriter {
  if (typeof type === 'string') return checked(scalarWriter(type), schema, path)
  if (type.kind === 'enum') {
    const numbers = type.numbers
    const numberOf = (value: unknown): number => {
      const number = typeof value === 'number' ? value : numbers.get(value as string)
      if (number === undefined)
        throw new DataError(`Enum ${type.fullName} has no symbol ${String(value)} (at ${path})`)
      return number
    }
    return {
      wire: WIRE.varint,
      isBlank: (value) => numberOf(value) === 0,
      write: (sink, value) => sink.int32(numberOf(value)),
    }
  }
  const write = messageWriter(type, schema, options, path)
  return {
    wire: WIRE.bytes,
    isBlank: () => false,
    write(sink, value) {
      if (value === null) throw new DataError(`Protobuf collections hold no nulls (at ${path})`)
      sink.delimited((inner) => write(inner, value))
    },
  }
}

function checked(writer: ValueWriter, schema: Schema, path: string): ValueWriter {
  return {
    ...writer,
    write(sink, value) {
      if (value === null) throw new DataError(`Protobuf collections hold no nulls (at ${path})`)
      validateValue(schema, value, path)
      writer.write(sink, value)
    },
  }
}

const isZero = (value: unknown): boolean => value === 0 && !Object.is(value, -0)
const isZeroLong = (value: unknown): boolean => value === 0n
const isEmpty = (value: unknown): boolean => (value as { length?: number } | null)?.length === 0

function scalarWriter(type: ProtoScalar): ValueWriter {
  const of = <T>(
    wire: number,
    isBlank: (value: unknown) => boolean,
    write: (sink: ProtoSink, value: T) => void,
  ): ValueWriter => ({ wire, isBlank, write: (sink, value) => write(sink, value as T) })
  switch (type) {
    case 'int32':
      return of<number>(WIRE.varint, isZero, (sink, value) => sink.int32(value))
    case 'sint32':
      return of<number>(WIRE.varint, isZero, (sink, value) =>
        sink.varint32(((value << 1) ^ (value >> 31)) >>> 0),
      )
    case 'sfixed32':
      return of<number>(WIRE.fixed32, isZero, (sink, value) => sink.fixed32(value))
    case 'uint32':
      return of<bigint>(WIRE.varint, isZeroLong, (sink, value) => sink.varint64(unsigned32(value)))
    case 'fixed32':
      return of<bigint>(WIRE.fixed32, isZeroLong, (sink, value) =>
        sink.fixed32(Number(unsigned32(value)) | 0),
      )
    case 'int64':
    case 'uint64':
      return of<bigint>(WIRE.varint, isZeroLong, (sink, value) => sink.varint64(BigInt.asUintN(64, value)))
    case 'sint64':
      return of<bigint>(WIRE.varint, isZeroLong, (sink, value) =>
        sink.varint64(BigInt.asUintN(64, value < 0n ? -2n * value - 1n : 2n * value)),
      )
    case 'fixed64':
    case 'sfixed64':
      return of<bigint>(WIRE.fixed64, isZeroLong, (sink, value) => sink.fixed64(value))
    case 'float':
      return of<number>(WIRE.fixed32, isZero, (sink, value) => sink.float(value))
    case 'double':
      return of<number>(WIRE.fixed64, isZero, (sink, value) => sink.double(value))
    case 'bool':
      return of<boolean>(
        WIRE.varint,
        (value) => value === false,
        (sink, value) => sink.varint32(value ? 1 : 0),
      )
    case 'string':
      return of<string>(WIRE.bytes, isEmpty, (sink, value) => sink.string(value))
    case 'bytes':
      return of<Uint8Array>(WIRE.bytes, isEmpty, (sink, value) => sink.bytes(value))
  }
}

function unsigned32(value: bigint): bigint {
  if (value >= 0n && value < 2n ** 32n) return value
  throw new DataError(`${value} does not fit an unsigned number of 32 bits`)
}

function messageWriter(
  type: ProtoMessage,
  schema: Schema,
  options: ProtobufOptions,
  path: string,
): ProtoWriter {
  const numbers = (parts: (value: Date) => readonly number[]): ProtoWriter => {
    return (sink, value) => {
      if (!(value instanceof Date)) throw wrongValue(schema.name ?? schema.type, value, path)
      for (const [i, part] of parts(value).entries()) {
        if (part === 0) continue
        sink.varint32(((i + 1) << 3) | WIRE.varint)
        sink.varint64(BigInt.asUintN(64, BigInt(part)))
      }
    }
  }
  switch (logicalNameOf(schema)) {
    case DECIMAL:
      return decimalWriter(schema, path)
    case DATE:
      return numbers((date) => [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
    case TIME:
      return numbers((time) => [
        time.getUTCHours(),
        time.getUTCMinutes(),
        time.getUTCSeconds(),
        time.getUTCMilliseconds() * 1e6,
      ])
    case TIMESTAMP:
      return numbers((instant) => {
        const seconds = Math.floor(instant.getTime() / 1000)
        return [seconds, (instant.getTime() - seconds * 1000) * 1e6]
      })
    default:
      return protoWriter(type, schema, options, path)
  }
}

function decimalWriter(schema: Schema, path: string): ProtoWriter {
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  const precision = Number(schema.parameters?.[PRECISION] ?? 0)
  return (sink, value) => {
    if (!(value instanceof Decimal) || value.scale !== scale)
      throw wrongValue(`a decimal of scale ${scale}`, value, path)
    sink.varint32((1 << 3) | WIRE.bytes)
    sink.bytes(value.toBytes())
    const digits = precision > 0 ? precision : value.unscaled.toString().replace('-', '').length
    sink.varint32((2 << 3) | WIRE.varint)
    sink.varint32(digits)
    if (scale !== 0) {
      sink.varint32((3 << 3) | WIRE.varint)
      sink.int32(scale)
    }
  }
}

function wrongValue(expected: string, value: unknown, path: string): DataError {
  const found = typeof value === 'object' ? (value?.constructor?.name ?? 'null') : typeof value
  return new DataError(`Expected ${expected} at ${path}, but found ${found}`)
}
