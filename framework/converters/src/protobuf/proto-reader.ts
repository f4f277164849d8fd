import {
  DataError,
  Decimal,
  DECIMAL,
  MILLIS_PER_DAY,
  SCALE_PARAMETER,
  type Schema,
  Struct,
} from '@spillway/api'
import { beginMessage, STRUCT_COST, takeValues } from '../value-budget.ts'
import { unionField, wrappedType } from './connect-schema-of-proto.ts'
import type { ProtobufOptions } from './protobuf-options.ts'
import { ProtoCursor, WIRE } from './proto-cursor.ts'
import type { ProtoEnum, ProtoField, ProtoMessage, ProtoScalar } from './proto-model.ts'

/** Reads a whole message of one type. @throws {DataError} for bytes that are none. */
export type ProtoReader = (bytes: Buffer) => unknown

/** Reads one value of a field at the cursor; `wire` is the layout it is expected in. */
interface ValueReader {
  readonly wire: number
  read(cursor: ProtoCursor): unknown
}

/** Compiles the reader of a message straight into Connect values of its schema. */
export function protoReader(message: ProtoMessage, schema: Schema, options: ProtobufOptions): ProtoReader {
  const read =
    schema.type === 'STRUCT'
      ? structReader(message, schema, options)
      : wrapperReader(message, options, schema)
  return (bytes) => {
    beginMessage(bytes.length)
    return read(bytes)
  }
}

/** What happens to a struct's values when a field's number turns up. */
interface Slot {
  readonly reader: ValueReader
  readonly packed: boolean
  put(values: unknown[], value: unknown): void
}

function structReader(message: ProtoMessage, schema: Schema, options: ProtobufOptions): ProtoReader {
  const slots = new Map<number, Slot>()
  /** Defaults of the fields that are never null, in the order of the schema. */
  const blanks: ((() => unknown) | null)[] = schema.fields.map(() => null)
  /** Messages are read when all their parts have come: a field may come in several. */
  const wholes: { index: number; read: ProtoReader }[] = []
  for (const [i, oneof] of message.oneofs.entries()) {
    const union = options.flattenUnions ? undefined : schema.field(unionField(oneof.name, i, options))
    const holder = union?.schema ?? schema
    const rivals = oneof.fields.map((rival) => fieldOf(holder, rival.name).index)
    for (const field of oneof.fields) {
      const target = fieldOf(holder, field.name)
      const reader = valueReader(field, target.schema, options)
      slots.set(field.number, {
        reader,
        packed: false,
        put(values, value) {
          if (union === undefined) {
            for (const rival of rivals) values[rival] = null
            values[target.index] = value
            return
          }
          takeValues(rivals.length + STRUCT_COST)
          const branches: unknown[] = union.schema.fields.map(() => null)
          branches[target.index] = value
          values[union.index] = Struct.ofTrusted(union.schema, branches)
        },
      })
    }
  }
  for (const field of message.fields) {
    if (field.oneof !== undefined) continue
    const { index, schema: fieldSchema } = fieldOf(schema, field.name)
    if (field.mapKey !== undefined) {
      blanks[index] = () => new Map()
      const reader = entryReader(field, fieldSchema, options)
      const put = (values: unknown[], entry: unknown): void => {
        const [key, value] = entry as [unknown, unknown]
        ;(values[index] as Map<unknown, unknown>).set(key, value)
      }
      slots.set(field.number, { reader, packed: false, put })
    } else if (field.repeated) {
      blanks[index] = () => []
      const reader = valueReader(field, fieldSchema.valueSchema, options)
      const put = (values: unknown[], value: unknown): void => void (values[index] as unknown[]).push(value)
      slots.set(field.number, { reader, packed: reader.wire !== WIRE.bytes, put })
    } else if (typeof field.type === 'object' && field.type.kind === 'message') {
      const read = messageReader(field.type, fieldSchema, options)
      wholes.push({ index, read })
      if (options.structForNulls) blanks[index] = () => []
      const put = (values: unknown[], bytes: unknown): void => {
        const earlier = values[index] as Buffer[] | null
        if (earlier === null) values[index] = [bytes]
        else earlier.push(bytes as Buffer)
      }
      slots.set(field.number, { reader: RAW_BYTES, packed: false, put })
    } else {
      const isNullable = field.isProto3Optional || (options.optionalForProto2 && field.optional)
      if (!isNullable) blanks[index] = defaultOf(field, options)
      const put = (values: unknown[], value: unknown): void => void (values[index] = value)
      slots.set(field.number, { reader: valueReader(field, fieldSchema, options), packed: false, put })
    }
  }
  return (bytes) => {
    takeValues(blanks.length + STRUCT_COST)
    const values: unknown[] = blanks.map((blank) => (blank === null ? null : blank()))
    const cursor = new ProtoCursor(bytes)
    while (cursor.hasMore) {
      const tag = cursor.varint32() >>> 0
      const wire = tag & 7
      if (tag >>> 3 === 0)
        throw new DataError('a field has number 0: the bytes are no Protobuf message of this type')
      const slot = slots.get(tag >>> 3)
      if (slot === undefined) cursor.skip(wire)
      else if (wire === slot.reader.wire) slot.put(values, slot.reader.read(cursor))
      else if (slot.packed && wire === WIRE.bytes) readPacked(cursor.bytes(), slot, values)
      else cursor.skip(wire)
    }
    for (const { index, read } of wholes) {
      const pieces = values[index] as Buffer[] | null
      if (pieces !== null)
        values[index] = read(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces))
    }
    return Struct.ofTrusted(schema, values)
  }
}

