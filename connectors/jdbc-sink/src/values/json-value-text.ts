import { DataError, DATE, Decimal, isStruct, type Schema, type Struct, TIME } from '@spillway/api'
import { numberText } from './number-text.ts'

const MAX_DEPTH = 200

/**
 * JSON of a nested value for a json, jsonb or text column: 64-bit integers and decimals with every digit, bytes in
 * base64, dates and times in ISO format.
 *
 * @throws {DataError} for a value JSON has no word for.
 */
export function jsonValueText(value: unknown, schema: Schema | undefined, depth = 0): string {
  if (depth > MAX_DEPTH) throw new DataError(`A value is nested more than ${MAX_DEPTH} levels deep`)
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      // JSON has no NaN or Infinity; as text they are at least told apart from null.
      return Number.isFinite(value) ? numberText(value) : JSON.stringify(String(value))
    case 'object':
      return objectText(value, schema, depth)
    default:
      throw new DataError(`A ${typeof value} cannot be written as JSON`)
  }
}

function objectText(value: object, schema: Schema | undefined, depth: number): string {
  if (value instanceof Decimal) return numberText(value)
  if (value instanceof Date) return JSON.stringify(temporalText(value, schema?.name))
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) {
    const items = schema?.type === 'ARRAY' ? schema.valueSchemaIfAny : undefined
    return `[${value.map((item) => jsonValueText(item, items, depth + 1)).join(',')}]`
  }
  if (isStruct(value)) {
    const struct = value as unknown as Struct
    const members = struct.schema.fields.map(
      (field) =>
        `${JSON.stringify(field.name)}:${jsonValueText(struct.getField(field), field.schema, depth + 1)}`,
    )
    return `{${members.join(',')}}`
  }
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value)
  const [keys, items] = schema?.type === 'MAP' ? [schema.keySchemaIfAny, schema.valueSchemaIfAny] : []
  const members = entries.map(
    ([key, item]) => `${keyText(key, keys, depth + 1)}:${jsonValueText(item, items, depth + 1)}`,
  )
  return `{${members.join(',')}}`
}

/** A key as the name of a member: a text as it is, anything else in the form of its JSON. */
function keyText(key: unknown, schema: Schema | undefined, depth: number): string {
  if (key === null || key === undefined)
    throw new DataError('A JSON object has no name for a key that is null')
  const text = jsonValueText(key, schema, depth)
  return text.startsWith('"') ? text : JSON.stringify(text)
}

function temporalText(value: Date, logicalName: string | undefined): string {
  const iso = value.toISOString()
  if (logicalName === DATE) return iso.slice(0, iso.indexOf('T'))
  return logicalName === TIME ? iso.slice(iso.indexOf('T') + 1, -1) : iso
}
