import {
  configDef,
  DataError,
  oneOf,
  OPTIONAL_STRING,
  type RawConfig,
  type Schema,
  SchemaBuilder,
  type SinkRecord,
  STRING,
  Struct,
  type Transformation,
} from '@spillway/api'
import { jsonText } from './shared/json-text.ts'
import { isPlainObject, type PlainObject, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStructOrNull } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { copyBasics, structLike } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const PURPOSE = 'flattening'

const config = configDef({
  delimiter: {
    type: 'string',
    default: '.',
    importance: 'medium',
    doc: 'What stands between the names of the levels in the name of a flattened field.',
  },
  arrays: {
    type: 'string',
    default: 'keep',
    validator: oneOf('keep', 'index', 'json'),
    importance: 'low',
    ours: true,
    doc: 'What becomes of arrays. keep: they stay as they are. index: each element becomes a field named by its position, and maps in it are flattened too. It works only without a schema, as the number of fields differs by record. json: the array becomes a string of JSON.',
  },
})

/** A field of the flat schema: the way to it by field indexes. */
interface Leaf {
  readonly parents: readonly number[]
  readonly index: number
  readonly isJson: boolean
}

interface FlatPlan {
  readonly schema: Schema
  readonly leaves: readonly Leaf[]
}

/** Turns nested structs or maps into one level (Java: `Flatten`). */
class Flatten implements Transformation {
  readonly #side: RecordSide
  readonly #plans = new SchemaCache<FlatPlan>()
  #delimiter = '.'
  #arrays = 'keep'

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#delimiter = parsed.delimiter
    this.#arrays = parsed.arrays
  }

  apply(record: SinkRecord): SinkRecord {
    const value = this.#side.valueOf(record)
    const schema = this.#side.schemaOf(record)
    if (schema === null) {
      if (value === null) return record
      const flat: PlainObject = {}
      this.#flattenMap(requireMap(value, PURPOSE), '', flat)
      return this.#side.replace(record, null, flat)
    }
    if (value === null) return record
    const struct = requireStructOrNull(value, PURPOSE, schema)
    const plan = this.#plans.get(schema, (s) => this.#plan(s))
    const values = plan.leaves.map((leaf) => leafValue(struct, leaf))
    return this.#side.replace(record, plan.schema, Struct.ofTrusted(plan.schema, values))
  }

  #flattenMap(map: PlainObject, prefix: string, flat: PlainObject): void {
    for (const key of Object.keys(map)) this.#flattenValue(map[key], this.#name(prefix, key), flat)
  }

  #flattenValue(value: unknown, name: string, flat: PlainObject): void {
    if (Array.isArray(value) && this.#arrays !== 'keep') {
      if (this.#arrays === 'json') {
        setMember(flat, name, jsonText(value))
      } else {
        for (const [i, item] of value.entries()) this.#flattenValue(item, this.#name(name, String(i)), flat)
      }
    } else if (isPlainObject(value)) {
      this.#flattenMap(value, name, flat)
    } else {
      setMember(flat, name, value ?? null)
    }
  }

  #name(prefix: string, name: string): string {
    return prefix === '' ? name : prefix + this.#delimiter + name
  }

  #plan(schema: Schema): FlatPlan {
    const builder = structLike(schema)
    const leaves: Leaf[] = []
    const walk = (
      struct: Schema,
      prefix: string,
      parents: readonly number[],
      isOptional: boolean,
      parentDefault: Struct | null,
    ): void => {
      for (const field of struct.fields) {
        const name = this.#name(prefix, field.name)
        const optional = isOptional || field.schema.optional
        const defaultValue = field.schema.defaultValue ?? parentDefault?.getField(field)
        switch (field.schema.type) {
          case 'STRUCT':
            walk(
              field.schema,
              name,
              [...parents, field.index],
              optional,
              (defaultValue ?? null) as Struct | null,
            )
            break
          case 'MAP':
            throw new DataError(
              `Flatten transformation does not support MAP for record with schemas (for field ${name}).`,
            )
          default: {
            const isJson = field.schema.type === 'ARRAY' && this.#arrays === 'json'
            if (field.schema.type === 'ARRAY' && this.#arrays === 'index') {
              throw new DataError(
                `Flatten cannot give the elements of array ${name} fields of their own, as the schema would differ by record: set arrays to keep or json`,
              )
            }
            builder.field(
              name,
              isJson
                ? optional
                  ? OPTIONAL_STRING
                  : STRING
                : leafSchema(field.schema, optional, defaultValue),
            )
            leaves.push({ parents, index: field.index, isJson })
          }
        }
      }
    }
    walk(schema, '', [], schema.optional, (schema.defaultValue ?? null) as Struct | null)
    return { schema: builder.build(), leaves }
  }
}

function leafSchema(original: Schema, optional: boolean, defaultValue: unknown): Schema {
  const builder = copyBasics(
    original,
    new SchemaBuilder(original.type, {
      ...(original.valueSchemaIfAny && { valueSchema: original.valueSchemaIfAny }),
    }),
  )
  if (defaultValue !== undefined && defaultValue !== null) builder.defaultValue(defaultValue)
  return builder.optional(optional).build()
}

function leafValue(struct: Struct | null, leaf: Leaf): unknown {
  let current = struct
  for (const index of leaf.parents) {
    if (current === null) return null
    current = current.at(index) as Struct | null
  }
  const field = current?.schema.fields[leaf.index]
  if (current === null || field === undefined) return null
  const value = current.getField(field)
  return leaf.isJson && value !== null ? jsonText(value) : value
}

/** Java: `org.apache.kafka.connect.transforms.Flatten$Key` and `$Value`. */
export const flattenPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.Flatten`,
  doc: 'Turns a nested struct or map into a flat one, whose field names join the names of all levels.',
  config,
  create: (side) => new Flatten(side),
})
