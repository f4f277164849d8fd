import {
  DataError,
  DATE,
  Decimal,
  DECIMAL,
  isStructValue,
  javaDoubleText,
  javaFloatText,
  logicalNameOf,
  MILLIS_PER_DAY,
  SCALE_PARAMETER,
  type Schema,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import { isObjectMap } from './json-map.ts'
import { isUnionStruct } from './json-union.ts'
import { writePlain } from './plain-writer.ts'

export interface WriteOptions {
  /** Decimals as JSON numbers with all their digits; otherwise as base64 of the unscaled value. */
  readonly numericDecimals: boolean
  readonly replaceNullWithDefault: boolean
  /** See `ReadOptions.dialect`; a null in a required field leaves the field out. */
  readonly dialect?: 'json-schema'
}

/** Turns a Connect value of one schema into JSON text. @throws {DataError} where they contradict each other. */
export type PayloadWriter = (value: unknown) => string

/** Compiles the writer of a schema's payloads (Java: `JsonConverter.convertToJson`), digit for digit Java's. */
export function payloadWriter(schema: Schema, options: WriteOptions, path = 'value'): PayloadWriter {
  const write = logicalWriter(schema, options, path) ?? typeWriter(schema, options, path)
  return (value) => {
    if (value !== null && value !== undefined) return write(value)
    const { defaultValue } = schema
    if (options.replaceNullWithDefault && defaultValue !== undefined && defaultValue !== null) {
      return write(defaultValue)
    }
    if (schema.optional) return 'null'
    throw new DataError(
      `Conversion error: null value for field that is required and has no default value (at ${path})`,
    )
  }
}

function typeWriter(schema: Schema, options: WriteOptions, path: string): PayloadWriter {
  const refuse = (value: unknown): never => {
    throw new DataError(`Invalid type for ${schema.type}: ${describe(value)} (at ${path})`)
  }
  switch (schema.type) {
    case 'INT8':
      return integerWriter(2 ** 7, refuse)
    case 'INT16':
      return integerWriter(2 ** 15, refuse)
    case 'INT32':
      return integerWriter(2 ** 31, refuse)
    case 'INT64':
      return (value) =>
        typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value.toString() : refuse(value)
    case 'FLOAT32':
      return (value) => (typeof value === 'number' ? floatText(value, javaFloatText) : refuse(value))
    case 'FLOAT64':
      return (value) => (typeof value === 'number' ? floatText(value, javaDoubleText) : refuse(value))
    case 'BOOLEAN':
      return (value) => (typeof value === 'boolean' ? String(value) : refuse(value))
    case 'STRING':
      return (value) => (typeof value === 'string' ? JSON.stringify(value) : refuse(value))
    case 'BYTES':
      return (value) => (value instanceof Uint8Array ? base64(value) : refuse(value))
    case 'ARRAY':
      return arrayWriter(schema, options, path, refuse)
    case 'MAP':
      return mapWriter(schema, options, path, refuse)
    case 'STRUCT':
      return isUnionStruct(schema)
        ? unionWriter(schema, options, path, refuse)
        : structWriter(schema, options, path, refuse)
  }
}

type Refusal = (value: unknown) => never

function integerWriter(limit: number, refuse: Refusal): PayloadWriter {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit) {
      return String(value)
    }
    return refuse(value)
  }
}

/** JSON has no NaN or infinities; Java's writer puts their names in quotes. */
function floatText(value: number, text: (value: number) => string): string {
  return Number.isFinite(value) ? text(value) : `"${text(value)}"`
}

function partWriter(schema: Schema | undefined, options: WriteOptions, path: string): PayloadWriter {
  return schema === undefined
    ? (value) => writePlain(value, (struct) => payloadWriter(struct.schema, options, path)(struct))
    : payloadWriter(schema, options, path)
}

function arrayWriter(schema: Schema, options: WriteOptions, path: string, refuse: Refusal): PayloadWriter {
  const writeItem = partWriter(schema.valueSchemaIfAny, options, `${path}[]`)
  return (value) => {
    if (!Array.isArray(value)) return refuse(value)
    return `[${value.map((item) => writeItem(item)).join(',')}]`
  }
}