const RAW_BYTES: ValueReader = { wire: WIRE.bytes, read: (cursor) => cursor.bytes() }

function fieldOf(schema: Schema, name: string): { readonly index: number; readonly schema: Schema } {
  const field = schema.field(name)
  if (field === undefined) throw new DataError(`The Connect schema lacks the Protobuf field ${name}`)
  return field
}

function readPacked(bytes: Buffer, slot: Slot, values: unknown[]): void {
  const cursor = new ProtoCursor(bytes)
  while (cursor.hasMore) slot.put(values, slot.reader.read(cursor))
}

function entryReader(field: ProtoField, schema: Schema, options: ProtobufOptions): ValueReader {
  const keyField: ProtoField = { ...field, type: field.mapKey ?? 'string', mapKey: undefined, params: {} }
  const key = valueReader(keyField, schema.keySchema, options)
  const value = valueReader({ ...field, mapKey: undefined }, schema.valueSchema, options)
  const blankKey = defaultOf(keyField, options)
  const isMessage = typeof field.type === 'object' && field.type.kind === 'message'
  const blankValue = isMessage
    ? (): unknown => value.read(new ProtoCursor(Buffer.from([0])))
    : defaultOf({ ...field, mapKey: undefined }, options)
  const read = (cursor: ProtoCursor): [unknown, unknown] => {
    const inner = new ProtoCursor(cursor.bytes())
    let foundKey: unknown
    let foundValue: unknown
    while (inner.hasMore) {
      const tag = inner.varint32() >>> 0
      if (tag === ((1 << 3) | key.wire)) foundKey = key.read(inner)
      else if (tag === ((2 << 3) | value.wire)) foundValue = value.read(inner)
      else inner.skip(tag & 7)
    }
    return [foundKey ?? blankKey(), foundValue ?? blankValue()]
  }
  return { wire: WIRE.bytes, read }
}

function valueReader({ type }: ProtoField, schema: Schema, options: ProtobufOptions): ValueReader {
  if (typeof type === 'string') return scalarReader(type, schema)
  if (type.kind === 'enum') return enumReader(type, options)
  const read = messageReader(type, schema, options)
  return { wire: WIRE.bytes, read: (cursor) => read(cursor.bytes()) }
}

