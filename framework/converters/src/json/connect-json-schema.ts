import {
  DataError,
  DECIMAL,
  type Field,
  logicalNameOf,
  Schema,
  type SchemaParts,
  type SchemaType,
} from '@spillway/api'
import { checkDepth, SchemaBudget } from '../schema-budget.ts'
import { nodeTypeOf } from './json-node.ts'
import { payloadReader, type ReadOptions } from './payload-reader.ts'
import { payloadWriter } from './payload-writer.ts'

/** How Connect's JSON envelope names the types. */
const TYPE_NAMES: Readonly<Record<SchemaType, string>> = {
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
  ARRAY: 'array',
  MAP: 'map',
  STRUCT: 'struct',
}

const TYPES = new Map(Object.entries(TYPE_NAMES).map(([type, name]) => [name, type as SchemaType]))
type JsonObject = Readonly<Record<string, unknown>>

/**
 * Reads the `schema` of an envelope; null for null.
 *
 * @param json numbers other than safe integers as `JsonNumber`, so that a Decimal's default keeps its digits.
 * @param budget counts the parts of the schema.
 * @throws {DataError} in the words of Java's JsonConverter, with the place in the schema; and for one of too many parts.
 */
export function readSchema(
  json: unknown,
  options: ReadOptions,
  path = 'schema',
  budget = new SchemaBudget(),
): Schema | null {
  if (json === null || json === undefined) return null
  return readPart(json, { ...options, budget }, path, 0)
}

interface SchemaReadOptions extends ReadOptions {
  readonly budget: SchemaBudget
}

function readPart(json: unknown, options: SchemaReadOptions, path: string, depth: number): Schema {
  options.budget.spend(1)
  checkDepth(depth)
  const source = asObject(json)
  const typeName = source?.['type']
  if (source === undefined || typeof typeName !== 'string') {
    throw new DataError(`Schema must contain 'type' field${at(path)}`)
  }
  const type = TYPES.get(typeName)
  if (type === undefined) throw new DataError(`Unknown schema type: ${typeName}${at(path)}`)
  const read = (part: unknown, name: string, missing: string): Schema => {
    if (part === undefined || part === null) throw new DataError(`${missing}${at(path)}`)
    return readPart(part, options, `${path}.${name}`, depth + 1)
  }
  const parts: Mutable<SchemaParts> = { type, ...readMetadata(source, path) }
  if (type === 'ARRAY') {
    parts.valueSchema = read(source['items'], 'items', 'Array schema did not specify the element type')
  } else if (type === 'MAP') {
    parts.keySchema = read(source['keys'], 'keys', 'Map schema did not specify the key type')
    parts.valueSchema = read(source['values'], 'values', 'Map schema did not specify the value type')
  } else if (type === 'STRUCT') {
    parts.fields = readFields(source['fields'], options, path, depth)
  }
  if (source['default'] === undefined) return new Schema(parts)
  options.budget.spendOnDefault(new Schema(parts), source['default'])
  const defaultValue = payloadReader(new Schema(parts), options, `${path}.default`)(source['default'])
  return new Schema(defaultValue === null ? parts : { ...parts, defaultValue })
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function readFields(json: unknown, options: SchemaReadOptions, path: string, depth: number): Field[] {
  if (!Array.isArray(json))
    throw new DataError(`Struct schema's "fields" argument is not an array.${at(path)}`)
  const names = new Set<string>()
  return json.map((item: unknown, index) => {
    const name = asObject(item)?.['field']
    if (typeof name !== 'string') {
      throw new DataError(
        `Struct schema's field name not specified properly${at(`${path}.fields[${index}]`)}`,
      )
    }
    if (names.has(name)) {
      throw new DataError(`Cannot create field because of field name duplication ${name}${at(path)}`)
    }
    names.add(name)
    return { name, index, schema: readPart(item, options, `${path}.${name}`, depth + 1) }
  })
}

/** Metadata of the wrong JSON type is passed over, as Java does, but for parameters, which it refuses too. */
function readMetadata(source: JsonObject, path: string): Omit<SchemaParts, 'type'> {
  const { optional, name, version, doc, parameters } = source as Record<string, unknown>
  const texts = asObject(parameters)
  if (texts !== undefined && Object.values(texts).some((value) => typeof value !== 'string')) {
    throw new DataError(`Schema parameters must have string values.${at(path)}`)
  }
  return {
    optional: optional === true,
    ...(typeof name === 'string' && { name }),
    ...(typeof version === 'number' && Number.isInteger(version) && { version }),
    ...(typeof doc === 'string' && { doc }),
    ...(texts !== undefined && { parameters: texts as Record<string, string> }),
  }
}

function asObject(json: unknown): JsonObject | undefined {
  return nodeTypeOf(json) === 'OBJECT' ? (json as JsonObject) : undefined
}

function at(path: string): string {
  return ` (at ${path})`
}

/** True where values of the schema hold a Decimal: their digits must be read as they are written. */
export function holdsDecimal(schema: Schema): boolean {
  if (logicalNameOf(schema) === DECIMAL) return true
  if (schema.type === 'STRUCT') return schema.fields.some((field) => holdsDecimal(field.schema))
  const parts = [schema.keySchemaIfAny, schema.valueSchemaIfAny]
  return parts.some((part) => part !== undefined && holdsDecimal(part))
}

/** The envelope's JSON text of a schema, its keys in Java's order. */
export function writeSchema(schema: Schema, numericDecimals: boolean, field?: string): string {
  const parts = [`"type":"${TYPE_NAMES[schema.type]}"`]
  if (schema.type === 'STRUCT') {
    const fields = schema.fields.map((f) => writeSchema(f.schema, numericDecimals, f.name))
    parts.push(`"fields":[${fields.join(',')}]`)
  } else if (schema.type === 'MAP') {
    parts.push(`"keys":${writeSchema(schema.keySchema, numericDecimals)}`)
    parts.push(`"values":${writeSchema(schema.valueSchema, numericDecimals)}`)
  } else if (schema.type === 'ARRAY') {
    parts.push(`"items":${writeSchema(schema.valueSchema, numericDecimals)}`)
  }
  parts.push(`"optional":${schema.optional}`)
  if (schema.name !== undefined) parts.push(`"name":${JSON.stringify(schema.name)}`)
  if (schema.version !== undefined) parts.push(`"version":${schema.version}`)
  if (schema.doc !== undefined) parts.push(`"doc":${JSON.stringify(schema.doc)}`)
  if (schema.parameters !== undefined) parts.push(`"parameters":${JSON.stringify(schema.parameters)}`)
  if (schema.defaultValue !== undefined && schema.defaultValue !== null) {
    const write = payloadWriter(schema, { numericDecimals, replaceNullWithDefault: true })
    parts.push(`"default":${write(schema.defaultValue)}`)
  }
  if (field !== undefined) parts.push(`"field":${JSON.stringify(field)}`)
  return `{${parts.join(',')}}`
}
