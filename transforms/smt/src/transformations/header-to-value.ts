import {
  type ConfigCheck,
  configDef,
  type Header,
  Headers,
  oneOf,
  type RawConfig,
  rule,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  type Transformation,
} from '@spillway/api'
import { CAST_TARGETS, type CastTarget, castValue } from './shared/cast-value.ts'
import { listOfNames } from './shared/common-keys.ts'
import { jsonText } from './shared/json-text.ts'
import { setMember } from './shared/plain-object.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { structLike } from './shared/schema-copy.ts'
import { smtPlugin, SPILLWAY_TRANSFORMS } from './shared/smt-plugin.ts'

const PURPOSE = 'putting headers into the value'
const TYPE_NAMES = CAST_TARGETS.map((type) => type.toLowerCase())

const sameLengths: ConfigCheck = function* ({ values: { headers, fields, types } }) {
  if (!Array.isArray(headers)) return
  for (const [key, list] of [
    ['fields', fields],
    ['types', types],
  ] as const) {
    if (!Array.isArray(list) || (list.length === 0 && key === 'types')) continue
    if (list.length !== headers.length) {
      yield { key, message: `'${key}' config must have the same number of elements as 'headers' config.` }
    }
  }
}

const config = configDef(
  {
    headers: {
      type: 'list',
      validator: listOfNames(),
      importance: 'high',
      ours: true,
      doc: 'Names of the headers; of several with one name the last counts.',
    },
    fields: {
      type: 'list',
      validator: listOfNames(),
      importance: 'high',
      ours: true,
      doc: 'Names of the fields, in the order of headers.',
    },
    types: {
      type: 'list',
      default: [],
      validator: rule(`list of ${TYPE_NAMES.join(', ')}`, (value) => {
        const unknown = (value as string[]).find((type) => !TYPE_NAMES.includes(type.toLowerCase()))
        return unknown === undefined ? undefined : `${unknown} is not one of ${TYPE_NAMES.join(', ')}`
      }),
      importance: 'medium',
      ours: true,
      doc: 'Types of the fields, in the order of headers, with the rules of Cast; all string where it is empty. They do not depend on what a record brings, so that the schema stays the same.',
    },
    operation: {
      type: 'string',
      default: 'copy',
      validator: oneOf('move', 'copy'),
      importance: 'medium',
      ours: true,
      doc: 'Whether the headers leave the record (move) or stay (copy).',
    },
  },
  [sameLengths],
)

interface Target {
  readonly header: string
  readonly field: string
  readonly type: CastTarget
}

/** Puts headers into fields of the value: the other way of HeaderFrom. A missing header is null. */
class HeaderToValue implements Transformation {
  readonly #schemas = new SchemaCache<Schema>()
  #targets: readonly Target[] = []
  #isMove = false

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#targets = parsed.headers.map((header, i) => ({
      header,
      field: parsed.fields[i] ?? header,
      type: (parsed.types[i]?.toUpperCase() ?? 'STRING') as CastTarget,
    }))
    this.#isMove = parsed.operation === 'move'
  }

  apply(record: SinkRecord): SinkRecord {
    if (record.value === null || record.value === undefined) return record
    const headers = this.#isMove ? this.#others(record.headers) : record.headers
    if (record.valueSchema === null) {
      const value = { ...requireMap(record.value, PURPOSE) }
      for (const { header, field, type } of this.#targets) {
        setMember(value, field, valueOf(record.headers.lastWithName(header), type, false))
      }
      return record.with({ value, valueSchema: null, headers })
    }
    const struct = requireStruct(record.value, PURPOSE, record.valueSchema)
    const valueSchema = this.#schemas.get(struct.schema, (s) => this.#updateSchema(s))
    const values = struct.schema.fields.map((field) => struct.at(field.index))
    for (const { header, type } of this.#targets) {
      values.push(valueOf(record.headers.lastWithName(header), type, true))
    }
    return record.with({ value: Struct.ofTrusted(valueSchema, values), valueSchema, headers })
  }

  #others(headers: Headers): Headers {
    const moved = new Set(this.#targets.map(({ header }) => header))
    return new Headers([...headers].filter(({ key }) => !moved.has(key)))
  }

  #updateSchema(schema: Schema): Schema {
    const builder = structLike(schema)
    for (const field of schema.fields) builder.field(field.name, field.schema)
    for (const { field, type } of this.#targets) {
      builder.field(field, new SchemaBuilder(type).optional().build())
    }
    return builder.optional(schema.optional).build()
  }
}

/** Bytes are read as text, and lists and maps become JSON; everything else follows the rules of Cast. */
function valueOf(header: Header | undefined, type: CastTarget, hasSchema: boolean): unknown {
  const value = header?.value ?? null
  if (header === undefined || value === null) return null
  const { schema } = header
  const isText = value instanceof Uint8Array
  const isNested = schema?.type === 'ARRAY' || schema?.type === 'MAP' || schema?.type === 'STRUCT'
  if (isText || isNested || (schema === null && typeof value === 'object')) {
    const text = isText ? Buffer.from(value).toString('utf8') : jsonText(value)
    return castValue(text, hasSchema ? STRING : null, type)
  }
  const cast = castValue(value, schema, type)
  return hasSchema || type !== 'INT64' ? withSchema(cast, type) : plain(cast)
}

/** What a schemaless header gives an int64 field of a struct. */
function withSchema(cast: unknown, type: CastTarget): unknown {
  return type === 'INT64' && typeof cast === 'number' ? BigInt(cast) : cast
}

/** What a header with a schema gives a schemaless map. */
function plain(cast: unknown): unknown {
  return typeof cast === 'bigint' && Number.isSafeInteger(Number(cast)) ? Number(cast) : cast
}

/** `io.spillway.transforms.HeaderToValue`; Kafka Connect has none. */
export const headerToValuePlugin = smtPlugin({
  className: `${SPILLWAY_TRANSFORMS}.HeaderToValue`,
  doc: 'Puts headers of the record into fields of its value.',
  config,
  create: () => new HeaderToValue(),
})
