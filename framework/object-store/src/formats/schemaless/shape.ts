import {
  OPTIONAL_BOOLEAN,
  OPTIONAL_FLOAT64,
  OPTIONAL_INT64,
  OPTIONAL_STRING,
  type Schema,
  SchemaBuilder,
  Struct,
} from '@spillway/api'
import { scrubName } from '@spillway/converters'

/** An object with more different fields than this has keys for data: it becomes JSON text. */
const MAX_FIELDS = 1000
/** Of all objects of a file together, so that objects in objects do not become a million columns. */
const MAX_FIELDS_OF_FILE = 5000
/** What is nested more deeply becomes JSON text: the readers of all formats take so much. */
const MAX_DEPTH = 40
const MAX_LISTS = 20

/** Where a part of the values lies: in how many lists and objects, and how many of these are lists. */
interface Place {
  readonly depth: number
  readonly lists: number
  /** Fields that were found in the file so far. */
  readonly found: { fields: number }
}

type Kind = 'nothing' | 'boolean' | 'integer' | 'float' | 'text' | 'list' | 'object' | 'json'

/**
 * What the schemaless values of one place in one file have in common: the narrowest type that holds them all. Numbers
 * widen from integer to float; what has no type in common (a text here, an object there) is kept as JSON text.
 *
 * Every part is optional, as any record may lack it. Whatever the values are, the schema is one that Avro, with its names
 * scrubbed, and Parquet can hold.
 */
export class Shape {
  #kind: Kind = 'nothing'
  readonly #fields = new Map<string, Shape>()
  /** Names as others would write them, with which no second field may come. */
  readonly #plainNames = new Set<string>()
  readonly #place: Place
  #items: Shape | undefined

  constructor(place: Place = { depth: 0, lists: 0, found: { fields: 0 } }) {
    this.#place = place
  }

  /** Widens the shape so that it holds this value too. */
  observe(value: unknown): void {
    if (this.#kind === 'json' || value === null || value === undefined) return
    const kind = this.#fitting(kindOf(value))
    if (this.#kind === 'nothing') this.#kind = kind
    else if (this.#kind !== kind) this.#kind = isNumber(kind) && isNumber(this.#kind) ? 'float' : 'json'
    if (this.#kind === 'list') {
      this.#items ??= new Shape(this.#inside('list'))
      for (const item of value as readonly unknown[]) this.#items.observe(item)
    } else if (this.#kind === 'object') this.#observeFields(value as Readonly<Record<string, unknown>>)
  }

  /** @param name of the structs in it: where they lie, so that no two are named alike. */
  schema(name = 'record'): Schema {
    switch (this.#kind) {
      case 'boolean':
        return OPTIONAL_BOOLEAN
      case 'integer':
        return OPTIONAL_INT64
      case 'float':
        return OPTIONAL_FLOAT64
      case 'list':
        return SchemaBuilder.array((this.#items as Shape).schema(`${name}.item`))
          .optional()
          .build()
      case 'object': {
        if (this.#fields.size === 0) return OPTIONAL_STRING
        const builder = SchemaBuilder.struct().name(name).optional()
        for (const [field, shape] of this.#fields)
          builder.field(field, shape.schema(`${name}.${plainName(field)}`))
        return builder.build()
      }
      case 'nothing':
      case 'text':
      case 'json':
        return OPTIONAL_STRING
    }
  }

  /** The value as one of {@link schema}, which was made of this shape. */
  convert(value: unknown, schema: Schema): unknown {
    if (value === null || value === undefined) return null
    switch (this.#kind) {
      case 'integer':
        return BigInt(value as number | bigint)
      case 'float':
        return Number(value)
      case 'list': {
        const items = this.#items as Shape
        return (value as readonly unknown[]).map((item) => items.convert(item, schema.valueSchema))
      }
      case 'object':
        if (this.#fields.size === 0) return '{}'
        return Struct.ofTrusted(
          schema,
          schema.fields.map((field) =>
            this.#fields.get(field.name)?.convert(ownField(value, field.name), field.schema),
          ),
        )
      case 'json':
        return typeof value === 'string' ? value : jsonOf(value)
      case 'boolean':
      case 'text':
      case 'nothing':
        return value
    }
  }

  #observeFields(value: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(value)) {
      let shape = this.#fields.get(name)
      if (shape === undefined) {
        if (this.#isCrowded(name)) {
          this.#kind = 'json'
          this.#fields.clear()
          return
        }
        this.#fields.set(name, (shape = new Shape(this.#inside('object'))))
        this.#plainNames.add(plainName(name)).add(scrubName(name))
        this.#place.found.fields++
      }
      shape.observe(value[name])
    }
  }

  #inside(kind: 'list' | 'object'): Place {
    const { depth, lists, found } = this.#place
    return { depth: depth + 1, lists: lists + (kind === 'list' ? 1 : 0), found }
  }

  #fitting(kind: Kind): Kind {
    const { depth, lists } = this.#place
    const isTooDeep =
      (kind === 'list' && lists >= MAX_LISTS) ||
      ((kind === 'list' || kind === 'object') && depth >= MAX_DEPTH)
    return isTooDeep ? 'json' : kind
  }

  /** True where a field more would be one too many, or one that some format could not tell from another. */
  #isCrowded(name: string): boolean {
    return (
      name === '' ||
      name.includes('\0') ||
      !name.isWellFormed() ||
      this.#fields.size >= MAX_FIELDS ||
      this.#place.found.fields >= MAX_FIELDS_OF_FILE ||
      this.#plainNames.has(plainName(name)) ||
      this.#plainNames.has(scrubName(name))
    )
  }
}

function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'boolean':
      return 'boolean'
    case 'string':
      return 'text'
    case 'number':
      return Number.isInteger(value) && Number.isSafeInteger(value) ? 'integer' : 'float'
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 'integer' : 'json'
    default:
      return Array.isArray(value) ? 'list' : 'object'
  }
}

/** A field's name as formats with plain names, such as Avro, would write it. */
function plainName(name: string): string {
  return name.replaceAll(/\W/g, '_').replace(/^\d/, '_$&')
}

function isNumber(kind: Kind): boolean {
  return kind === 'integer' || kind === 'float'
}

function ownField(value: unknown, name: string): unknown {
  return Object.hasOwn(value as object, name) ? (value as Readonly<Record<string, unknown>>)[name] : null
}

function jsonOf(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint'
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(item.toString())
      : item,
  )
}
