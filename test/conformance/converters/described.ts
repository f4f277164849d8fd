import { DATE, Decimal, type Schema, Struct, TIME } from '@spillway/framework'

const MILLIS_PER_DAY = 86_400_000

/**
 * A value as described.py describes what another library reads of it.
 *
 * @param textMaps which maps of texts are maps: in Avro those whose keys are never null, the others are lists of entries.
 */
export function described(schema: Schema, value: unknown, textMaps: 'all' | 'avro' = 'avro'): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return { int: value.toString() }
  if (typeof value === 'string') return { string: value }
  if (typeof value === 'number') {
    if (schema.type.startsWith('INT')) return { int: String(value) }
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return { float: bytes.toString('hex') }
  }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Decimal) return { decimal: [value.unscaled.toString(), value.scale] }
  if (value instanceof Date) {
    if (schema.name === DATE) return { date: value.getTime() / MILLIS_PER_DAY }
    return { [schema.name === TIME ? 'time' : 'timestamp']: value.getTime() }
  }
  if (Array.isArray(value)) return value.map((item) => described(schema.valueSchema, item, textMaps))
  if (value instanceof Struct) {
    return fields(value.schema.fields.map((f) => [f.name, described(f.schema, value.at(f.index), textMaps)]))
  }
  const entries = [...(value as Map<unknown, unknown>)].map(
    ([key, item]) => [key, described(schema.valueSchema, item, textMaps)] as const,
  )
  const isMap = textMaps === 'all' || !schema.keySchema.optional
  if (schema.keySchema.type === 'STRING' && isMap) return fields(entries as [string, unknown][])
  return entries.map(([key, item]) =>
    fields([
      ['key', described(schema.keySchema, key)],
      ['value', item],
    ]),
  )
}

function fields(entries: (readonly [string, unknown])[]): unknown {
  const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return { fields: entries.toSorted(([a], [b]) => byCodePoints(a, b)) }
}
