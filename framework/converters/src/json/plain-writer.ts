import { DataError, Decimal, isStructValue, type Struct } from '@spillway/api'
import { MAX_DEPTH } from './json-limits.ts'

/** Writes a struct that stands in schemaless data, by its own schema. */
export type StructWriter = (struct: Struct) => string

/**
 * JSON text of a schemaless value. Plain JavaScript values take `JSON.stringify`; a bigint keeps its digits, bytes
 * become base64, a Date milliseconds, a Decimal a number, a Map an object or (keys other than strings) pairs.
 *
 * @throws {DataError} for what has no JSON form, such as a function, or nested deeper than 1000.
 */
export function writePlain(value: unknown, writeStruct: StructWriter): string {
  return isStringifiable(value, 0) ? JSON.stringify(value) : writeAny(value, writeStruct, 0)
}

/**
 * True where `JSON.stringify` writes the value as it should be; cheaper than writing it ourselves. Texts and numbers
 * are looked at where they are met: a call for each would double the cost.
 */
function isStringifiable(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean'
  if (value === null) return true
  if (depth > MAX_DEPTH) return false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i]
      if (typeof item !== 'string' && !isStringifiable(item, depth + 1)) return false
    }
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  const object = value as Record<string, unknown>
  for (const key in object) {
    const item = object[key]
    if (typeof item === 'string' || typeof item === 'boolean') continue
    if (typeof item === 'number' ? !Number.isFinite(item) : !isStringifiable(item, depth + 1)) return false
  }
  return true
}

function writeAny(value: unknown, writeStruct: StructWriter, depth: number): string {
  switch (typeof value) {
    case 'undefined':
      return 'null'
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`
    case 'bigint':
      return value.toString()
    case 'object':
      return value === null ? 'null' : writeObject(value, writeStruct, depth)
    default:
      throw new DataError(`A ${typeof value} cannot be written as JSON`)
  }
}

function writeObject(value: object, writeStruct: StructWriter, depth: number): string {
  if (depth > MAX_DEPTH) throw new DataError(`The value is nested deeper than ${MAX_DEPTH}`)
  const write = (item: unknown): string => writeAny(item, writeStruct, depth + 1)
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`
  if (value instanceof Date) return wholeMillis(value)
  if (value instanceof Decimal) return value.toString()
  if (isStructValue(value)) return writeStruct(value)
  if (value instanceof Map) {
    const entries = [...value] as [unknown, unknown][]
    return entries.every(([key]) => typeof key === 'string')
      ? objectText(entries as [string, unknown][], write)
      : `[${entries.map(([key, item]) => `[${write(key)},${write(item)}]`).join(',')}]`
  }
  return objectText(Object.entries(value), write)
}

function objectText(
  entries: readonly (readonly [string, unknown])[],
  write: (item: unknown) => string,
): string {
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(',')}}`
}

function wholeMillis(value: Date): string {
  const millis = value.getTime()
  if (Number.isNaN(millis)) throw new DataError('An invalid Date cannot be written as JSON')
  return String(millis)
}
