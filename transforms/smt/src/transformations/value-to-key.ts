import {
  configDef,
  DataError,
  type Field,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { listOfNames, replaceNullWithDefault } from './shared/common-keys.ts'
import { getMember, type PlainObject, setMember } from './shared/plain-object.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { readField } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, smtPlugin } from './shared/smt-plugin.ts'

const PURPOSE = 'copying fields from value to key'

const config = configDef({
  fields: {
    type: 'list',
    validator: listOfNames(),
    importance: 'high',
    doc: 'Fields of the value that make the new key, in this order.',
  },
  'replace.null.with.default': replaceNullWithDefault,
})

interface KeyPlan {
  readonly schema: Schema
  readonly sources: readonly Field[]
}

/** Makes the key out of fields of the value (Java: `ValueToKey`). */
class ValueToKey implements Transformation {
  readonly #plans = new SchemaCache<KeyPlan>()
  #fields: readonly string[] = []
  #replaceNull = true

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#fields = [...new Set(parsed.fields)]
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    if (record.valueSchema === null) {
      const value = requireMap(record.value, PURPOSE)
      const key: PlainObject = {}
      for (const name of this.#fields) setMember(key, name, getMember(value, name))
      return record.with({ keySchema: null, key })
    }
    const struct = requireStruct(record.value, PURPOSE, record.valueSchema)
    const { schema, sources } = this.#plans.get(struct.schema, (s) => this.#plan(s))
    const values = sources.map((field) => readField(struct, field, this.#replaceNull))
    return record.with({ keySchema: schema, key: Struct.ofTrusted(schema, values) })
  }

  #plan(schema: Schema): KeyPlan {
    const builder = SchemaBuilder.struct()
    const sources = this.#fields.map((name) => {
      const field = schema.field(name)
      if (field === undefined) throw new DataError(`Field does not exist: ${name}`)
      builder.field(name, field.schema)
      return field
    })
    return { schema: builder.build(), sources }
  }
}

/** Java: `org.apache.kafka.connect.transforms.ValueToKey`. */
export const valueToKeyPlugin = smtPlugin({
  className: `${CONNECT_TRANSFORMS}.ValueToKey`,
  doc: 'Replaces the key by a struct or map of fields taken from the value.',
  config,
  create: () => new ValueToKey(),
})
