import {
  type ConfigCheck,
  configDef,
  isStruct,
  oneOf,
  type RawConfig,
  type Schema,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { replaceNullWithDefault } from './shared/common-keys.ts'
import { getMember, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStructOrNull } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { readField, structLike } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'
import { PatternError, SimpleDateFormat } from './simple-date-format/simple-date-format.ts'
import {
  fromMillis,
  TIMESTAMP_TYPES,
  type TimestampSettings,
  type TimestampType,
  toMillis,
  TYPE_SCHEMAS,
  typeOfSchema,
  typeOfValue,
  UNIX_PRECISIONS,
  type UnixPrecision,
} from './timestamp-types.ts'

const PURPOSE = 'converting timestamp formats'

/** A text without a format cannot be written; a format must be one of Java's. */
const checkFormat: ConfigCheck = function* ({ values }) {
  const { format } = values
  if (typeof format !== 'string') return
  if (format.trim() === '') {
    if (values['target.type'] === 'string') {
      const message = 'TimestampConverter requires format option to be specified when using string timestamps'
      yield { key: 'format', message }
    }
    return
  }
  try {
    new SimpleDateFormat(format)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    const message = `TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: ${format}`
    yield { key: 'format', message: `${message} (${error.message})` }
  }
}

const config = configDef(
  {
    field: {
      type: 'string',
      default: '',
      importance: 'high',
      doc: 'The field that holds the timestamp; empty where the whole key or value is one.',
    },
    'target.type': {
      type: 'string',
      validator: oneOf(...TIMESTAMP_TYPES),
      importance: 'high',
      doc: 'What the timestamp becomes: string, unix (an integer), or the logical types Date, Time and Timestamp.',
    },
    format: {
      type: 'string',
      default: '',
      importance: 'medium',
      doc: "How timestamps are written as text, as a pattern of Java's SimpleDateFormat, in UTC: for target.type=string, and for reading text.",
    },
    'unix.precision': {
      type: 'string',
      default: 'milliseconds',
      validator: oneOf(...UNIX_PRECISIONS),
      importance: 'low',
      doc: 'What a unix timestamp counts, when it is read and when it is written. Parts of a millisecond are lost.',
    },
    'replace.null.with.default': replaceNullWithDefault,
  },
  [checkFormat],
)

/** Converts between the representations of a timestamp (Java: `TimestampConverter`). */
class TimestampConverter implements Transformation {
  readonly #side: RecordSide
  readonly #schemas = new SchemaCache<Schema>()
  #field = ''
  #target: TimestampType = 'Timestamp'
  #settings: TimestampSettings = { format: null, precision: 'milliseconds' }
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#field = parsed.field
    this.#target = parsed['target.type'] as TimestampType
    this.#settings = {
      format: parsed.format.trim() === '' ? null : new SimpleDateFormat(parsed.format),
      precision: parsed['unix.precision'] as UnixPrecision,
    }
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const schema = this.#side.schemaOf(record)
    const value = this.#side.valueOf(record)
    return schema === null ? this.#applyPlain(record, value) : this.#applyWithSchema(record, schema, value)
  }

  #applyPlain(record: SinkRecord, value: unknown): SinkRecord {
    if (value === null || this.#field === '') {
      return this.#side.replace(record, null, this.#convert(value, null))
    }
    const updated = { ...requireMap(value, PURPOSE) }
    setMember(updated, this.#field, this.#convert(getMember(updated, this.#field), null))
    return this.#side.replace(record, null, updated)
  }

  #applyWithSchema(record: SinkRecord, schema: Schema, value: unknown): SinkRecord {
    if (this.#field === '') {
      return this.#side.replace(record, this.#targetSchema(schema.optional), this.#convert(value, schema))
    }
    const struct = requireStructOrNull(value, PURPOSE, schema)
    const updated = this.#schemas.get(schema, (s) => this.#updateSchema(s))
    return this.#side.replace(record, updated, struct === null ? null : this.#convertField(struct, updated))
  }

  #convertField(struct: Struct, updated: Schema): Struct {
    const values = struct.schema.fields.map((field) => {
      const original = readField(struct, field, this.#replaceNull)
      return field.name === this.#field ? this.#convert(original, field.schema) : original
    })
    return Struct.ofTrusted(updated, values)
  }

  #convert(value: unknown, schema: Schema | null): unknown {
    const type = schema === null ? null : typeOfSchema(schema)
    if (value === null || value === undefined) return null
    const millis = toMillis(value, type ?? typeOfValue(value), this.#settings)
    return fromMillis(millis, this.#target, this.#settings, schema !== null)
  }

  #targetSchema(optional: boolean): Schema {
    return TYPE_SCHEMAS[this.#target][optional ? 1 : 0]
  }

  #updateSchema(schema: Schema): Schema {
    const builder = structLike(schema).optional(schema.optional)
    for (const field of schema.fields) {
      const isTarget = field.name === this.#field
      builder.field(field.name, isTarget ? this.#targetSchema(field.schema.optional) : field.schema)
    }
    const withoutDefault = builder.build()
    const { defaultValue } = schema
    if (!isStruct(defaultValue)) return withoutDefault
    return builder.defaultValue(this.#convertField(defaultValue as Struct, withoutDefault)).build()
  }
}

/** Java: `org.apache.kafka.connect.transforms.TimestampConverter$Key` and `$Value`. */
export const timestampConverterPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.TimestampConverter`,
  doc: 'Converts timestamps between text, unix integers and the logical types Date, Time and Timestamp.',
  config,
  create: (side) => new TimestampConverter(side),
})
