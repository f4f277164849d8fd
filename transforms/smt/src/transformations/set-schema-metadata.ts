import {
  configDef,
  DataError,
  isStruct,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { replaceNullWithDefault } from './shared/common-keys.ts'
import type { RecordSide } from './shared/record-side.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { readField } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const config = configDef(
  {
    'schema.name': { type: 'string', default: null, importance: 'high', doc: 'The new name of the schema.' },
    'schema.version': {
      type: 'int',
      default: null,
      importance: 'high',
      doc: 'The new version of the schema.',
    },
    'replace.null.with.default': replaceNullWithDefault,
  },
  [
    function* ({ values }) {
      if (values['schema.name'] === null && values['schema.version'] === null) {
        yield { key: 'schema.name', message: 'Neither schema name nor version configured' }
      }
    },
  ],
)

/** Sets name and version of a schema (Java: `SetSchemaMetadata`). */
class SetSchemaMetadata implements Transformation {
  readonly #side: RecordSide
  readonly #schemas = new SchemaCache<Schema>()
  #name: string | null = null
  #version: number | null = null
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#name = parsed['schema.name']
    this.#version = parsed['schema.version']
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const schema = this.#side.schemaOf(record)
    const value = this.#side.valueOf(record)
    if (schema === null) {
      if (value === null) return record
      throw new DataError('Schema required for [updating schema metadata]')
    }
    const updated = this.#schemas.get(schema, (s) => this.#updateSchema(s))
    if (!isStruct(value)) return this.#side.replace(record, updated, value)
    const struct = value as Struct
    const values = struct.schema.fields.map((field) => readField(struct, field, this.#replaceNull))
    return this.#side.replace(record, updated, Struct.ofTrusted(updated, values))
  }

  #updateSchema(schema: Schema): Schema {
    const builder = SchemaBuilder.from(schema)
    if (this.#name !== null) builder.name(this.#name)
    if (this.#version !== null) builder.version(this.#version)
    return builder.build()
  }
}

/** Java: `org.apache.kafka.connect.transforms.SetSchemaMetadata$Key` and `$Value`. */
export const setSchemaMetadataPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.SetSchemaMetadata`,
  doc: "Sets the name or version of the key's or value's schema.",
  config,
  create: (side) => new SetSchemaMetadata(side),
})