function mapWriter(schema: Schema, options: WriteOptions, path: string, refuse: Refusal): PayloadWriter {
  const keySchema = schema.keySchemaIfAny
  const writeKey = partWriter(keySchema, options, `${path}{key}`)
  const writeValue = partWriter(schema.valueSchemaIfAny, options, `${path}{}`)
  return (value) => {
    if (!(value instanceof Map)) return refuse(value)
    const entries = [...value] as [unknown, unknown][]
    const isObject =
      keySchema === undefined
        ? entries.every(([key]) => typeof key === 'string')
        : isObjectMap(keySchema, options.dialect)
    if (isObject) {
      if (value.has(null))
        throw new DataError(`A JSON object has no name for a key that is null (at ${path})`)
      return `{${entries.map(([key, item]) => `${writeKey(key)}:${writeValue(item)}`).join(',')}}`
    }
    const pair = (key: string, item: string): string =>
      options.dialect === undefined ? `[${key},${item}]` : `{"key":${key},"value":${item}}`
    return `[${entries.map(([key, item]) => pair(writeKey(key), writeValue(item))).join(',')}]`
  }
}

function unionWriter(schema: Schema, options: WriteOptions, path: string, refuse: Refusal): PayloadWriter {
  const compiled = () =>
    schema.fields.map((field) => payloadWriter(field.schema, options, `${path}.${field.name}`))
  let writers: PayloadWriter[] | undefined
  return (value) => {
    if (!isStructValue(value)) return refuse(value)
    writers ??= compiled()
    const index = writers.findIndex((_, i) => value.at(i) !== null)
    return writers[index]?.(value.at(index)) ?? 'null'
  }
}

function structWriter(schema: Schema, options: WriteOptions, path: string, refuse: Refusal): PayloadWriter {
  const compiled = () =>
    schema.fields.map((field) => ({
      index: field.index,
      key: `${JSON.stringify(field.name)}:`,
      isLeftOut:
        options.dialect !== undefined && !field.schema.optional && field.schema.defaultValue === undefined,
      write: payloadWriter(field.schema, options, `${path}.${field.name}`),
    }))
  // When the first value comes: structs that share others have more places than any value can fill.
  let fields: ReturnType<typeof compiled> | undefined
  return (value) => {
    if (!isStructValue(value)) return refuse(value)
    if (value.schema !== schema && !value.schema.equals(schema)) throw new DataError('Mismatching schema.')
    fields ??= compiled()
    let text = '{'
    for (const field of fields) {
      const item = value.at(field.index)
      if (item === null && field.isLeftOut) continue
      text += (text === '{' ? '' : ',') + field.key + field.write(item)
    }
    return `${text}}`
  }
}

function logicalWriter(schema: Schema, options: WriteOptions, path: string): PayloadWriter | undefined {
  const refuse = (value: unknown): never => {
    throw new DataError(`Invalid type for ${schema.name ?? ''}: ${describe(value)} (at ${path})`)
  }
  switch (logicalNameOf(schema)) {
    case DECIMAL: {
      const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? Number.NaN)
      return (value) => {
        if (!(value instanceof Decimal)) return refuse(value)
        if (value.scale !== scale) {
          throw new DataError(
            `Decimal value has mismatching scale for given Decimal schema: ${value.scale} instead of ${scale} (at ${path})`,
          )
        }
        return options.numericDecimals ? value.toString() : base64(value.toBytes())
      }
    }
    case DATE:
      return (value) => wholeUnits(value instanceof Date ? value.getTime() / MILLIS_PER_DAY : value, refuse)
    case TIME:
    case TIMESTAMP:
      return (value) => wholeUnits(value instanceof Date ? value.getTime() : value, refuse)
    default:
      return undefined
  }
}

function wholeUnits(value: unknown, refuse: Refusal): string {
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : refuse(value)
}

function base64(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value
}
