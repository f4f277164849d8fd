import {
  configDef,
  ConfigError,
  type RawConfig,
  type Schema,
  SCHEMA_TYPES,
  SchemaBuilder,
  type SinkRecord,
  Struct,
  type Transformation,
  type Validator,
} from '@spillway/api'
import { CAST_TARGETS, type CastTarget, castValue } from './shared/cast-value.ts'
import { replaceNullWithDefault } from './shared/common-keys.ts'
import { getMember, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { copyBasics, readField, structLike } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const PURPOSE = 'cast types'

/** A parsed spec: one type for the whole key or value, or one per field. */
interface CastSpec {
  readonly whole: CastTarget | null
  readonly fields: ReadonlyMap<string, CastTarget>
}

const specValidator: Validator = {
  describe: () => 'list of field:type pairs, e.g. foo:int8,bar:string, or a single type',
  check(key, value) {
    if (value !== null) parseSpec(key, value as readonly string[])
  },
}

const config = configDef({
  spec: {
    type: 'list',
    validator: specValidator,
    importance: 'high',
    doc: `Either one type for the whole key or value, or pairs field:type for fields of a struct or map. Types: ${CAST_TARGETS.join(', ').toLowerCase()}. Bytes can only become a string (base64).`,
  },
  'replace.null.with.default': replaceNullWithDefault,
})

function parseSpec(key: string, mappings: readonly string[]): CastSpec {
  if (mappings.length === 0) throw new ConfigError('Must specify at least one field to cast.', { key })
  const fields = new Map<string, CastTarget>()
  let whole: CastTarget | null = null
  for (const mapping of mappings) {
    const parts = mapping.split(':').map((part) => part.trim())
    // Java's split leaves out empty parts at the end, so "foo:" is the type foo.
    while (parts.length > 1 && parts.at(-1) === '') parts.pop()
    const [first = '', second] = parts
    if (parts.length > 2) {
      throw ConfigError.invalidValue(key, `[${mappings.join(', ')}]`, `Invalid rename mapping: ${mapping}`)
    }
    if (second === undefined) whole = parseType(key, first)
    else fields.set(first, parseType(key, second))
  }
  if (whole !== null && mappings.length > 1) {
    throw new ConfigError(
      'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec',
      { key },
    )
  }
  return { whole, fields }
}

function parseType(key: string, written: string): CastTarget {
  const type = written.toUpperCase()
  const target = CAST_TARGETS.find((known) => known === type)
  if (target !== undefined) return target
  if (!(SCHEMA_TYPES as readonly string[]).includes(type)) {
    throw new ConfigError(`Invalid type found in casting spec: ${written}`, { key })
  }
  throw new ConfigError(
    `Cast transformation does not support casting to ${type}; supported types are [${CAST_TARGETS.join(', ')}]`,
    { key },
  )
}

/** Casts a whole key or value, or fields of it, to other primitive types (Java: `Cast`). */
class Cast implements Transformation {
  readonly #side: RecordSide
  readonly #schemas = new SchemaCache<Schema>()
  #spec: CastSpec = { whole: null, fields: new Map() }
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#spec = parseSpec('spec', parsed.spec)
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const value = this.#side.valueOf(record)
    if (value === null) return record
    const schema = this.#side.schemaOf(record)
    return schema === null ? this.#applyPlain(record, value) : this.#applyWithSchema(record, schema, value)
  }

  #applyPlain(record: SinkRecord, value: unknown): SinkRecord {
    const { whole, fields } = this.#spec
    if (whole !== null) return this.#side.replace(record, null, castValue(value, null, whole))
    const updated = { ...requireMap(value, PURPOSE) }
    for (const [name, type] of fields) {
      setMember(updated, name, castValue(getMember(updated, name), null, type))
    }
    return this.#side.replace(record, null, updated)
  }

  #applyWithSchema(record: SinkRecord, schema: Schema, value: unknown): SinkRecord {
    const { whole, fields } = this.#spec
    const updatedSchema = this.#schemas.get(schema, (s) => this.#updateSchema(s))
    if (whole !== null) {
      return this.#side.replace(record, updatedSchema, castValue(value, schema, whole))
    }
    const struct = requireStruct(value, PURPOSE, schema)
    const values = struct.schema.fields.map((field) => {
      const original = readField(struct, field, this.#replaceNull)
      const type = fields.get(field.name)
      return type === undefined ? original : castValue(original, field.schema, type)
    })
    return this.#side.replace(record, updatedSchema, Struct.ofTrusted(updatedSchema, values))
  }

  #updateSchema(schema: Schema): Schema {
    const { whole, fields } = this.#spec
    if (whole !== null) {
      const builder = copyBasics(schema, new SchemaBuilder(whole))
      return withCastDefault(builder, schema, whole).build()
    }
    const builder = structLike(schema)
    for (const field of schema.fields) {
      const type = fields.get(field.name)
      const fieldSchema =
        type === undefined
          ? field.schema
          : withCastDefault(new SchemaBuilder(type), field.schema, type).build()
      builder.field(field.name, fieldSchema)
    }
    return builder.optional(schema.optional).build()
  }
}

/** Optional where the original is; its default is cast too. */
function withCastDefault(builder: SchemaBuilder, original: Schema, type: CastTarget): SchemaBuilder {
  const { defaultValue } = original
  if (defaultValue !== undefined && defaultValue !== null) {
    builder.defaultValue(castValue(defaultValue, original, type))
  }
  return builder.optional(original.optional)
}

/** Java: `org.apache.kafka.connect.transforms.Cast$Key` and `$Value`. */
export const castPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.Cast`,
  doc: 'Casts fields, or a whole key or value, to another primitive type with the rules of Java: integers wrap around, floats are cut off, texts are parsed.',
  config,
  create: (side) => new Cast(side),
})
