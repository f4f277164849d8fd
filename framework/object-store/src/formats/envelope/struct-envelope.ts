import {
  type Field,
  INT32,
  INT64,
  isStructValue,
  OPTIONAL_BYTES,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  projectValue,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  timestampSchema,
} from '@spillway/api'
import { SchemaCompatibility, type SchemaVerdict } from '../schema-compatibility.ts'
import { type EnvelopeField, type HeaderValues, headerValue } from './envelope-fields.ts'

export interface StructEnvelopeOptions {
  readonly fields: readonly EnvelopeField[]
  /** Name of the schema. */
  readonly name: string
  readonly headerValues: HeaderValues
  /** `list`: key and value of each, in order. `map`: by key, the last of a key. */
  readonly headers: 'list' | 'map'
  /** `logical`: a Timestamp. `long`: a plain number of ms. */
  readonly timestamp: 'logical' | 'long'
}

/** What a schema of an envelope is made of; null for a part that has no schema because it is null. */
interface Parts {
  readonly key: Schema | null
  readonly value: Schema | null
}

const OPTIONAL_TIMESTAMP = timestampSchema({ optional: true })
/** Stands where a part is null and nothing says what it would be otherwise. */
const NOTHING = new SchemaBuilder('STRING').optional().build()

/** Puts records into envelopes that are structs, for formats with a schema; schemaless ones into plain objects. */
export class StructEnvelope {
  readonly #options: StructEnvelopeOptions
  readonly #header: Schema
  readonly #headers: Schema
  readonly #schemas = new WeakMap<object, WeakMap<object, Schema>>()
  readonly #parts = new WeakMap<Schema, Parts>()