function enumReader(type: ProtoEnum, options: ProtobufOptions): ValueReader {
  if (options.intForEnums) return { wire: WIRE.varint, read: (cursor) => cursor.varint32() }
  const symbols = symbolsOf(type)
  const read = (cursor: ProtoCursor): string => {
    const number = cursor.varint32()
    return symbols.get(number) ?? `UNKNOWN_ENUM_VALUE_${type.name}_${number}`
  }
  return { wire: WIRE.varint, read }
}

/** Of several symbols for one number the first counts. */
function symbolsOf(type: ProtoEnum): Map<number, string> {
  const symbols = new Map<number, string>()
  for (const [symbol, number] of type.numbers) if (!symbols.has(number)) symbols.set(number, symbol)
  return symbols
}

function scalarReader(type: ProtoScalar, schema: Schema): ValueReader {
  switch (type) {
    case 'int32':
      return { wire: WIRE.varint, read: narrow(schema, (cursor) => cursor.varint32()) }
    case 'sint32':
      return { wire: WIRE.varint, read: narrow(schema, (cursor) => unzigzag(cursor.varint32())) }
    case 'sfixed32':
      return { wire: WIRE.fixed32, read: narrow(schema, (cursor) => cursor.fixed32()) }
    case 'uint32':
      return { wire: WIRE.varint, read: (cursor) => BigInt(cursor.varint32() >>> 0) }
    case 'fixed32':
      return { wire: WIRE.fixed32, read: (cursor) => BigInt(cursor.fixed32() >>> 0) }
    case 'int64':
    case 'uint64':
      // Java has no unsigned long: the upper half becomes negative there, and so it does in Connect.
      return { wire: WIRE.varint, read: (cursor) => BigInt.asIntN(64, cursor.varint64()) }
    case 'sint64':
      return { wire: WIRE.varint, read: (cursor) => unzigzag64(cursor.varint64()) }
    case 'fixed64':
    case 'sfixed64':
      return { wire: WIRE.fixed64, read: (cursor) => cursor.fixed64() }
    case 'float':
      return { wire: WIRE.fixed32, read: (cursor) => cursor.float() }
    case 'double':
      return { wire: WIRE.fixed64, read: (cursor) => cursor.double() }
    case 'bool':
      return { wire: WIRE.varint, read: (cursor) => cursor.varint64() !== 0n }
    case 'string':
      return { wire: WIRE.bytes, read: (cursor) => cursor.string() }
    case 'bytes':
      return { wire: WIRE.bytes, read: (cursor) => cursor.bytes() }
  }
}

/** An int32 that the schema says is an int8 or int16 must be one. */
function narrow(schema: Schema, read: (cursor: ProtoCursor) => number): (cursor: ProtoCursor) => number {
  const limit = schema.type === 'INT8' ? 2 ** 7 : schema.type === 'INT16' ? 2 ** 15 : undefined
  if (limit === undefined) return read
  return (cursor) => {
    const value = read(cursor)
    if (value < -limit || value >= limit) throw new DataError(`an ${schema.type} is out of its range`)
    return value
  }
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1)
}

function unzigzag64(value: bigint): bigint {
  return value & 1n ? -(value >> 1n) - 1n : value >> 1n
}

/** What a field that may not be null holds where nothing was written. */
function defaultOf({ type }: ProtoField, options: ProtobufOptions): () => unknown {
  if (typeof type === 'object') {
    if (type.kind === 'message') return () => null
    const [first = ['', 0]] = type.numbers
    const value = options.intForEnums ? first[1] : first[0]
    return () => value
  }
  switch (type) {
    case 'bool':
      return () => false
    case 'string':
      return () => ''
    case 'bytes':
      return () => Buffer.alloc(0)
    case 'int32':
    case 'sint32':
    case 'sfixed32':
    case 'float':
    case 'double':
      return () => 0
    default:
      return () => 0n
  }
}

