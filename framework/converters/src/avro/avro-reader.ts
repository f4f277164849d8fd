import {
  DataError,
  DATE,
  Decimal,
  DECIMAL,
  logicalNameOf,
  MILLIS_PER_DAY,
  SCALE_PARAMETER,
  type Schema,
  Struct,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import { beginMessage, STRUCT_COST, takeValues } from '../value-budget.ts'
import type { AvroCursor } from './avro-cursor.ts'
import { isMapEntry, isUnionStruct } from './avro-names.ts'
import { type AvroRecord, type AvroType, avroTypeName } from './avro-schema.ts'

/** Reads one value of one type at the cursor. */
export type AvroReader = (cursor: AvroCursor) => unknown

/**
 * Compiles the reader of an Avro type's values straight into Connect values of its schema, without the generic objects
 * between them that a library would build.
 */
export function avroReader(type: AvroType, schema: Schema): AvroReader {
  const read = new ReaderCompiler().reader(type, schema)
  return (cursor) => {
    beginMessage(cursor.remaining)
    return read(cursor)
  }
}

class ReaderCompiler {
  readonly #readers = new Map<AvroType, Map<Schema, AvroReader>>()

  reader(type: AvroType, schema: Schema): AvroReader {
    let bySchema = this.#readers.get(type)
    if (bySchema === undefined) this.#readers.set(type, (bySchema = new Map()))
    let reader = bySchema.get(schema)
    if (reader === undefined) bySchema.set(schema, (reader = this.#compile(type, schema)))
    return reader
  }

  #compile(type: AvroType, schema: Schema): AvroReader {
    switch (type.kind) {
      case 'boolean':
        return (cursor) => cursor.boolean()
      case 'int':
        return intReader(schema)
      case 'long':
        return logicalNameOf(schema) === TIMESTAMP
          ? (cursor) => instant(Number(cursor.integer()))
          : (cursor) => cursor.long()
      case 'float':
        return (cursor) => cursor.float()
      case 'double':
        return (cursor) => cursor.double()
      case 'string':
        return (cursor) => cursor.string()
      case 'bytes':
        return bytesReader(schema, (cursor) => cursor.bytes())
      case 'fixed':
        return bytesReader(schema, (cursor) => cursor.fixed(type.size))
      case 'enum':
        return enumReader(type.symbols)
      case 'array':
        return isMapEntry(type.items)
          ? this.#entriesReader(type.items as AvroRecord, schema)
          : this.#arrayReader(type.items, schema)
      case 'map':
        return this.#mapReader(type.values, schema)
      case 'record':
        return this.#recordReader(type, schema)
      case 'union':
        return this.#unionReader(type.branches, schema)
      case 'null':
        return () => null
    }
  }

  #arrayReader(items: AvroType, schema: Schema): AvroReader {
    const read = this.reader(items, schema.valueSchema)
    const smallest = smallestSize(items)
    return (cursor) => {
      const result: unknown[] = []
      for (let count = cursor.blockCount(smallest); count > 0; count = cursor.blockCount(smallest)) {
        takeValues(count)
        for (let i = 0; i < count; i++) result.push(read(cursor))
      }
      return result
    }
  }

  #mapReader(values: AvroType, schema: Schema): AvroReader {
    const read = this.reader(values, schema.valueSchema)
    const smallest = smallestSize(values) + 1
    return (cursor) => {
      const result = new Map<unknown, unknown>()
      for (let count = cursor.blockCount(smallest); count > 0; count = cursor.blockCount(smallest)) {
        takeValues(count)
        for (let i = 0; i < count; i++) result.set(cursor.string(), read(cursor))
      }
      return result
    }
  }

  #entriesReader(entry: AvroRecord, schema: Schema): AvroReader {
    const keyFirst = entry.fields[0]?.name === 'key'
    const [first, second] = entry.fields.map((field) =>
      this.reader(field.type, field.name === 'key' ? schema.keySchema : schema.valueSchema),
    ) as [AvroReader, AvroReader]
    const smallest = smallestSize(entry)
    return (cursor) => {
      const result = new Map<unknown, unknown>()
      for (let count = cursor.blockCount(smallest); count > 0; count = cursor.blockCount(smallest)) {
        takeValues(count)
        for (let i = 0; i < count; i++) {
          const a = first(cursor)
          const b = second(cursor)
          if (keyFirst) result.set(a, b)
          else result.set(b, a)
        }
      }
      return result
    }
  }

  #recordReader(type: AvroRecord, schema: Schema): AvroReader {
    const readers = type.fields.map((field, i) =>
      this.reader(field.type, (schema.fields[i] ?? lacks(type)).schema),
    )
    const count = readers.length
    const cost = count + STRUCT_COST
    return (cursor) => {
      takeValues(cost)
      const values: unknown[] = []
      for (let i = 0; i < count; i++) values.push((readers[i] as AvroReader)(cursor))
      return Struct.ofTrusted(schema, values)
    }
  }

  #unionReader(branches: readonly AvroType[], schema: Schema): AvroReader {
    if (!isUnionStruct(schema)) {
      const readers = branches.map((branch) =>
        branch.kind === 'null' ? () => null : this.reader(branch, schema),
      )
      return (cursor) => (readers[cursor.int()] ?? noBranch())(cursor)
    }
    const { fields } = schema
    let next = 0
    const readers = branches.map((branch): AvroReader => {
      if (branch.kind === 'null') return () => null
      const field = fields[next++] ?? lacks(branch)
      const read = this.reader(branch, field.schema)
      return (cursor) => {
        takeValues(fields.length + STRUCT_COST)
        const values: unknown[] = fields.map(() => null)
        values[field.index] = read(cursor)
        return Struct.ofTrusted(schema, values)
      }
    })
    return (cursor) => (readers[cursor.int()] ?? noBranch())(cursor)
  }
}

