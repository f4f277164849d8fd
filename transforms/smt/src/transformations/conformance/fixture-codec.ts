import { Decimal, type Field, Headers, Schema, type SchemaType, SinkRecord, Struct } from '@spillway/api'

/** How SmtFixture.java writes schemas. */
export interface EncodedSchema {
  readonly type: SchemaType
  readonly optional?: boolean
  readonly name?: string
  readonly version?: number
  readonly doc?: string
  readonly default?: unknown
  readonly parameters?: Record<string, string>
  readonly fields?: readonly [string, EncodedSchema][]
  readonly keys?: EncodedSchema | null
  readonly values?: EncodedSchema | null
}

export interface EncodedRecord {
  readonly topic: string
  readonly partition: number
  readonly timestamp: number | null
  /** Place in the list of schemas. */
  readonly keySchema: number | null
  readonly key: unknown
  readonly valueSchema: number | null
  readonly value: unknown
  readonly headers: readonly [string, number | null, unknown][]
}

export interface FixtureCase {
  readonly name: string
  readonly class: string
  readonly config: Record<string, string>
  readonly in: EncodedRecord
  readonly out?: EncodedRecord | null
  readonly test?: boolean
  readonly error?: { readonly stage: 'configure' | 'apply'; readonly class: string; readonly message: string }
}

export function decodeSchema(encoded: EncodedSchema | null | undefined): Schema | null {
  if (encoded === null || encoded === undefined) return null
  const keySchema = decodeSchema(encoded.keys)
  const valueSchema = decodeSchema(encoded.values)
  const parts = {
    type: encoded.type,
    optional: encoded.optional ?? false,
    name: encoded.name,
    version: encoded.version,
    doc: encoded.doc,
    parameters: encoded.parameters,
    ...(keySchema && { keySchema }),
    ...(valueSchema && { valueSchema }),
    ...(encoded.fields && {
      fields: encoded.fields.map(([name, schema], index): Field => ({
        name,
        index,
        schema: decodeSchema(schema) as Schema,
      })),
    }),
  }
  if (encoded.default === undefined) return new Schema(parts)
  const withoutDefault = new Schema(parts)
  return new Schema({ ...parts, defaultValue: decodeValue(encoded.default, withoutDefault) })
}

/** A value as Spillway represents it: with the schema's types, or as plain JavaScript without one. */
export function decodeValue(encoded: unknown, schema: Schema | null): unknown {
  if (typeof encoded !== 'object' || encoded === null) return encoded
  const [tag, content] = Object.entries(encoded)[0] as [string, never]
  switch (tag) {
    case 'int8':
    case 'int16':
    case 'int32':
      return Number(content)
    case 'int64': {
      const long = BigInt(content)
      return schema === null && Number.isSafeInteger(Number(content)) ? Number(content) : long
    }
    case 'float32':
      return schema === null ? Number(content) : Math.fround(Number(content))
    case 'float64':
      return Number(content)
    case 'bytes':
      return Buffer.from(content, 'base64')
    case 'decimal':
      return Decimal.parse(content)
    case 'date':
      return new Date(content)
    case 'list':
      return (content as unknown[]).map((item) => decodeValue(item, schema?.valueSchemaIfAny ?? null))
    case 'map':
      return decodeMap(content, schema)
    case 'struct': {
      const struct = schema as Schema
      const values = (content as unknown[]).map((item, i) =>
        decodeValue(item, struct.fields[i]?.schema ?? null),
      )
      return Struct.ofTrusted(struct, values)
    }
  }
  throw new Error(`unknown tag ${tag}`)
}

function decodeMap(entries: readonly [unknown, unknown][], schema: Schema | null): unknown {
  const decoded = entries.map(([key, item]): [unknown, unknown] => [
    decodeValue(key, schema?.keySchemaIfAny ?? null),
    decodeValue(item, schema?.valueSchemaIfAny ?? null),
  ])
  return schema === null ? Object.fromEntries(decoded as [string, unknown][]) : new Map(decoded)
}

export function decodeRecord(encoded: EncodedRecord, schemas: readonly Schema[]): SinkRecord {
  const schemaAt = (place: number | null): Schema | null =>
    place === null ? null : (schemas[place] as Schema)
  const keySchema = schemaAt(encoded.keySchema)
  const valueSchema = schemaAt(encoded.valueSchema)
  const headers = new Headers()
  for (const [name, schema, value] of encoded.headers) {
    const decoded = schemaAt(schema)
    headers.add(name, decodeValue(value, decoded), decoded)
  }
  return new SinkRecord({
    topic: encoded.topic,
    kafkaPartition: encoded.partition,
    keySchema,
    key: decodeValue(encoded.key, keySchema),
    valueSchema,
    value: decodeValue(encoded.value, valueSchema),
    kafkaOffset: 42n,
    timestamp: encoded.timestamp,
    timestampType: 'CreateTime',
    headers,
  })
}
