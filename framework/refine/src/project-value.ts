import { DataError, isStruct, Schema, SchemaBuilder, Struct } from '@spillway/api'
import type { FieldRule, Projection } from './projection.ts'

/** A schema with the fields that are kept, and how a value of the old one becomes one of it. */
export interface Projected {
  readonly schema: Schema
  /** @throws {DataError} */
  convert(value: unknown): unknown
}

/** Schemas that are remembered; topics have few. */
const MOST_SCHEMAS = 64

/** Projects values that were read, with a schema or without one. */
export class ValueProjector {
  readonly #projection: Projection
  readonly #known = new Map<Schema, Projected>()

  constructor(projection: Projection) {
    this.#projection = projection
  }

  /** @throws {DataError} for a value that is neither null nor has fields. */
  project(
    schema: Schema | null,
    value: unknown,
  ): { readonly schema: Schema | null; readonly value: unknown } {
    if (isStruct(value)) {
      const { schema: made, convert } = this.#planOf(value.schema)
      return { schema: made, value: convert(value) }
    }
    if (!hasFields(value))
      throw new DataError('the value has no fields: it is neither a struct nor an object')
    if (schema !== null) checkMap(this.#projection)
    return { schema, value: projectFields(this.#projection, value) }
  }

  #planOf(schema: Schema): Projected {
    let plan = this.#known.get(schema)
    if (plan === undefined) {
      plan = projectSchema(this.#projection, schema)
      const [oldest] = this.#known.keys()
      if (this.#known.size >= MOST_SCHEMAS) this.#known.delete(oldest as Schema)
      this.#known.set(schema, plan)
    }
    return plan
  }
}

/** The schema keeps its name, version, doc and parameters, whether it is optional, and its default less what is left out. */
function projectSchema(projection: Projection, schema: Schema): Projected {
  const kept = schema.fields.flatMap((field) => {
    const rule = projection.rules.get(field.name)
    if (rule === undefined) {
      if (projection.isExclusive) return []
      return [{ name: field.name, index: field.index, schema: field.schema, convert: unchanged }]
    }
    const inner = fieldWithin(rule, field.schema)
    return inner === undefined ? [] : [{ name: rule.name ?? field.name, index: field.index, ...inner }]
  })
  const names = new Set<string>()
  const builder = SchemaBuilder.from(schema, { fields: false }).defaultValue(undefined)
  for (const field of kept) {
    if (names.has(field.name)) throw twice(field.name)
    names.add(field.name)
    builder.field(field.name, field.schema)
  }
  const bare = builder.build()
  const convertTo =
    (made: Schema) =>
    (value: unknown): unknown =>
      value === null || value === undefined
        ? null
        : Struct.ofTrusted(
            made,
            kept.map(({ index, convert }) => convert((value as Struct).at(index))),
          )
  const { defaultValue } = schema
  // A struct's default is of the schema without the default: a builder would not take it.
  const made =
    defaultValue === undefined || defaultValue === null
      ? bare
      : new Schema({ ...bare, fields: bare.fields, defaultValue: convertTo(bare)(defaultValue) })
  return { schema: made, convert: convertTo(made) }
}

const unchanged = (value: unknown): unknown => value

function fieldWithin(rule: FieldRule, schema: Schema): Projected | undefined {
  const { keeps, within } = rule
  if (!keeps) return undefined
  if (within === undefined) return { schema, convert: unchanged }
  if (schema.type === 'STRUCT') return projectSchema(within, schema)
  if (schema.type === 'ARRAY') throw listOnTheWay(rule)
  if (schema.type === 'MAP') {
    checkMap(within)
    return { schema, convert: (value) => (value instanceof Map ? projectFields(within, value) : value) }
  }
  return within.isExclusive ? undefined : { schema, convert: unchanged }
}

/** All values of a map have one schema, so a path may name its keys and go no further. */
function checkMap({ rules }: Projection): void {
  for (const { within, source } of rules.values()) {
    if (within === undefined) continue
    throw new DataError(
      `the path of "${source}" leads into a value of a map with a schema: name the key itself`,
    )
  }
}

type Fields = ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>

function hasFields(value: unknown): value is Fields {
  if (value instanceof Map) return true
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function projectFields(projection: Projection, fields: Fields): Fields {
  const kept: [unknown, unknown][] = []
  const names = new Set<unknown>()
  for (const [name, value] of fields instanceof Map ? fields : Object.entries(fields)) {
    const rule = typeof name === 'string' ? projection.rules.get(name) : undefined
    if (rule === undefined ? projection.isExclusive : !staysIn(rule, value)) continue
    const newName = rule?.name ?? name
    if (names.has(newName)) throw twice(newName as string)
    names.add(newName)
    kept.push([newName, rule?.within === undefined ? value : projectWithin(rule.within, value)])
  }
  // Object.fromEntries defines members: one named __proto__ is one like any other.
  return fields instanceof Map ? new Map(kept) : (Object.fromEntries(kept as [string, unknown][]) as Fields)
}

/** Whether a field stays, be it in part. @throws {DataError} where the way leads into a list. */
function staysIn(rule: FieldRule, value: unknown): boolean {
  if (!rule.keeps) return false
  if (rule.within === undefined || value === null || value === undefined) return true
  if (Array.isArray(value)) throw listOnTheWay(rule)
  return !rule.within.isExclusive || hasFields(value) || isStruct(value)
}

function projectWithin(projection: Projection, value: unknown): unknown {
  if (isStruct(value)) return projectSchema(projection, value.schema).convert(value)
  return hasFields(value) ? projectFields(projection, value) : value
}

/** A path that led into a list would leave its elements as they are, and what was to be left out would stay. */
export function listOnTheWay({ source }: FieldRule): DataError {
  return new DataError(`the path of "${source}" leads into a list: name the list itself`)
}

export function twice(name: string): DataError {
  return new DataError(`two fields would be named ${name}: leave one of them out`)
}
