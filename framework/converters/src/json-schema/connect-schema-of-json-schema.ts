import { DataError, type Field, Schema, type SchemaParts, type SchemaType, STRING } from '@spillway/api'
import { GENERAL_UNION, ONE_OF } from '../json/json-union.ts'
import { payloadReader } from '../json/payload-reader.ts'
import type { JsonSchemaDocuments, JsonSchemaNode, Located } from './json-schema-document.ts'
import type { JsonSchemaOptions } from './json-schema-options.ts'
import { checkDepth, SchemaBudget } from '../schema-budget.ts'
import { partsOf } from '../schema-parts.ts'

export const ENUM_PARAMETER = 'io.confluent.connect.json.Enum'
export const GENERAL_ENUM = 'org.apache.kafka.connect.data.Enum'
/** How an enum's null is written where names are needed. */
export const NULL_MARKER = '<NULL>'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A type without the metadata around it; parameters may still grow. */
interface Draft extends Omit<Mutable<SchemaParts>, 'parameters'> {
  parameters: Record<string, string>
}

interface Place {
  readonly optional: boolean
  readonly version?: number | undefined
}

/**
 * The Connect schema of a JSON Schema (Java: `JsonSchemaData.toConnectSchema`).
 *
 * @param budget counts the parts of the schema.
 * @throws {DataError} for what Connect has no type for, with its path: a schema that allows anything, one that contains
 *   itself, one of too many parts.
 */
export function connectSchemaOfJsonSchema(
  documents: JsonSchemaDocuments,
  options: JsonSchemaOptions,
  version?: number,
  budget = new SchemaBudget(),
): Schema {
  return new Conversion(documents, options, budget).convert(
    documents.root,
    { optional: false, version },
    'value',
  )
}

