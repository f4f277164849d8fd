import { DataError, Decimal, isStructValue, javaDoubleText, javaFloatText, type Schema } from '@spillway/api'
import { MAX_DEPTH } from './json-limits.ts'
import { type StructWriter, writePlain } from './plain-writer.ts'

/**
 * JSON text of a value that is no struct, by its type and not by the name of its schema: a text that Cast has made of a
 * Decimal is a text (Java: Jackson's `writeObject`, which Confluent's JsonFormat calls for such values). Decimals are
 * numbers, dates milliseconds, bytes base64, maps objects. The schema tells a float from a double, which JavaScript
 * does not.
 *
 * @throws {DataError} for what has no JSON form, such as a map with a key that is null.
 */
export function writeValue(
  value: unknown,
  schema: Schema | undefined,
  writeStruct: StructWriter,
  depth = 0,
): string {
  if (depth > MAX_DEPTH) throw new DataError(`The value is nested deeper than ${MAX_DEPTH}`)
  if (typeof value === 'number' && schema?.type.startsWith('FLOAT') === true) {
    const text = schema.type === 'FLOAT32' ? javaFloatText(value) : javaDoubleText(value)
    return Number.isFinite(value) ? text : `"${text}"`
  }
  const write = (item: unknown): string => writeValue(item, schema?.valueSchemaIfAny, writeStruct, depth + 1)
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (value instanceof Map) {
    const members = [...(value as Map<unknown, unknown>)].map(
      ([key, item]) => `${JSON.stringify(nameOf(key, schema?.keySchemaIfAny))}:${write(item)}`,
    )
    return `{${members.join(',')}}`
  }
  return writePlain(value, writeStruct)
}

/** A key as the name of a member. */
function nameOf(key: unknown, schema: Schema | undefined): string {
  switch (typeof key) {
    case 'string':
      return key
    case 'number':
      if (schema?.type === 'FLOAT32') return javaFloatText(key)
      return schema?.type === 'FLOAT64' ? javaDoubleText(key) : String(key)
    case 'bigint':
    case 'boolean':
      return String(key)
    default:
      if (key instanceof Uint8Array) return Buffer.from(key).toString('base64')
      if (key instanceof Decimal) return key.toString()
      if (key instanceof Date) return key.toISOString().replace('Z', '+00:00')
      throw new DataError(`A JSON object has no name for a key that is ${kindOf(key)}`)
  }
}

function kindOf(key: unknown): string {
  if (key === null || key === undefined) return 'null'
  return isStructValue(key) ? 'a struct' : 'a list or a map'
}
