import {
  configDef,
  isLogical,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { type PlainObject, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const config = configDef({
  field: { type: 'string', importance: 'medium', doc: 'Name of the field that holds the key or value.' },
})

/** Wraps the key or value as the one field of a struct or map (Java: `HoistField`). */
class HoistField implements Transformation {
  readonly #side: RecordSide
  readonly #schemas = new SchemaCache<Schema>()
  #field = ''

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    this.#field = config.parse(raw).field
  }

  apply(record: SinkRecord): SinkRecord {
    const schema = this.#side.schemaOf(record)
    const value = this.#side.valueOf(record)
    if (schema === null) {
      const map: PlainObject = {}
      setMember(map, this.#field, value)
      return this.#side.replace(record, null, map)
    }
    const wrapped = this.#schemas.get(schema, (s) => SchemaBuilder.struct().field(this.#field, s).build())
    // The value has been checked against its schema; but not that there is one, nor that its schema's name means it: Cast
    // leaves the name of a logical type on values of others.
    const isTrusted = value !== null && !isLogical(schema)
    const struct = isTrusted
      ? Struct.ofTrusted(wrapped, [value])
      : new Struct(wrapped).put(this.#field, value)
    return this.#side.replace(record, wrapped, struct)
  }
}

/** Java: `org.apache.kafka.connect.transforms.HoistField$Key` and `$Value`. */
export const hoistFieldPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.HoistField`,
  doc: 'Wraps the whole key or value in a struct or map with one field.',
  config,
  create: (side) => new HoistField(side),
})
