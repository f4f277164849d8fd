import { Decimal, Struct } from '@spillway/api'

/** A Connect value as texts and lists that say all of it but its schema, to compare values of different schemas. */
export function plainValue(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Struct) {
    return Object.fromEntries(
      value.schema.fields.map((field) => [field.name, plainValue(value.at(field.index))]),
    )
  }
  if (value instanceof Decimal) return `${value.toString()} scale ${value.scale}`
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return value.map(plainValue)
  if (value instanceof Map) return [...value].map(([key, item]) => [plainValue(key), plainValue(item)])
  if (typeof value === 'bigint') return `${value}n`
  return Object.is(value, -0) ? '-0' : value
}
