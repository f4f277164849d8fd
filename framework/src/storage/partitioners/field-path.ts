import type { Field, Schema } from '../../data/schema.ts'
import { Struct } from '../../data/struct.ts'

/** What a path leads to: the value, and the schema where it has one. */
export interface Found {
  readonly value: unknown
  readonly schema: Schema | undefined
}

/** A path leads nowhere: the record's schema lacks a field of that name, or its map, object or list such a member. */
export const NO_SUCH_FIELD: unique symbol = Symbol('no such field')

/** A path leads through something that has no fields. */
export const NOT_AN_OBJECT: unique symbol = Symbol('not an object')

/**
 * A dotted path into a Struct, a Map or a plain object, whichever comes at each step. Field look-ups are done once per
 * schema: records of a topic share one schema object.
 */
export class FieldPath {
  readonly text: string
  readonly segments: readonly string[]
  #schema: Schema | undefined
  #fields: readonly Field[] = []

  constructor(text: string, segments: readonly string[] = text.split('.')) {
    this.text = text
    this.segments = segments
  }

  /**
   * The value at the path; null where it, or anything on the way to it, is null.
   */
  find(root: unknown): Found | typeof NO_SUCH_FIELD | typeof NOT_AN_OBJECT {
    if (root instanceof Struct) {
      if (root.schema !== this.#schema) this.#learn(root.schema)
      if (this.#fields.length === this.segments.length) return this.#follow(root)
    }
    return this.#walk(root)
  }

  /** Where every step is a STRUCT: the fields are known. */
  #follow(root: Struct): Found {
    let value: unknown = root
    let schema: Schema | undefined
    for (const field of this.#fields) {
      schema = field.schema
      value = value === null ? null : (value as Struct).getField(field)
    }
    return { value, schema }
  }

  #learn(schema: Schema): void {
    const fields: Field[] = []
    let current: Schema | undefined = schema
    for (const segment of this.segments) {
      const field: Field | undefined = current?.type === 'STRUCT' ? current.field(segment) : undefined
      if (field === undefined) break
      fields.push(field)
      current = field.schema
    }
    this.#schema = schema
    this.#fields = fields
  }

  #walk(root: unknown): Found | typeof NO_SUCH_FIELD | typeof NOT_AN_OBJECT {
    let value = root
    let schema: Schema | undefined
    for (const segment of this.segments) {
      if (value === null || value === undefined) return { value: null, schema: undefined }
      if (value instanceof Struct) {
        const field = value.schema.field(segment)
        if (field === undefined) return NO_SUCH_FIELD
        schema = field.schema
        value = value.getField(field)
      } else if (value instanceof Map) {
        schema = schema?.type === 'MAP' ? schema.valueSchemaIfAny : undefined
        if (!value.has(segment)) return NO_SUCH_FIELD
        value = (value as ReadonlyMap<unknown, unknown>).get(segment)
      } else if (Array.isArray(value)) {
        if (!/^\d+$/.test(segment)) return NOT_AN_OBJECT
        schema = schema?.type === 'ARRAY' ? schema.valueSchemaIfAny : undefined
        if (Number(segment) >= value.length) return NO_SUCH_FIELD
        value = (value as readonly unknown[])[Number(segment)]
      } else if (isPlainObject(value)) {
        schema = undefined
        if (!Object.hasOwn(value, segment)) return NO_SUCH_FIELD
        value = value[segment]
      } else return NOT_AN_OBJECT
    }
    return { value: value ?? null, schema }
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
