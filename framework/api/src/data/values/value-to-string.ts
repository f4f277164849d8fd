import { Decimal } from '../decimal.ts'
import { DATE, MILLIS_PER_DAY, TIME } from '../logical-types.ts'
import type { Schema } from '../schema.ts'
import { isStructValue } from '../is-struct-value.ts'
import { javaDoubleText, javaFloatText } from './java-number-text.ts'

/**
 * A Connect value as text (Java: `Values.convertToString`): a string as it is, everything else as
 * {@link parseString} would read it back. Null for null.
 */
export function valueToString(schema: Schema | null, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return textOf(schema ?? undefined, value)
}

function textOf(schema: Schema | undefined, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return numberText(schema, value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? 'null' : objectText(schema, value)
    default:
      return 'null'
  }
}

function objectText(schema: Schema | undefined, value: object): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Decimal) return value.toString()
  if (value instanceof Date) return dateText(schema, value)
  if (isStructValue(value)) {
    const fields = value.schema.fields.map(
      (field) => `${quoted(field.name)}:${textOf(field.schema, value.getField(field))}`,
    )
    return `{${fields.join(',')}}`
  }
  const items = schema?.valueSchemaIfAny
  if (Array.isArray(value)) return `[${value.map((item) => textOf(items, item)).join(',')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  const keys = schema?.keySchemaIfAny
  return `{${entries.map(([key, item]) => `${textOf(keys, key)}:${textOf(items, item)}`).join(',')}}`
}

function numberText(schema: Schema | undefined, value: number): string {
  if (schema?.type === 'FLOAT32') return javaFloatText(value)
  if (schema?.type === 'FLOAT64') return javaDoubleText(value)
  return Number.isInteger(value) ? String(value) : javaDoubleText(value)
}

/** By the schema's name where it has one; otherwise by what the instant itself tells, as Java does. */
function dateText(schema: Schema | undefined, value: Date): string {
  const millis = value.getTime()
  if (Number.isNaN(millis)) return 'null'
  const iso = value.toISOString()
  if (schema?.name === DATE) return iso.slice(0, iso.indexOf('T'))
  if (schema?.name === TIME) return iso.slice(iso.indexOf('T') + 1)
  if (schema?.name !== undefined) return iso
  if (millis >= 0 && millis < MILLIS_PER_DAY) return iso.slice(iso.indexOf('T') + 1)
  return millis % MILLIS_PER_DAY === 0 ? iso.slice(0, iso.indexOf('T')) : iso
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
