import { DataError, Decimal, isStruct, type Struct } from '@spillway/framework'
import { dateText } from './date-text.ts'

/**
 * A Connect value as JSON text: integers and decimals with all their digits, bytes as base64, dates as ISO text,
 * structs and maps as objects. What JSON has no number for (NaN, infinities) is null.
 */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number':
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    default:
      return objectText(value)
  }
}

function objectText(value: unknown): string {
  if (isStruct(value)) {
    const struct = value as Struct
    return object(struct.schema.fields.map((field) => [field.name, struct.getField(field)]))
  }
  if (value instanceof Decimal) return value.toString()
  if (value instanceof Date) return JSON.stringify(dateText(value))
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (value instanceof Map) return object([...value].map(([key, item]) => [keyText(key), item]))
  return object(Object.entries(value as Record<string, unknown>))
}

/** A key as the name of a member: a text as it is, anything else as its JSON. */
function keyText(key: unknown): string {
  if (key === null || key === undefined)
    throw new DataError('A JSON object has no name for a key that is null')
  const text = jsonText(key)
  return text.startsWith('"') ? (JSON.parse(text) as string) : text
}

function object(members: readonly (readonly [string, unknown])[]): string {
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`
}
