import { DataError } from '@spillway/api'
import type { AvroCursor } from './avro-cursor.ts'
import { ANYTHING, MAP_ENTRY, NAMESPACE } from './avro-names.ts'
import type { AvroSink } from './avro-sink.ts'

const nullable = (type: unknown): unknown => ['null', type]

/** The schema under which data without a schema is written: one field per type, one of them set. */
export const ANYTHING_SCHEMA: unknown = {
  type: 'record',
  name: 'Anything',
  namespace: NAMESPACE,
  fields: [
    ...['boolean', 'bytes', 'double', 'float', 'int', 'long', 'string'].map((type) => ({
      name: type,
      type: nullable(type),
      default: null,
    })),
    { name: 'array', type: nullable({ type: 'array', items: ANYTHING }), default: null },
    {
      name: 'map',
      type: nullable({
        type: 'array',
        items: {
          type: 'record',
          name: MAP_ENTRY,
          fields: [
            { name: 'key', type: ANYTHING },
            { name: 'value', type: ANYTHING },
          ],
        },
      }),
      default: null,
    },
  ],
}

const FIELDS = 9
const [BOOLEAN, BYTES, DOUBLE, FLOAT, INT, LONG, STRING, ARRAY, MAP] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
const MAX_DEPTH = 500

/** Reads data that was written without a schema as plain JavaScript values. */
export function readAnything(cursor: AvroCursor, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new DataError(`the value is nested deeper than ${MAX_DEPTH}`)
  let value: unknown = null
  for (let field = 0; field < FIELDS; field++) {
    const branch = cursor.int()
    if (branch === 0) continue
    if (branch !== 1) throw new DataError('a union names a branch it does not have')
    value = readField(cursor, field, depth)
  }
  return value
}

function readField(cursor: AvroCursor, field: number, depth: number): unknown {
  switch (field) {
    case BOOLEAN:
      return cursor.boolean()
    case BYTES:
      return cursor.bytes()
    case DOUBLE:
      return cursor.double()
    case FLOAT:
      return cursor.float()
    case INT:
      return cursor.int()
    case LONG: {
      const long = cursor.long()
      const number = Number(long)
      return Number.isSafeInteger(number) ? number : long
    }
    case STRING:
      return cursor.string()
    case ARRAY:
      return readItems(cursor, FIELDS, () => readAnything(cursor, depth + 1))
    default: {
      const read = (): [unknown, unknown] => [
        readAnything(cursor, depth + 1),
        readAnything(cursor, depth + 1),
      ]
      const entries = readItems(cursor, 2 * FIELDS, read)
      if (entries.every(([key]) => typeof key === 'string' && key !== '__proto__')) {
        return Object.fromEntries(entries as [string, unknown][])
      }
      return new Map(entries)
    }
  }
}

function readItems<T>(cursor: AvroCursor, smallest: number, read: () => T): T[] {
  const items: T[] = []
  for (let count = cursor.blockCount(smallest); count > 0; count = cursor.blockCount(smallest)) {
    for (let i = 0; i < count; i++) items.push(read())
  }
  return items
}

/** Writes plain JavaScript values under {@link ANYTHING_SCHEMA}. @throws {DataError} for what has no type there. */
export function writeAnything(sink: AvroSink, value: unknown, depth = 0): void {
  if (depth > MAX_DEPTH) throw new DataError(`The value is nested deeper than ${MAX_DEPTH}`)
  const field = fieldOf(value)
  for (let i = 0; i < FIELDS; i++) {
    sink.int(i === field ? 1 : 0)
    if (i === field) writeField(sink, field, value, depth)
  }
}

function fieldOf(value: unknown): number {
  if (value === null || value === undefined) return -1
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'string') return STRING
  if (typeof value === 'bigint') return LONG
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Object.is(value, -0)) return DOUBLE
    if (value === (value | 0)) return INT
    return Number.isSafeInteger(value) ? LONG : DOUBLE
  }
  if (value instanceof Uint8Array) return BYTES
  if (Array.isArray(value)) return ARRAY
  if (value instanceof Map || Object.getPrototypeOf(value) === Object.prototype) return MAP
  const name = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value
  throw new DataError(`Unknown type for schemaless data: ${name}`)
}

function writeField(sink: AvroSink, field: number, value: unknown, depth: number): void {
  switch (field) {
    case BOOLEAN:
      return sink.boolean(value as boolean)
    case BYTES:
      return sink.bytes(value as Uint8Array)
    case DOUBLE:
      return sink.double(value as number)
    case INT:
      return sink.int(value as number)
    case LONG:
      return sink.long(BigInt(value as number | bigint))
    case STRING:
      return sink.string(value as string)
    case ARRAY: {
      const items = value as readonly unknown[]
      if (items.length > 0) sink.int(items.length)
      for (const item of items) writeAnything(sink, item, depth + 1)
      return sink.int(0)
    }
    default: {
      const entries = value instanceof Map ? [...value] : Object.entries(value as object)
      if (entries.length > 0) sink.int(entries.length)
      for (const [key, item] of entries) {
        writeAnything(sink, key, depth + 1)
        writeAnything(sink, item, depth + 1)
      }
      return sink.int(0)
    }
  }
}
