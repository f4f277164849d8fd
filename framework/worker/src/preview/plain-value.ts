import { Decimal, isStructValue } from '@spillway/api'

/** Connect data as JSON shows it: integers beyond 2^53 and decimals as text, bytes in base64, times in ISO 8601. */
export function plainValue(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Decimal) return value.toString()
  if (Array.isArray(value)) return value.map(plainValue)
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [String(plainValue(key)), plainValue(item)]))
  }
  if (isStructValue(value)) {
    return Object.fromEntries(
      value.schema.fields.map((field) => [field.name, plainValue(value.get(field.name))]),
    )
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]))
}
