import { Decimal, isStruct } from '@spillway/api'

/** A schemaless map: what a JSON object is read to. */
export type PlainObject = Record<string, unknown>

/** True for a schemaless map; false for null, arrays, bytes, dates, decimals, structs and maps with a schema. */
export function isPlainObject(value: unknown): value is PlainObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !isStruct(value) &&
    !(value instanceof Date) &&
    !(value instanceof Decimal) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Map)
  )
}

/** The member of that name, or null: never one that the object inherits, such as `constructor`. */
export function getMember(object: PlainObject, name: string): unknown {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null
}

/** Sets a member, also one named `__proto__`, which plain assignment would not store. */
export function setMember(object: PlainObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
  } else {
    object[name] = value
  }
}
