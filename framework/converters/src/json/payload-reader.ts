import {
  DataError,
  DATE,
  Decimal,
  DECIMAL,
  logicalNameOf,
  MILLIS_PER_DAY,
  SCALE_PARAMETER,
  type Schema,
  Struct,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import { beginMessage, takeValues } from '../value-budget.ts'
import { branchOf, isUnionStruct } from './json-union.ts'
import { decodeBase64, isJsonNumber, nodeTypeOf, toInt64, toNumber } from './json-node.ts'

export interface ReadOptions {
  /** A null where the schema has a default becomes that default. */
  readonly replaceNullWithDefault: boolean
  /**
   * JSON Schema differs from the envelope: unions are structs with a field per branch, maps with keys other than
   * strings hold objects instead of pairs, and a field may be absent though its schema is required.
   */
  readonly dialect?: 'json-schema'
}

/** Turns parsed JSON into a Connect value of one schema. @throws {DataError} where they contradict each other. */
export type PayloadReader = (json: unknown) => unknown

/**
 * Compiles the reader of a schema's payloads. Where Java's converter turns a contradiction into another value in
 * silence (text into 0, 300 into an int8), this one refuses it: wrong data is worse than a dead letter.
 *
 * @param path where the payload stands, for messages: `payload.customer.age`.
 */
export function payloadReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  const read = partReader(schema, options, path)
  return (json) => {
    beginMessage(0)
    return read(json)
  }
}

function partReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  const read = logicalReader(schema, path) ?? typeReader(schema, options, path)
  const { defaultValue, optional, type } = schema
  const whenNull = options.replaceNullWithDefault && defaultValue !== undefined ? defaultValue : null
  const refusesNull = whenNull === null && !optional
  return (json) => {
    if (json !== null && json !== undefined) return read(json)
    if (refusesNull) throw new DataError(`Invalid null value for required ${type} field (at ${path})`)
    return whenNull
  }
}

function typeReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  switch (schema.type) {
    case 'INT8':
      return integerReader('int8', 2 ** 7, path)
    case 'INT16':
      return integerReader('int16', 2 ** 15, path)
    case 'INT32':
      return integerReader('int32', 2 ** 31, path)
    case 'INT64':
      return (json) => toInt64(json) ?? refuse('an int64', json, path)
    case 'FLOAT32':
      return (json) => {
        const float = isJsonNumber(json) ? Math.fround(toNumber(json)) : Number.NaN
        return Number.isFinite(float) ? float : refuse('a float', json, path)
      }
    case 'FLOAT64':
      return (json) => {
        const double = isJsonNumber(json) ? toNumber(json) : Number.NaN
        return Number.isFinite(double) ? double : refuse('a double', json, path)
      }
    case 'BOOLEAN':
      return (json) => (typeof json === 'boolean' ? json : refuse('a boolean', json, path))
    case 'STRING':
      return (json) => (typeof json === 'string' ? json : refuse('a string', json, path))
    case 'BYTES':
      return (json) => {
        if (typeof json !== 'string') return refuse('bytes in base64', json, path)
        const bytes = decodeBase64(json)
        if (bytes === undefined) throw new DataError(`Invalid bytes field (at ${path}): not base64`)
        return bytes
      }
    case 'ARRAY':
      return arrayReader(schema, options, path)
    case 'MAP':
      return mapReader(schema, options, path)
    case 'STRUCT':
      return isUnionStruct(schema) ? unionReader(schema, options, path) : structReader(schema, options, path)
  }
}

function integerReader(name: string, limit: number, path: string): PayloadReader {
  return (json) => {
    const number = isJsonNumber(json) ? toNumber(json) : Number.NaN
    if (Number.isInteger(number) && number >= -limit && number < limit) return number
    return refuse(`an ${name}`, json, path)
  }
}

function arrayReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  const readItem = partReader(schema.valueSchema, options, `${path}[]`)
  return (json) => {
    if (!Array.isArray(json)) return refuse('an array', json, path)
    const items: unknown[] = []
    for (let i = 0; i < json.length; i++) items.push(readItem(json[i]))
    return items
  }
}

function mapReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  const readValue = partReader(schema.valueSchema, options, `${path}{}`)
  const readObject = (json: object): unknown => {
    const map = new Map<unknown, unknown>()
    for (const [key, value] of Object.entries(json)) map.set(key, readValue(value))
    return map
  }
  const { keySchema } = schema
  if (keySchema.type === 'STRING' && !keySchema.optional) {
    return (json) => {
      if (nodeTypeOf(json) === 'OBJECT') return readObject(json as object)
      throw new DataError(
        `Maps with string fields should be encoded as JSON objects, but found ${nodeTypeOf(json)} (at ${path})`,
      )
    }
  }
  const readKey = partReader(keySchema, options, `${path}{key}`)
  return (json) => {
    // Texts that may be null have been written in both ways, and only a list has room for a key that is null.
    if (keySchema.type === 'STRING' && nodeTypeOf(json) === 'OBJECT') return readObject(json as object)
    if (!Array.isArray(json)) {
      throw new DataError(
        'Maps with non-string fields should be encoded as JSON array of tuples, but found ' +
          `${nodeTypeOf(json)} (at ${path})`,
      )
    }
    const map = new Map<unknown, unknown>()
    for (const item of json) {
      const entry: unknown = options.dialect === undefined ? item : entryOf(item, path)
      if (!Array.isArray(entry)) {
        throw new DataError(
          `Found invalid map entry instead of array tuple: ${nodeTypeOf(entry)} (at ${path})`,
        )
      }
      if (entry.length !== 2) {
        throw new DataError(
          `Found invalid map entry, expected length 2 but found :${entry.length} (at ${path})`,
        )
      }
      map.set(readKey(entry[0]), readValue(entry[1]))
    }
    return map
  }
}

function structReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  const fields = schema.fields.map(({ name, schema: fieldSchema }) => ({
    name,
    // A field may be called like something every object inherits.
    isInherited: name in Object.prototype,
    // A field that the text leaves out still counts, and its name counts where it is written.
    absenceCost: 1 + name.length / 32,
    mayBeAbsent: options.dialect !== undefined && fieldSchema.defaultValue === undefined,
    read: partReader(fieldSchema, options, `${path}.${name}`),
  }))
  return (json) => {
    if (typeof json !== 'object' || nodeTypeOf(json) !== 'OBJECT') {
      throw new DataError(
        `Structs should be encoded as JSON objects, but found ${nodeTypeOf(json)} (at ${path})`,
      )
    }
    const object = json as Record<string, unknown>
    const values: unknown[] = []
    for (const field of fields) {
      const isAbsent = field.isInherited && !Object.hasOwn(object, field.name)
      const item = isAbsent ? undefined : object[field.name]
      if (item === undefined) takeValues(field.absenceCost)
      values.push(item === undefined && field.mayBeAbsent ? null : field.read(item))
    }
    return Struct.ofTrusted(schema, values)
  }
}

/** An entry of JSON Schema's maps, as the pair that the envelope has. */
function entryOf(item: unknown, path: string): unknown {
  if (nodeTypeOf(item) !== 'OBJECT') {
    throw new DataError(`Found invalid map entry instead of object: ${nodeTypeOf(item)} (at ${path})`)
  }
  const { key, value } = item as { key: unknown; value: unknown }
  return [key, value]
}

/** The first branch whose simple type fits, or the struct that shares the most fields with the value. */
function unionReader(schema: Schema, options: ReadOptions, path: string): PayloadReader {
  const { fields } = schema
  const readers = fields.map((field) => partReader(field.schema, options, `${path}.${field.name}`))
  return (json) => {
    const index = branchOf(schema, json)
    const read = readers[index]
    if (read === undefined) throw new DataError(`Did not find matching oneof field for data (at ${path})`)
    takeValues(fields.length)
    const values: unknown[] = fields.map(() => null)
    values[index] = read(json)
    return Struct.ofTrusted(schema, values)
  }
}

function logicalReader(schema: Schema, path: string): PayloadReader | undefined {
  switch (logicalNameOf(schema)) {
    case DECIMAL:
      return decimalReader(schema, path)
    case DATE:
      return dateReader('Date', 'integer', 2 ** 31, MILLIS_PER_DAY, path)
    case TIME:
      return dateReader('Time', 'integer', MILLIS_PER_DAY, 1, path)
    case TIMESTAMP:
      return dateReader('Timestamp', 'integral', Number.MAX_SAFE_INTEGER, 1, path)
    default:
      return undefined
  }
}

/** The largest instant a JavaScript Date holds, in ms from the epoch. */
const LARGEST_INSTANT = 8.64e15

function dateReader(name: string, kind: string, limit: number, unit: number, path: string): PayloadReader {
  return (json) => {
    const number = isJsonNumber(json) ? toNumber(json) : Number.NaN
    if (!Number.isInteger(number)) {
      throw new DataError(
        `Invalid type for ${name}, underlying representation should be ${kind} but was ${nodeTypeOf(json)} (at ${path})`,
      )
    }
    if (Math.abs(number) > limit || Math.abs(number * unit) > LARGEST_INSTANT) {
      throw new DataError(`Invalid value for ${name}: out of range (at ${path})`)
    }
    return new Date(number * unit)
  }
}

function decimalReader(schema: Schema, path: string): PayloadReader {
  const scale = decimalScale(schema, path)
  return (json) => {
    if (isJsonNumber(json)) {
      // Beyond any real scale, powers of ten cost memory: 1E999999999 must not be spelled out.
      const decimal = Decimal.parse(typeof json === 'object' ? json.text : String(json))
      if (Math.abs(decimal.scale) > MAX_SCALE)
        throw new DataError(`Invalid number for Decimal field (at ${path})`)
      return decimal.withScale(scale)
    }
    if (typeof json !== 'string') {
      throw new DataError(
        `Invalid type for Decimal, underlying representation should be numeric or bytes but was ${nodeTypeOf(json)} (at ${path})`,
      )
    }
    const bytes = decodeBase64(json)
    if (bytes === undefined || bytes.length === 0) {
      throw new DataError(`Invalid bytes for Decimal field (at ${path})`)
    }
    return Decimal.fromBytes(bytes, scale)
  }
}

const MAX_SCALE = 10_000

function decimalScale(schema: Schema, path: string): number {
  const written = schema.parameters?.[SCALE_PARAMETER]
  if (written === undefined) {
    throw new DataError(`Invalid Decimal schema: scale parameter not found. (at ${path})`)
  }
  const scale = Number(written)
  if (!/^-?\d{1,5}$/.test(written)) {
    throw new DataError(
      `Invalid Decimal schema: scale ${written} is no integer of reasonable size (at ${path})`,
    )
  }
  return scale
}

function refuse(expected: string, json: unknown, path: string): never {
  const type = nodeTypeOf(json)
  const found = type === 'NUMBER' ? 'a NUMBER that is out of its range or has a fraction' : type
  throw new DataError(
    `The payload contradicts its schema at ${path}: expected ${expected}, but found ${found}`,
  )
}
