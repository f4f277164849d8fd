import {
  type ConfigCheck,
  configDef,
  INT32,
  INT64,
  OPTIONAL_INT32,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  type RawConfig,
  type Schema,
  type SinkRecord,
  STRING,
  Struct,
  timestampSchema,
  type Transformation,
} from '@spillway/api'
import { replaceNullWithDefault } from './shared/common-keys.ts'
import { setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { readField, structLike } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const PURPOSE = 'field insertion'
const SUFFIXES = ' A suffix ! makes the field required, ? optional, which it is anyway.'

const nameKey = (what: string) =>
  ({
    type: 'string',
    default: null,
    importance: 'medium',
    doc: `Name of a field for ${what}.${SUFFIXES}`,
  }) as const

const isNothingConfigured: ConfigCheck = function* ({ values }) {
  const names = ['topic.field', 'partition.field', 'offset.field', 'timestamp.field', 'static.field']
  if (names.every((name) => values[name] === null)) {
    yield { key: 'topic.field', message: 'No field insertion configured' }
  }
  if (typeof values['static.field'] === 'string' && values['static.value'] === null) {
    const message = `No value specified for static field: ${values['static.field']}`
    yield { key: 'static.value', message }
  }
}

const config = configDef(
  {
    'topic.field': nameKey("the record's topic"),
    'partition.field': nameKey("the record's partition"),
    'offset.field': nameKey("the record's offset"),
    'timestamp.field': nameKey("the record's timestamp"),
    'static.field': nameKey('a fixed text'),
    'static.value': {
      type: 'string',
      default: null,
      importance: 'medium',
      doc: 'The fixed text of static.field.',
    },
    'replace.null.with.default': replaceNullWithDefault,
  },
  [isNothingConfigured],
)

const TIMESTAMP_SCHEMA = timestampSchema()
const OPTIONAL_TIMESTAMP_SCHEMA = timestampSchema({ optional: true })

/** A field to insert: its schema, and its value with and without a schema; undefined inserts nothing. */
interface Insertion {
  readonly name: string
  readonly schema: Schema
  readonly valueOf: (record: SinkRecord) => unknown
  readonly plainValueOf: (record: SinkRecord) => unknown
}

type Value = (record: SinkRecord) => unknown

function insertion(
  written: string | null,
  schemas: readonly [required: Schema, optional: Schema],
  valueOf: Value,
  plainValueOf: Value = valueOf,
): Insertion[] {
  if (written === null) return []
  const isRequired = written.endsWith('!')
  const name = isRequired || written.endsWith('?') ? written.slice(0, -1) : written
  return [{ name, schema: isRequired ? schemas[0] : schemas[1], valueOf, plainValueOf }]
}

function plainOffset({ originalKafkaOffset: offset }: SinkRecord): number | bigint {
  return offset <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(offset) : offset
}

/** Adds fields from the record's own coordinates, or a fixed text (Java: `InsertField`). */
class InsertField implements Transformation {
  readonly #side: RecordSide
  readonly #schemas = new SchemaCache<Schema>()
  #insertions: readonly Insertion[] = []
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#insertions = [
      ...insertion(parsed['topic.field'], [STRING, OPTIONAL_STRING], (r) => r.topic),
      ...insertion(parsed['partition.field'], [INT32, OPTIONAL_INT32], (r) => r.kafkaPartition),
      ...insertion(parsed['offset.field'], [INT64, OPTIONAL_INT64], (r) => r.kafkaOffset, plainOffset),
      ...insertion(
        parsed['timestamp.field'],
        [TIMESTAMP_SCHEMA, OPTIONAL_TIMESTAMP_SCHEMA],
        (r) => (r.timestamp === null ? undefined : new Date(r.timestamp)),
        (r) => r.timestamp ?? undefined,
      ),
      ...insertion(parsed['static.field'], [STRING, OPTIONAL_STRING], () => parsed['static.value']),
    ]
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const value = this.#side.valueOf(record)
    if (value === null) return record
    const schema = this.#side.schemaOf(record)
    if (schema === null) {
      const updated = { ...requireMap(value, PURPOSE) }
      for (const { name, plainValueOf } of this.#insertions) {
        const inserted = plainValueOf(record)
        if (inserted !== undefined) setMember(updated, name, inserted)
      }
      return this.#side.replace(record, null, updated)
    }
    const struct = requireStruct(value, PURPOSE, schema)
    const updatedSchema = this.#schemas.get(schema, (s) => this.#updateSchema(s))
    const values = struct.schema.fields.map((field) => readField(struct, field, this.#replaceNull))
    for (const { valueOf } of this.#insertions) values.push(valueOf(record) ?? null)
    return this.#side.replace(record, updatedSchema, Struct.ofTrusted(updatedSchema, values))
  }

  #updateSchema(schema: Schema): Schema {
    const builder = structLike(schema)
    for (const field of schema.fields) builder.field(field.name, field.schema)
    for (const { name, schema: inserted } of this.#insertions) builder.field(name, inserted)
    return builder.build()
  }
}

/** Java: `org.apache.kafka.connect.transforms.InsertField$Key` and `$Value`. */
export const insertFieldPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.InsertField`,
  doc: "Adds fields with the record's topic, partition, offset or timestamp, or a fixed text.",
  config,
  create: (side) => new InsertField(side),
})
