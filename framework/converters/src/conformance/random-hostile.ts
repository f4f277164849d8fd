import { HOSTILE_CASES, type HostileCase } from './hostile-schemas.ts'
import { mutate } from '../testing/mutate.ts'

type Random = () => number

const SMALL = HOSTILE_CASES.filter(({ schema, payload }) => schema.length + payload.length < 20_000)

/** A schema of random types that use each other, or one of the known cases changed a little; with random bytes. */
export function randomCase(random: Random): HostileCase {
  const below = (limit: number): number => Math.floor(random() * limit)
  if (random() < 0.3) {
    const { references: _, outcome: __, ...known } = SMALL[below(SMALL.length)] as HostileCase
    const changesSchema = random() < 0.5
    const schema = changesSchema ? mutate(Buffer.from(known.schema), random).toString() : known.schema
    return { ...known, what: `${known.what}, changed`, schema, payload: mutate(known.payload, random) }
  }
  const types = 1 + below(60)
  const widest = 1 + below(6)
  const payload = Buffer.from(Array.from({ length: below(60) }, () => below(random() < 0.5 ? 8 : 256)))
  const shape = Array.from({ length: types }, (_, i) =>
    Array.from({ length: 1 + below(widest) }, () => {
      const later = types - 1 - i
      return later === 0 || random() < 0.2 ? -1 : i + 1 + below(Math.min(later, 3))
    }),
  )
  const what = `${types} types of up to ${widest} fields`
  switch (below(3)) {
    case 0:
      return {
        what,
        type: 'PROTOBUF',
        schema: protoOf(shape, below),
        payload: Buffer.concat([Buffer.from([0]), payload]),
      }
    case 1:
      return { what, type: 'AVRO', schema: avroOf(shape, below), payload }
    default:
      return { what, type: 'JSON', schema: jsonSchemaOf(shape, below), payload: jsonOf(random, below, 0) }
  }
}

type Below = (limit: number) => number

function protoOf(shape: readonly (readonly number[])[], below: Below): string {
  const typeOf = (next: number): string => {
    const name = next < 0 ? (['int32', 'string', 'bytes', 'fixed64'][below(4)] as string) : `M${next}`
    return [name, `repeated ${name}`, `map<string, ${name}>`][below(3)] as string
  }
  const messages = shape.map((fields, i) => {
    const lines = fields.map((next, f) => `${typeOf(next)} f${f} = ${f + 1};`)
    return `message M${i} { ${lines.join(' ')} }`
  })
  return `syntax = "proto3";\n${messages.join('\n')}`
}

function avroOf(shape: readonly (readonly number[])[], below: Below): string {
  const seen = new Set<number>()
  const typeOf = (i: number): unknown => {
    if (i < 0) return ['int', 'string', 'null', 'bytes', 'double'][below(5)]
    if (seen.has(i)) return `M${i}`
    seen.add(i)
    const fields = (shape[i] as readonly number[]).map((next, f) => ({
      name: `f${f}`,
      ...placed(typeOf(next)),
    }))
    return { type: 'record', name: `M${i}`, fields }
  }
  const placed = (type: unknown): object => {
    switch (below(5)) {
      case 0:
        return { type: ['null', type === 'null' ? 'int' : type], default: null }
      case 1:
        return { type: { type: 'array', items: type } }
      case 2:
        return { type: { type: 'map', values: type } }
      case 3:
        return { type, default: typeof type === 'object' ? {} : 1 }
      default:
        return { type }
    }
  }
  return JSON.stringify(typeOf(0))
}

function jsonSchemaOf(shape: readonly (readonly number[])[], below: Below): string {
  const typeOf = (next: number): unknown =>
    next < 0 ? { type: ['integer', 'string', 'number', 'boolean'][below(4)] } : { $ref: `#/d/${next}` }
  const placed = (type: unknown): unknown =>
    [
      type,
      { type: 'array', items: type },
      { oneOf: [{ type: 'null' }, type] },
      { allOf: [type, type] },
      { anyOf: [type, { type: 'string' }] },
    ][below(5)]
  const d = shape.map((fields) => ({
    type: 'object',
    properties: Object.fromEntries(fields.map((next, f) => [`f${f}`, placed(typeOf(next))])),
  }))
  return JSON.stringify({ $ref: '#/d/0', d })
}

function jsonOf(random: Random, below: Below, depth: number): Buffer {
  const value = (level: number): unknown => {
    switch (below(level > 4 ? 3 : 5)) {
      case 0:
        return below(1000)
      case 1:
        return 'x'.repeat(below(20))
      case 2:
        return random() < 0.5 ? null : true
      case 3:
        return Array.from({ length: below(4) }, () => value(level + 1))
      default:
        return Object.fromEntries(Array.from({ length: below(4) }, (_, f) => [`f${f}`, value(level + 1)]))
    }
  }
  return Buffer.from(JSON.stringify(value(depth)))
}
