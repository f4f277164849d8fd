import { type Schema, Struct } from '@spillway/framework'

import { scrubName } from '../../../framework/converters/src/avro/avro-names.ts'
import { described } from '../../conformance/converters/described.ts'
import { ONE_OF, UNION } from './wild-records.ts'

/** What readers find of a value that was written under a schema, as read_files.py describes it. */
export class ExpectedRows {
  readonly #format: 'avro' | 'json' | 'parquet'
  readonly #isScrubbed: boolean

  constructor(format: 'avro' | 'json' | 'parquet', isScrubbed: boolean) {
    this.#format = format
    this.#isScrubbed = isScrubbed
  }

  row(schema: Schema, value: unknown): unknown {
    if (this.#format !== 'parquet') return this.#value(schema, value)
    if (schema.type !== 'STRUCT') return fields([['value', this.#value(schema, value)]])
    return this.#struct(schema, (value ?? new Struct(schema)) as Struct)
  }

  #value(schema: Schema, given: unknown): unknown {
    const value = given ?? schema.defaultValue ?? null
    if (value === null) return null
    if (value instanceof Struct)
      return this.#isUnion(schema) ? this.#branch(schema, value) : this.#struct(schema, value)
    if (Array.isArray(value)) return value.map((item) => this.#value(schema.valueSchema, item))
    if (value instanceof Map) return this.#map(schema, value as Map<unknown, unknown>)
    return this.#format === 'json' ? jsonDescribed(schema, value) : described(schema, value)
  }

  #isUnion({ name }: Schema): boolean {
    return (this.#format === 'avro' && name === UNION) || (this.#format === 'json' && name === ONE_OF)
  }

  #branch(schema: Schema, struct: Struct): unknown {
    const set = schema.fields.find((field) => struct.at(field.index) !== null)
    if (set === undefined) return null
    const value = struct.at(set.index)
    // Avro has no union in a union: there it is the struct.
    const isInner = this.#format === 'avro' && this.#isUnion(set.schema)
    return isInner ? this.#struct(set.schema, value as Struct) : this.#value(set.schema, value)
  }

  #struct(schema: Schema, struct: Struct): unknown {
    return fields(
      schema.fields.map((field) => [
        this.#isScrubbed ? scrubName(field.name) : field.name,
        this.#value(field.schema, struct.at(field.index)),
      ]),
    )
  }

  #map({ keySchema, valueSchema }: Schema, map: ReadonlyMap<unknown, unknown>): unknown {
    const entries = [...map].map(([key, item]) => [key, this.#value(valueSchema, item)] as const)
    const isMap = keySchema.type === 'STRING' && !(this.#format === 'avro' && keySchema.optional)
    if (isMap) return fields(entries as [string, unknown][])
    return entries.map(([key, item]) => {
      const shown = this.#value(keySchema, key)
      return this.#format === 'json'
        ? [shown, item]
        : fields([
            ['key', shown],
            ['value', item],
          ])
    })
  }
}

/** Of single values, as JsonFormat writes them. */
function jsonDescribed(schema: Schema, value: unknown): unknown {
  if (typeof value === 'number' && schema.type.startsWith('FLOAT')) {
    return Number.isFinite(value) ? described(schema, value) : { string: String(value) }
  }
  if (typeof value === 'boolean') return value
  const found = described(schema, value) as Readonly<Record<string, unknown>>
  if (value instanceof Uint8Array) return { string: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { int: String(Object.values(found)[0]) }
  if ('decimal' in found) {
    const unscaled = (value as { toBytes(): Buffer }).toBytes()
    return { string: unscaled.toString('base64') }
  }
  return found
}

function fields(entries: readonly (readonly [string, unknown])[]): unknown {
  const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return { fields: entries.toSorted(([a], [b]) => byCodePoints(a, b)) }
}