function noBranch(): never {
  throw new DataError('a union names a branch it does not have')
}

function lacks(type: AvroType): never {
  throw new DataError(`The Connect schema does not belong to ${avroTypeName(type)}`)
}

function intReader(schema: Schema): AvroReader {
  switch (logicalNameOf(schema)) {
    case DATE:
      return (cursor) => instant(cursor.int() * MILLIS_PER_DAY)
    case TIME:
      return (cursor) => new Date(cursor.int())
    default:
      break
  }
  const limit = schema.type === 'INT8' ? 2 ** 7 : schema.type === 'INT16' ? 2 ** 15 : undefined
  if (limit === undefined) return (cursor) => cursor.int()
  return (cursor) => {
    const value = cursor.int()
    if (value >= -limit && value < limit) return value
    throw new DataError(`an ${schema.type} is out of its range`)
  }
}

function bytesReader(schema: Schema, read: (cursor: AvroCursor) => Buffer): AvroReader {
  if (logicalNameOf(schema) !== DECIMAL) return read
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  return (cursor) => Decimal.fromBytes(read(cursor), scale)
}

function enumReader(symbols: readonly string[]): AvroReader {
  return (cursor) => {
    const symbol = symbols[cursor.int()]
    if (symbol === undefined) throw new DataError('an enum names a symbol it does not have')
    return symbol
  }
}

function instant(millis: number): Date {
  const date = new Date(millis)
  if (Number.isNaN(date.getTime())) throw new DataError('a point in time is out of its range')
  return date
}

/** Bytes that a value takes at least; what contains itself takes at least one. */
function smallestSize(type: AvroType, open: readonly AvroType[] = []): number {
  switch (type.kind) {
    case 'null':
      return 0
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return type.size
    case 'record':
      if (open.includes(type) || open.length > 4) return 0
      return type.fields.reduce((sum, field) => sum + smallestSize(field.type, [...open, type]), 0)
    default:
      return 1
  }
}
