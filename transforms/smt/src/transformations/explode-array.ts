import {
  configDef,
  DataError,
  INT32,
  oneOf,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  Struct,
  type Transformation,
} from '@spillway/api'
import { javaClassName } from './shared/java-class-name.ts'
import { getMember, setMember } from './shared/plain-object.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { structLike } from './shared/schema-copy.ts'
import { smtPlugin, SPILLWAY_TRANSFORMS } from './shared/smt-plugin.ts'

const PURPOSE = 'exploding an array'

const config = configDef({
  field: {
    type: 'string',
    default: '',
    importance: 'high',
    ours: true,
    doc: 'The field that holds the array; empty where the whole value is one.',
  },
  'index.field': {
    type: 'string',
    default: null,
    importance: 'low',
    ours: true,
    doc: 'Name of a field for the place of the element in the array, from 0; only together with field.',
  },
  empty: {
    type: 'string',
    default: 'keep',
    validator: oneOf('keep', 'drop'),
    importance: 'medium',
    ours: true,
    doc: 'What becomes of a record whose array is empty or null: one record with null in its place (keep), or none (drop).',
  },
})

/** One record for each element of an array. All have the offset of the record they come from. */
class ExplodeArray implements Transformation {
  readonly #schemas = new SchemaCache<Schema>()
  #field = ''
  #indexField: string | null = null
  #keepsEmpty = true

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#field = parsed.field
    this.#indexField = parsed['index.field']
    this.#keepsEmpty = parsed.empty === 'keep'
  }

  apply(record: SinkRecord): SinkRecord | readonly SinkRecord[] | null {
    if (record.value === null || record.value === undefined) return record
    const records =
      this.#field === ''
        ? this.#explodeWhole(record)
        : record.valueSchema === null
          ? this.#explodePlain(record)
          : this.#explodeStruct(record, record.valueSchema)
    return records.length === 0 ? null : records
  }

  #explodeWhole(record: SinkRecord): SinkRecord[] {
    const { valueSchema: schema } = record
    const elements = this.#elements(record.value, schema)
    const valueSchema = schema === null ? null : this.#schemas.get(schema, (s) => this.#elementSchema(s))
    return elements.map((value) => record.with({ value, valueSchema }))
  }

  #explodePlain(record: SinkRecord): SinkRecord[] {
    const map = requireMap(record.value, PURPOSE)
    return this.#elements(getMember(map, this.#field), null).map((element, i) => {
      const value = { ...map }
      setMember(value, this.#field, element)
      if (this.#indexField !== null) setMember(value, this.#indexField, i)
      return record.with({ value, valueSchema: null })
    })
  }

  #explodeStruct(record: SinkRecord, schema: Schema): SinkRecord[] {
    const struct = requireStruct(record.value, PURPOSE, schema)
    const array = struct.schema.field(this.#field)
    if (array === undefined) throw new DataError(`Field does not exist: ${this.#field}`)
    const valueSchema = this.#schemas.get(struct.schema, (s) => this.#structSchema(s))
    return this.#elements(struct.getField(array), array.schema).map((element, i) => {
      const values = struct.schema.fields.map((field) =>
        field.index === array.index ? element : struct.at(field.index),
      )
      if (this.#indexField !== null) values.push(i)
      return record.with({ value: Struct.ofTrusted(valueSchema, values), valueSchema })
    })
  }

  #elements(value: unknown, schema: Schema | null): readonly unknown[] {
    if (value !== null && value !== undefined && !Array.isArray(value)) {
      const where = this.#field === '' ? 'The value' : `Field ${this.#field}`
      throw new DataError(`${where} is no array but a ${javaClassName(value, schema)}`)
    }
    const elements = (value ?? []) as readonly unknown[]
    return elements.length === 0 && this.#keepsEmpty ? [null] : elements
  }

  #structSchema(schema: Schema): Schema {
    const builder = structLike(schema)
    for (const field of schema.fields) {
      builder.field(field.name, field.name === this.#field ? this.#elementSchema(field.schema) : field.schema)
    }
    if (this.#indexField !== null) builder.field(this.#indexField, INT32)
    return builder.optional(schema.optional).build()
  }

  /** Optional where an empty array leaves a null. */
  #elementSchema(array: Schema): Schema {
    const element = array.type === 'ARRAY' ? array.valueSchemaIfAny : undefined
    if (element === undefined) {
      throw new DataError(`Schema ${array.toString()} is no array with elements of one type`)
    }
    return this.#keepsEmpty && !element.optional ? SchemaBuilder.from(element).optional().build() : element
  }
}

/** `io.spillway.transforms.ExplodeArray`; Kafka Connect has none. */
export const explodeArrayPlugin = smtPlugin({
  className: `${SPILLWAY_TRANSFORMS}.ExplodeArray`,
  doc: 'Makes one record of each element of an array.',
  config,
  create: () => new ExplodeArray(),
})