  constructor(options: StructEnvelopeOptions) {
    this.#options = options
    const value = options.headerValues === 'bytes' ? OPTIONAL_BYTES : OPTIONAL_STRING
    this.#header = SchemaBuilder.struct()
      .name(`${options.name}Header`)
      .field('key', STRING)
      .field('value', value)
      .build()
    this.#headers =
      options.headers === 'map'
        ? SchemaBuilder.map(STRING, value).build()
        : SchemaBuilder.array(this.#header).build()
  }

  readonly shape = (record: SinkRecord): SinkRecord => {
    const { fields } = this.#options
    const isPlain =
      (fields.includes('value') && record.valueSchema === null && !isNull(record.value)) ||
      (fields.includes('key') && record.keySchema === null && !isNull(record.key))
    if (isPlain) return record.with({ valueSchema: null, value: this.#plain(record) })
    const schema = this.#schemaOf(
      fields.includes('key') ? record.keySchema : null,
      fields.includes('value') ? record.valueSchema : null,
    )
    const values = fields.map((field, i) =>
      underSchema(this.#fieldOf(field, record), (schema.fields[i] as Field).schema),
    )
    return record.with({ valueSchema: schema, value: Struct.ofTrusted(schema, values) })
  }

  /** Which envelopes may share a file: by the schemas of their keys and values. */
  compatibility(inner: SchemaCompatibility): SchemaCompatibility {
    return new EnvelopeCompatibility(inner, (schema) => this.#parts.get(schema))
  }

  #fieldOf(field: EnvelopeField, record: SinkRecord): unknown {
    switch (field) {
      case 'key':
        return record.key ?? null
      case 'value':
        return record.value ?? null
      case 'headers':
        return this.#headersOf(record)
      case 'topic':
        return record.topic
      case 'partition':
        return record.kafkaPartition
      case 'offset':
        return record.kafkaOffset
      case 'timestamp': {
        if (record.timestamp === null) return null
        return this.#options.timestamp === 'logical' ? new Date(record.timestamp) : BigInt(record.timestamp)
      }
    }
  }

  #headersOf(record: SinkRecord): unknown {
    const { headers, headerValues } = this.#options
    const entries = [...record.headers].map(
      (header) => [header.key, headerValue(header, headerValues)] as const,
    )
    if (headers === 'map') return new Map(entries)
    return entries.map((entry) => Struct.ofTrusted(this.#header, [...entry]))
  }

  #plain(record: SinkRecord): Record<string, unknown> {
    return Object.fromEntries(
      this.#options.fields.map((field) => {
        if (field === 'timestamp') return [field, record.timestamp]
        if (field !== 'headers') return [field, this.#fieldOf(field, record)]
        const headers = [...record.headers].map((header) => ({
          key: header.key,
          value: headerValue(header, this.#options.headerValues),
        }))
        return [field, headers]
      }),
    )
  }

  #schemaOf(key: Schema | null, value: Schema | null): Schema {
    let ofKey = this.#schemas.get(key ?? NOTHING)
    if (ofKey === undefined) this.#schemas.set(key ?? NOTHING, (ofKey = new WeakMap()))
    let schema = ofKey.get(value ?? NOTHING)
    if (schema === undefined) {
      ofKey.set(value ?? NOTHING, (schema = this.#build(key, value)))
      this.#parts.set(schema, { key, value })
    }
    return schema
  }

  #build(key: Schema | null, value: Schema | null): Schema {
    const types: Readonly<Record<EnvelopeField, () => Schema>> = {
      key: () => partSchema(key),
      value: () => partSchema(value),
      headers: () => this.#headers,
      topic: () => STRING,
      partition: () => INT32,
      offset: () => INT64,
      timestamp: () => (this.#options.timestamp === 'logical' ? OPTIONAL_TIMESTAMP : OPTIONAL_INT64),
    }
    const builder = SchemaBuilder.struct().name(this.#options.name)
    for (const field of this.#options.fields) builder.field(field, types[field]())
    return builder.build()
  }
}

function partSchema(schema: Schema | null): Schema {
  if (schema === null) return NOTHING
  return schema.optional ? schema : SchemaBuilder.from(schema).optional().build()
}

/** A struct under the optional form of its schema; encoders look at that. */
function underSchema(value: unknown, schema: Schema): unknown {
  if (!isStructValue(value) || value.schema === schema) return value
  return Struct.ofTrusted(
    schema,
    schema.fields.map(({ index }) => value.at(index)),
  )
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined
}

/** A part that is null and has no schema fits into any file; otherwise keys and values are judged like records. */
class EnvelopeCompatibility extends SchemaCompatibility {
  readonly #inner: SchemaCompatibility
  readonly #partsOf: (schema: Schema) => Parts | undefined

  constructor(inner: SchemaCompatibility, partsOf: (schema: Schema) => Parts | undefined) {
    super('NONE')
    this.#inner = inner
    this.#partsOf = partsOf
  }

  override judge(file: Schema | null, record: Schema | null): SchemaVerdict {
    if (file === record) return 'same'
    if (file === null || record === null) return 'rotate'
    const ofFile = this.#partsOf(file)
    const ofRecord = this.#partsOf(record)
    if (ofFile === undefined || ofRecord === undefined) return 'rotate'
    const keys = this.#judgePart(ofFile.key, ofRecord.key)
    const values = this.#judgePart(ofFile.value, ofRecord.value)
    return keys === 'rotate' || values === 'rotate' ? 'rotate' : 'project'
  }

  override project(record: SinkRecord, file: Schema): SinkRecord {
    const from = this.#partsOf(record.valueSchema as Schema)
    const to = this.#partsOf(file)
    const struct = record.value as Struct
    const values = file.fields.map(({ name, index, schema }) => {
      const value = struct.at(index)
      if (isNull(value) || (name !== 'key' && name !== 'value')) return value
      const [source, target] = [from?.[name], to?.[name]]
      if (!source || !target || source === target || source.equals(target)) return value
      return underSchema(projectValue(source, underSchema(value, source), target), schema)
    })
    return record.with({ valueSchema: file, value: Struct.ofTrusted(file, values) })
  }

  #judgePart(file: Schema | null, record: Schema | null): SchemaVerdict {
    return record === null ? 'project' : this.#inner.judge(file, record)
  }
}
