import {
  BOOLEAN,
  Decimal,
  decimalSchema,
  FLOAT64,
  INT64,
  SCALE_PARAMETER,
  Schema,
  STRING,
  timestampSchema,
} from '@spillway/api'
import { PLAIN_JSON, PLAIN_NUMBER } from '../values/plain-schemas.ts'

const optional = (type: Schema['type'], name?: string): Schema => new Schema({ type, optional: true, name })

const TEXT = optional('STRING')
const INTEGER = optional('INT64', PLAIN_NUMBER)
const DOUBLE = optional('FLOAT64', PLAIN_NUMBER)
const FLAG = optional('BOOLEAN')
const RAW = optional('BYTES')
const INSTANT = timestampSchema({ optional: true })
const NESTED = new Schema({ type: 'MAP', optional: true, name: PLAIN_JSON })

const MAX_KNOWN_SHAPES = 1024

/** True for a JSON object as it comes without a schema. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Schemas for values that have none, one object per shape: a field per property that is not null, each optional. The
 * columns' own types then decide, so a text may go to a timestamp column and a number to a numeric one.
 */
export class InferredSchemas {
  readonly #shapes = new Map<string, Schema>()

  /** Null for a value that no schema can be inferred for. */
  ofKey(value: unknown): Schema | null {
    if (typeof value === 'string') return STRING
    if (typeof value === 'bigint') return INT64
    if (typeof value === 'number') return Number.isSafeInteger(value) ? INT64 : FLOAT64
    if (typeof value === 'boolean') return BOOLEAN
    return isPlainObject(value) ? this.#ofObject(value) : null
  }

  /** Null for anything but an object or a text. */
  ofValue(value: unknown): Schema | null {
    if (typeof value === 'string') return TEXT
    return isPlainObject(value) ? this.#ofObject(value) : null
  }

  #ofObject(value: Readonly<Record<string, unknown>>): Schema {
    const properties: [string, Schema][] = []
    let shape = ''
    for (const name of Object.keys(value)) {
      const schema = propertySchema(value[name])
      if (schema === null) continue
      properties.push([name, schema])
      if (schema.version !== undefined) shape += `@${schema.parameters?.[SCALE_PARAMETER] ?? ''}`
      shape += `${name.length}:${name}${schema.type}`
    }
    let schema = this.#shapes.get(shape)
    if (schema === undefined) {
      schema = new Schema({
        type: 'STRUCT',
        optional: true,
        fields: properties.map(([name, s], index) => ({ name, index, schema: s })),
      })
      if (this.#shapes.size >= MAX_KNOWN_SHAPES) this.#shapes.clear()
      this.#shapes.set(shape, schema)
    }
    return schema
  }
}

function propertySchema(value: unknown): Schema | null {
  switch (typeof value) {
    case 'string':
      return TEXT
    case 'bigint':
      return INTEGER
    case 'number':
      return Number.isSafeInteger(value) ? INTEGER : DOUBLE
    case 'boolean':
      return FLAG
    case 'object':
      if (value === null) return null
      if (value instanceof Uint8Array) return RAW
      // What transformations make of values without a schema.
      if (value instanceof Date) return INSTANT
      return value instanceof Decimal ? decimalSchema(value.scale, { optional: true }) : NESTED
    default:
      return null
  }
}
