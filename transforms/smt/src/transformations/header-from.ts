import {
  configDef,
  DataError,
  nonEmpty,
  oneOf,
  type RawConfig,
  type Schema,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { replaceNullWithDefault } from './shared/common-keys.ts'
import { getMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { readField, structLike } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const config = configDef(
  {
    fields: {
      type: 'list',
      validator: nonEmpty,
      importance: 'high',
      doc: 'Fields whose values become headers.',
    },
    headers: {
      type: 'list',
      validator: nonEmpty,
      importance: 'high',
      doc: 'Names of the headers, in the order of fields.',
    },
    operation: {
      type: 'string',
      validator: oneOf('move', 'copy'),
      importance: 'high',
      doc: 'Whether the fields leave the key or value (move) or stay in it as well (copy).',
    },
    'replace.null.with.default': replaceNullWithDefault,
  },
  [
    function* ({ values }) {
      const { fields, headers } = values
      if (Array.isArray(fields) && Array.isArray(headers) && fields.length !== headers.length) {
        const message = "'fields' config must have the same number of elements as 'headers' config."
        yield { key: 'headers', message }
      }
    },
  ],
)

/** Copies or moves fields into headers (Java: `HeaderFrom`). */
class HeaderFrom implements Transformation {
  readonly #side: RecordSide
  readonly #remainders = new SchemaCache<Schema>()
  #fields: readonly string[] = []
  #headers: readonly string[] = []
  #isMove = false
  #replaceNull = true
  #purpose = ''

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#fields = parsed.fields
    this.#headers = parsed.headers
    this.#isMove = parsed.operation === 'move'
    this.#replaceNull = parsed['replace.null.with.default']
    this.#purpose = `header ${parsed.operation}`
  }

  apply(record: SinkRecord): SinkRecord {
    const schema = this.#side.schemaOf(record)
    const value = this.#side.valueOf(record)
    return schema === null ? this.#applyPlain(record, value) : this.#applyWithSchema(record, schema, value)
  }

  #applyPlain(record: SinkRecord, value: unknown): SinkRecord {
    const map = requireMap(value, this.#purpose)
    const headers = record.headers.duplicate()
    const rest = { ...map }
    for (const [i, name] of this.#fields.entries()) {
      headers.add(this.#headers[i] ?? name, getMember(map, name))
      if (this.#isMove) delete rest[name]
    }
    return this.#side.replace(record, null, rest, headers)
  }

  #applyWithSchema(record: SinkRecord, schema: Schema, value: unknown): SinkRecord {
    const struct = requireStruct(value, this.#purpose, schema)
    const headers = record.headers.duplicate()
    for (const [i, name] of this.#fields.entries()) {
      const field = struct.schema.field(name)
      if (field === undefined) throw new DataError(`Field does not exist: ${name}`)
      headers.add(this.#headers[i] ?? name, readField(struct, field, this.#replaceNull), field.schema)
    }
    if (!this.#isMove) return this.#side.replace(record, schema, struct, headers)
    const rest = this.#remainders.get(schema, (s) => this.#remainder(s))
    const values = struct.schema.fields
      .filter((field) => !this.#fields.includes(field.name))
      .map((field) => readField(struct, field, this.#replaceNull))
    return this.#side.replace(record, rest, Struct.ofTrusted(rest, values), headers)
  }

  #remainder(schema: Schema): Schema {
    const builder = structLike(schema)
    for (const field of schema.fields) {
      if (!this.#fields.includes(field.name)) builder.field(field.name, field.schema)
    }
    return builder.build()
  }
}

/** Java: `org.apache.kafka.connect.transforms.HeaderFrom$Key` and `$Value`. */
export const headerFromPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.HeaderFrom`,
  doc: 'Copies or moves fields of the key or value into headers of the record.',
  config,
  create: (side) => new HeaderFrom(side),
})
