import { Struct } from '@spillway/api'

/** A value as Java's `toString` shows it: what `println` writes for a record's value. */
export function javaText(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Uint8Array)
    return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`
  if (value instanceof Map) return mapText([...value])
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Struct) {
    const fields = value.schema.fields
      .filter((field) => value.at(field.index) !== null)
      .map((field) => `${field.name}=${javaText(value.at(field.index))}`)
    return `Struct{${fields.join(',')}}`
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return mapText(Object.entries(value))
  }
  return String(value)
}

function mapText(entries: readonly (readonly [unknown, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${javaText(key)}=${javaText(value)}`).join(', ')}}`
}
