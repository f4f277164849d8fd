import {
  configDef,
  ConfigError,
  type Field,
  type RawConfig,
  type Schema,
  type SinkRecord,
  Struct,
  type Transformation,
  type Validator,
} from '@spillway/api'
import { listOfNames, replaceNullWithDefault } from './shared/common-keys.ts'
import { type PlainObject, setMember } from './shared/plain-object.ts'
import type { RecordSide } from './shared/record-side.ts'
import { requireMap, requireStruct } from './shared/requirements.ts'
import { SchemaCache } from './shared/schema-cache.ts'
import { readField, structLike } from './shared/schema-copy.ts'
import { CONNECT_TRANSFORMS, keyAndValuePlugins } from './shared/smt-plugin.ts'

const PURPOSE = 'field replacement'

const renamesValidator: Validator = {
  describe: () => 'list of colon-delimited pairs, e.g. foo:bar,abc:xyz',
  check(key, value) {
    parseRenames(key, value as readonly string[])
  },
}

const config = configDef({
  exclude: {
    type: 'list',
    default: [],
    validator: listOfNames(true),
    importance: 'medium',
    doc: 'Fields to leave out; wins over include.',
  },
  include: {
    type: 'list',
    default: [],
    validator: listOfNames(true),
    importance: 'medium',
    doc: 'The only fields to keep; all where it is empty.',
  },
  renames: {
    type: 'list',
    default: [],
    validator: renamesValidator,
    importance: 'medium',
    doc: 'New names for fields, as pairs old:new.',
  },
  'replace.null.with.default': replaceNullWithDefault,
})

function parseRenames(key: string, mappings: readonly string[]): Map<string, string> {
  const renames = new Map<string, string>()
  for (const mapping of mappings) {
    const [from = '', to = '', ...more] = mapping.split(':')
    if (to === '' || more.length > 0) {
      throw ConfigError.invalidValue(key, `[${mappings.join(', ')}]`, `Invalid rename mapping: ${mapping}`)
    }
    renames.set(from, to)
  }
  return renames
}

/** A schema with only the kept fields, and where in the original each comes from. */
interface Projection {
  readonly schema: Schema
  readonly sources: readonly Field[]
}

/** Leaves out and renames fields (Java: `ReplaceField`). */
class ReplaceField implements Transformation {
  readonly #side: RecordSide
  readonly #projections = new SchemaCache<Projection>()
  #exclude: ReadonlySet<string> = new Set()
  #include: ReadonlySet<string> = new Set()
  #renames: ReadonlyMap<string, string> = new Map()
  #replaceNull = true

  constructor(side: RecordSide) {
    this.#side = side
  }

  configure(raw: RawConfig): void {
    const parsed = config.parse(raw)
    this.#exclude = new Set(parsed.exclude)
    this.#include = new Set(parsed.include)
    this.#renames = parseRenames('renames', parsed.renames)
    this.#replaceNull = parsed['replace.null.with.default']
  }

  apply(record: SinkRecord): SinkRecord {
    const value = this.#side.valueOf(record)
    if (value === null) return record
    const schema = this.#side.schemaOf(record)
    if (schema === null) {
      return this.#side.replace(record, null, this.#project(requireMap(value, PURPOSE)))
    }
    const struct = requireStruct(value, PURPOSE, schema)
    const { schema: updated, sources } = this.#projections.get(schema, (s) => this.#projection(s))
    const values = sources.map((field) => readField(struct, field, this.#replaceNull))
    return this.#side.replace(record, updated, Struct.ofTrusted(updated, values))
  }

  #project(map: PlainObject): PlainObject {
    const kept: PlainObject = {}
    for (const name of Object.keys(map)) {
      if (this.#keeps(name)) setMember(kept, this.#renames.get(name) ?? name, map[name])
    }
    return kept
  }

  #projection(schema: Schema): Projection {
    const sources = schema.fields.filter((field) => this.#keeps(field.name))
    const builder = structLike(schema)
    for (const field of sources) builder.field(this.#renames.get(field.name) ?? field.name, field.schema)
    return { schema: builder.build(), sources }
  }

  #keeps(name: string): boolean {
    return !this.#exclude.has(name) && (this.#include.size === 0 || this.#include.has(name))
  }
}

/** Java: `org.apache.kafka.connect.transforms.ReplaceField$Key` and `$Value`. */
export const replaceFieldPlugins = keyAndValuePlugins({
  className: `${CONNECT_TRANSFORMS}.ReplaceField`,
  doc: 'Keeps, leaves out and renames fields of a struct or map.',
  config,
  create: (side) => new ReplaceField(side),
})