const INTEGERS: Readonly<Record<string, SchemaType>> = {
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
}
const NUMBERS: Readonly<Record<string, SchemaType>> = {
  ...INTEGERS,
  float32: 'FLOAT32',
  float64: 'FLOAT64',
  bytes: 'BYTES',
}
/** Keywords that tell a type where none is given. */
const TELLING: readonly (readonly [string, readonly string[]])[] = [
  [
    'object',
    ['properties', 'additionalProperties', 'required', 'patternProperties', 'minProperties', 'maxProperties'],
  ],
  ['array', ['items', 'minItems', 'maxItems', 'uniqueItems', 'contains']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']],
]

class Conversion {
  readonly #documents: JsonSchemaDocuments
  readonly #options: JsonSchemaOptions
  readonly #budget: SchemaBudget
  readonly #open: JsonSchemaNode[] = []
  #unions = 0

  constructor(documents: JsonSchemaDocuments, options: JsonSchemaOptions, budget: SchemaBudget) {
    this.#documents = documents
    this.#options = options
    this.#budget = budget
  }

  convert(located: Located, place: Place, path: string): Schema {
    const { node, document } = located
    if (typeof node !== 'object' || node === null) throw anything(path)
    this.#budget.spend(1)
    checkDepth(this.#open.length)
    if (this.#open.includes(node)) {
      throw new DataError(
        `JSON Schema contains itself at ${path}: recursive schemas are not supported. Read the value as plain JSON ` +
          'with org.apache.kafka.connect.converters.ByteArrayConverter, or bound its depth in the schema.',
      )
    }
    this.#open.push(node)
    try {
      if (typeof node['$ref'] === 'string') {
        return this.convert(this.#resolve(node['$ref'], document), place, path)
      }
      return this.#convertNode(located, place, path)
    } finally {
      this.#open.pop()
    }
  }

  /** Following a long reference has its cost too. */
  #resolve(reference: string, from: JsonSchemaNode): Located {
    this.#budget.spend(reference.length / 100)
    return this.#documents.resolve(reference, from)
  }

  #convertNode({ node, document }: Located, place: Place, path: string): Schema {
    const { type } = node
    const at = (part: unknown): Located => ({ node: part as JsonSchemaNode, document })
    const choices = listOf(node['oneOf']) ?? listOf(node['anyOf'])
    const all = listOf(node['allOf'])
    if (all !== undefined || (choices !== undefined && typeOf(node) !== undefined)) {
      const { allOf: _all, oneOf, anyOf, ...rest } = node
      const parts = [...(all ?? []), ...[oneOf && { oneOf }, anyOf && { anyOf }].filter(Boolean)]
      return this.#allOf([...parts, ...(typeOf(rest) === undefined ? [] : [rest])].map(at), node, place, path)
    }
    if (choices !== undefined) return this.#choice(choices.map(at), node, place, path)
    if (Array.isArray(type)) {
      // Each branch copies the node.
      this.#budget.spend(type.length * (1 + Object.keys(node).length / 10))
      const branches = type.map((name: unknown) =>
        at(name === 'null' ? { type: 'null' } : { ...node, type: name }),
      )
      const [only] = branches
      if (branches.length === 1 && only !== undefined) return this.#convertNode(only, place, path)
      // What the union says of itself is said of each branch already.
      return this.#choice(branches, {}, place, path)
    }
    return this.#finish(this.#draft({ node, document }, path), node, place, path)
  }

  /** A nullable type, or a struct with a field per branch. */
  #choice(branches: readonly Located[], node: JsonSchemaNode, place: Place, path: string): Schema {
    // A value is compared with each branch: what a union costs grows with the square of them.
    this.#budget.spend((branches.length * branches.length) / 50)
    const others = branches.filter((branch) => branch.node?.['type'] !== 'null')
    const [first] = others
    const isNullable = others.length < branches.length
    if (first !== undefined && others.length === 1 && (isNullable || this.#options.flattenSingletons)) {
      const schema = this.convert(first, { ...place, optional: place.optional || isNullable }, path)
      return this.#withOuterMetadata(schema, node, path)
    }
    const general = this.#options.generalizedSums
    const name = general ? `connect_union_${this.#unions++}` : ONE_OF
    const made: Draft = { type: 'STRUCT', name, parameters: general ? { [GENERAL_UNION]: name } : {} }
    made.optional = isNullable
    made.fields = others.map((branch, index): Field => {
      const field = general ? `connect_union_field_${index}` : `${ONE_OF}.field.${index}`
      return { name: field, index, schema: this.convert(branch, { optional: true }, `${path}.${field}`) }
    })
    return this.#finish(made, node, place, path)
  }

  /** One struct of all properties; without any, the one part that says what the value is. */
  #allOf(parts: readonly Located[], node: JsonSchemaNode, place: Place, path: string): Schema {
    const properties = new Map<string, { located: Located; required: boolean }>()
    for (const part of parts) this.#collect(part, properties, [])
    if (properties.size > 0) {
      const made: Draft = { type: 'STRUCT', parameters: {} }
      made.fields = this.#fields(properties, path)
      return this.#finish(made, node, place, path)
    }
    const has =
      (keyword: string): ((part: Located) => boolean) =>
      (part) =>
        part.node[keyword] !== undefined
    const chosen =
      parts.find((part) => has('oneOf')(part) || has('anyOf')(part) || has('allOf')(part)) ??
      parts.find((part) => has('enum')(part)) ??
      parts.find((part) => typeOf(part.node) !== undefined) ??
      parts.find(has('$ref'))
    if (chosen === undefined) throw anything(path)
    return this.#withOuterMetadata(this.convert(chosen, place, path), node, path)
  }

  #collect(
    { node, document }: Located,
    properties: Map<string, { located: Located; required: boolean }>,
    seen: readonly JsonSchemaNode[],
  ): void {
    if (typeof node !== 'object' || node === null || seen.includes(node)) return
    this.#budget.spend(1)
    checkDepth(seen.length)
    const trail = [...seen, node]
    if (typeof node['$ref'] === 'string') {
      return this.#collect(this.#resolve(node['$ref'], document), properties, trail)
    }
    for (const part of listOf(node['allOf']) ?? []) {
      this.#collect({ node: part as JsonSchemaNode, document }, properties, trail)
    }
    const required = new Set(listOf(node['required']))
    const own = Object.entries((node['properties'] ?? {}) as Record<string, JsonSchemaNode>)
    this.#budget.spend((required.size + own.length) / 10)
    for (const [name, part] of own) {
      properties.set(name, { located: { node: part, document }, required: required.has(name) })
    }
  }

  #fields(
    properties: ReadonlyMap<string, { readonly located: Located; readonly required: boolean }>,
    path: string,
  ): Field[] {
    const placed = [...properties].map(([name, property], position) => {
      const written = property.located.node?.['connect.index']
      return { name, ...property, index: typeof written === 'number' ? written : position }
    })
    placed.sort((a, b) => a.index - b.index)
    return placed.map(({ name, located, required }, index) => {
      const optional = this.#options.optionalUnlessRequired && !required
      return { name, index, schema: this.convert(located, { optional }, `${path}.${name}`) }
    })
  }

  #draft({ node, document }: Located, path: string): Draft {
    const connectType = node['connect.type']
    const type = typeOf(node)
    if (
      type !== 'number' &&
      type !== 'integer' &&
      (node['enum'] !== undefined || node['const'] !== undefined)
    ) {
      return this.#enumDraft(node['enum'] === undefined ? [node['const']] : (node['enum'] as unknown[]), type)
    }
    switch (type) {
      case 'boolean':
        return draft('BOOLEAN')
      case 'integer':
        return draft(INTEGERS[String(connectType)] ?? 'INT64')
      case 'number':
        return draft(NUMBERS[String(connectType)] ?? 'FLOAT64')
      case 'string':
        return draft(connectType === 'bytes' ? 'BYTES' : 'STRING')
      case 'array':
        return this.#arrayDraft({ node, document }, connectType === 'map', path)
      case 'object':
        return this.#objectDraft({ node, document }, connectType === 'map', path)
      case 'null':
        throw new DataError(`JSON Schema allows nothing but null at ${path}, which Connect has no type for`)
      default:
        throw anything(path)
    }
  }

  #enumDraft(values: readonly unknown[], type: string | undefined): Draft {
    if (type === 'boolean') return draft('BOOLEAN')
    const made = draft('STRING')
    this.#budget.spend(values.length / 10)
    const parameter = this.#options.generalizedSums ? GENERAL_ENUM : ENUM_PARAMETER
    made.parameters[parameter] = ''
    for (const [i, value] of values.entries()) {
      const symbol = value === null ? NULL_MARKER : String(value)
      made.parameters[`${parameter}.${symbol}`] = this.#options.generalizedSums ? String(i) : symbol
    }
    return made
  }

  #arrayDraft({ node, document }: Located, isMap: boolean, path: string): Draft {
    const { items } = node
    if (typeof items !== 'object' || items === null || Array.isArray(items)) {
      throw new DataError(`Array schema did not specify the items type (at ${path})`)
    }
    const part = { node: items as JsonSchemaNode, document }
    if (!isMap)
      return { ...draft('ARRAY'), valueSchema: this.convert(part, { optional: false }, `${path}[]`) }
    const entry = (part.node['properties'] ?? {}) as Record<string, JsonSchemaNode>
    const side = (name: string): Schema => {
      const written = entry[name]
      if (written === undefined)
        throw new DataError(`Map schema did not specify the ${name} type (at ${path})`)
      return this.convert({ node: written, document }, { optional: false }, `${path}{${name}}`)
    }
    return { ...draft('MAP'), keySchema: side('key'), valueSchema: side('value') }
  }

  #objectDraft({ node, document }: Located, isMap: boolean, path: string): Draft {
    const more = node['additionalProperties']
    const hasProperties = Object.keys((node['properties'] ?? {}) as object).length > 0
    if (isMap || (!hasProperties && typeof more === 'object' && more !== null)) {
      const values = { node: more as JsonSchemaNode, document }
      if (typeof more !== 'object' || more === null) throw anything(`${path}{}`)
      return {
        ...draft('MAP'),
        keySchema: STRING,
        valueSchema: this.convert(values, { optional: false }, `${path}{}`),
      }
    }
    const properties = new Map<string, { located: Located; required: boolean }>()
    this.#collect({ node, document }, properties, [])
    return { ...draft('STRUCT'), fields: this.#fields(properties, path) }
  }

  #finish(made: Draft, node: JsonSchemaNode, place: Place, path: string): Schema {
    const { title, description } = node
    const parameters = node['connect.parameters']
    const version = node['connect.version'] ?? place.version
    if (typeof title === 'string' && made.name === undefined) made.name = title
    if (typeof version === 'number') made.version = version
    if (typeof description === 'string') made.doc = description
    if (typeof parameters === 'object' && parameters !== null) {
      const texts = Object.entries(parameters).map(([key, value]) => [key, String(value)] as const)
      made.parameters = { ...made.parameters, ...Object.fromEntries(texts) }
    }
    if (place.optional) made.optional = true
    const { parameters: drawn, ...rest } = made
    const parts: SchemaParts = Object.keys(drawn).length === 0 ? rest : made
    const byDefault = node['default']
    if (byDefault === undefined || byDefault === null) return new Schema(parts)
    return new Schema({ ...parts, defaultValue: this.#default(new Schema(parts), byDefault, path) })
  }

  #default(schema: Schema, json: unknown, path: string): unknown {
    this.#budget.spendOnDefault(schema, json)
    const options = { replaceNullWithDefault: true, dialect: 'json-schema' } as const
    return payloadReader(schema, options, `${path}.default`)(json)
  }

  /** A nullable type may have its title, description and default beside the choice instead of within. */
  #withOuterMetadata(schema: Schema, node: JsonSchemaNode, path: string): Schema {
    const { title, description, default: byDefault } = node
    const parts: Mutable<SchemaParts> = partsOf(schema)
    if (typeof title === 'string') parts.name ??= title
    if (typeof description === 'string') parts.doc ??= description
    if (byDefault !== undefined && byDefault !== null && parts.defaultValue === undefined) {
      parts.defaultValue = this.#default(schema, byDefault, path)
    }
    return new Schema(parts)
  }
}

function draft(type: SchemaType): Draft {
  return { type, parameters: {} }
}

function listOf(json: unknown): readonly unknown[] | undefined {
  return Array.isArray(json) && json.length > 0 ? json : undefined
}

/** The type a schema is of: the one it says, or that its keywords tell. */
function typeOf(node: JsonSchemaNode): string | undefined {
  const { type } = node
  if (typeof type === 'string') return type
  if (Array.isArray(type)) return 'several'
  const told = TELLING.find(([, keywords]) => keywords.some((keyword) => node[keyword] !== undefined))?.[0]
  return told ?? (node['enum'] !== undefined || node['const'] !== undefined ? 'enum' : undefined)
}

function anything(path: string): DataError {
  return new DataError(
    `JSON Schema allows any value at ${path}, which Connect has no type for: say its type in the schema`,
  )
}
