import { isStructValue } from '../../data/is-struct-value.ts'
import type { Schema } from '../../data/schema.ts'
import { valueToString } from '../../data/values/value-to-string.ts'

/**
 * A value in an object's name, as Java's `toString()` has it: text as it is, `Struct{a=1}`, `{a=1, b=2}`, `[1, 2]`, `null`.
 * Bytes, which have no text in Java but a number that changes with every run, are their UTF-8 text, else hexadecimal.
 */
export function javaText(schema: Schema | null, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Uint8Array) return bytesText(value)
  if (Array.isArray(value)) {
    const items = schema?.valueSchemaIfAny ?? null
    return `[${value.map((item) => javaText(items, item)).join(', ')}]`
  }
  if (isStructValue(value)) {
    const fields = value.schema.fields.filter((field) => value.at(field.index) !== null)
    return `Struct{${fields.map((field) => `${field.name}=${javaText(field.schema, value.at(field.index))}`).join(',')}}`
  }
  if (isMapLike(value)) {
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    const items = schema?.valueSchemaIfAny ?? null
    return `{${entries.map(([key, item]) => `${javaText(null, key)}=${javaText(items, item)}`).join(', ')}}`
  }
  return valueToString(schema, value) ?? 'null'
}

function isMapLike(value: unknown): value is Map<unknown, unknown> | Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return value instanceof Map || prototype === Object.prototype || prototype === null
}

/** Bytes that are UTF-8 as that text, others as hexadecimal. */
export function bytesText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('hex')
  }
}