function messageReader(type: ProtoMessage, schema: Schema, options: ProtobufOptions): ProtoReader {
  switch (type.fullName) {
    case 'confluent.type.Decimal':
      return schema.name === DECIMAL ? decimalReader(schema) : structReader(type, schema, options)
    case 'google.type.Date':
      return (bytes) => dateOf(readNumbers(bytes))
    case 'google.type.TimeOfDay':
      return (bytes) => timeOf(readNumbers(bytes))
    case 'google.protobuf.Timestamp':
      return (bytes) => timestampOf(readNumbers(bytes))
  }
  return schema.type === 'STRUCT' ? structReader(type, schema, options) : wrapperReader(type, options, schema)
}

/** The value of a message that does nothing but hold one. */
function wrapperReader(message: ProtoMessage, options: ProtobufOptions, schema: Schema): ProtoReader {
  const [field] = message.fields
  if (field === undefined || wrappedType(message) === undefined) {
    throw new DataError(`Message ${message.fullName} is no wrapper of a single value`)
  }
  const reader = valueReader(field, schema, options)
  const blank = defaultOf(field, options)
  return (bytes) => {
    let value = blank()
    const cursor = new ProtoCursor(bytes)
    while (cursor.hasMore) {
      const tag = cursor.varint32() >>> 0
      if (tag === ((field.number << 3) | reader.wire)) value = reader.read(cursor)
      else cursor.skip(tag & 7)
    }
    return value
  }
}

/** The integers of a small message by field number; absent ones are 0. */
function readNumbers(bytes: Buffer): readonly number[] {
  const numbers = [0, 0, 0, 0, 0]
  const cursor = new ProtoCursor(bytes)
  while (cursor.hasMore) {
    const tag = cursor.varint32() >>> 0
    if ((tag & 7) === WIRE.varint && tag >>> 3 < numbers.length) {
      numbers[tag >>> 3] = Number(BigInt.asIntN(64, cursor.varint64()))
    } else cursor.skip(tag & 7)
  }
  return numbers
}

function dateOf([, year = 0, month = 0, day = 0]: readonly number[]): Date {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    throw new DataError('a google.type.Date is no day of the calendar')
  }
  return date
}

function timeOf([, hours = 0, minutes = 0, seconds = 0, nanos = 0]: readonly number[]): Date {
  const millis = ((hours * 60 + minutes) * 60 + seconds) * 1000 + Math.floor(nanos / 1e6)
  const isWithin = minutes < 60 && seconds < 60 && minutes >= 0 && seconds >= 0 && nanos >= 0 && nanos < 1e9
  if (!isWithin || hours < 0 || millis >= MILLIS_PER_DAY) {
    throw new DataError('a google.type.TimeOfDay is no time of a day')
  }
  return new Date(millis)
}

function timestampOf([, seconds = 0, nanos = 0]: readonly number[]): Date {
  const date = new Date(seconds * 1000 + Math.floor(nanos / 1e6))
  if (Number.isNaN(date.getTime())) throw new DataError('a point in time is out of its range')
  return date
}

const MAX_SCALE = 10_000

/** The scale comes with each value; the schema's is the one it must fit, since sinks take all values as of that. */
function decimalReader(schema: Schema): ProtoReader {
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  return (bytes) => {
    let unscaled = Buffer.from([0])
    let written = 0
    const cursor = new ProtoCursor(bytes)
    while (cursor.hasMore) {
      const tag = cursor.varint32() >>> 0
      if (tag === ((1 << 3) | WIRE.bytes)) unscaled = Buffer.from(cursor.bytes())
      else if (tag === ((3 << 3) | WIRE.varint)) written = cursor.varint32()
      else cursor.skip(tag & 7)
    }
    if (Math.abs(written) > MAX_SCALE) throw new DataError(`a decimal has scale ${written}`)
    const value = Decimal.fromBytes(unscaled.length === 0 ? Buffer.from([0]) : unscaled, written)
    if (written <= scale) return value.withScale(scale)
    try {
      return value.withScale(scale)
    } catch (cause) {
      throw new DataError(
        `a decimal of scale ${written} does not fit its schema's ${scale}: declare it in the schema, as ` +
          '[(confluent.field_meta) = { params: { key: "scale", value: "…" } }]',
        { cause },
      )
    }
  }
}
