import { Decimal, type Schema, Struct } from '@spillway/framework'

/** A schema as ConnectOracle.java describes one. */
export function javaSchema(schema: Schema | null | undefined): unknown {
  if (schema === null || schema === undefined) return null
  return {
    type: schema.type,
    optional: schema.optional,
    name: schema.name ?? null,
    version: schema.version ?? null,
    doc: schema.doc ?? null,
    parameters: { ...schema.parameters },
    default: javaValue(schema, schema.defaultValue),
    ...(schema.type === 'STRUCT' && { fields: schema.fields.map((f) => [f.name, javaSchema(f.schema)]) }),
    ...(schema.type === 'MAP' && { keys: javaSchema(schema.keySchemaIfAny) }),
    ...((schema.type === 'MAP' || schema.type === 'ARRAY') && {
      values: javaSchema(schema.valueSchemaIfAny),
    }),
  }
}

const INTEGERS: Readonly<Record<string, string>> = {
  INT8: 'Byte',
  INT16: 'Short',
  INT32: 'Integer',
  INT64: 'Long',
}

/** A value of a schema as ConnectOracle.java describes one. */
export function javaValue(schema: Schema | undefined, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (value instanceof Struct) {
    return ['Struct', ...value.schema.fields.map((field) => javaValue(field.schema, value.at(field.index)))]
  }
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(
      ([key, item]) =>
        `${JSON.stringify(javaValue(schema?.keySchemaIfAny, key))}=${JSON.stringify(javaValue(schema?.valueSchemaIfAny, item))}`,
    )
    return ['Map', ...entries.sort(byCodeUnits)]
  }
  if (Array.isArray(value)) return ['List', ...value.map((item) => javaValue(schema?.valueSchemaIfAny, item))]
  if (value instanceof Uint8Array) return ['Bytes', Buffer.from(value).toString('base64')]
  if (value instanceof Decimal) return ['BigDecimal', value.unscaled.toString(), value.scale]
  if (value instanceof Date) return ['Date', value.getTime()]
  if (typeof value === 'string') return ['String', value]
  if (typeof value === 'boolean') return ['Boolean', String(value)]
  return numberForm(schema, value as number | bigint)
}

function numberForm(schema: Schema | undefined, value: number | bigint): unknown {
  const type = schema?.type
  if (type === 'FLOAT32' || type === 'FLOAT64') {
    const bytes = Buffer.alloc(type === 'FLOAT32' ? 4 : 8)
    if (type === 'FLOAT32') bytes.writeFloatBE(Number(value))
    else bytes.writeDoubleBE(Number(value))
    return [type === 'FLOAT32' ? 'Float' : 'Double', bytes.toString('hex')]
  }
  return [INTEGERS[type ?? ''] ?? 'Number', value.toString()]
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A described value of Java with its numbers reduced to what they are worth, for data that has no schema. */
export function looseForm(form: unknown): unknown {
  if (!Array.isArray(form)) return form
  const [kind, ...rest] = form as [string, ...unknown[]]
  switch (kind) {
    case 'Byte':
    case 'Short':
    case 'Integer':
    case 'Long':
    case 'Number':
      return ['Number', String(Number(rest[0]))]
    case 'Float':
      return ['Number', String(Buffer.from(String(rest[0]), 'hex').readFloatBE())]
    case 'Double':
      return ['Number', String(Buffer.from(String(rest[0]), 'hex').readDoubleBE())]
    case 'List':
      return [kind, ...rest.map(looseForm)]
    case 'Map':
      return [kind, ...rest.map((entry) => looseEntry(String(entry))).sort(byCodeUnits)]
    default:
      return form
  }
}

/** `key=value`, both described as JSON: the key ends where a first JSON value does. */
function looseEntry(entry: string): string {
  for (let cut = entry.indexOf('='); cut >= 0; cut = entry.indexOf('=', cut + 1)) {
    try {
      const key: unknown = JSON.parse(entry.slice(0, cut))
      const value: unknown = JSON.parse(entry.slice(cut + 1))
      return `${JSON.stringify(looseForm(key))}=${JSON.stringify(looseForm(value))}`
    } catch {
      continue
    }
  }
  throw new Error(`Not an entry: ${entry}`)
}

/** A schemaless value of ours in the same loose form. */
export function plainForm(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return plainForm(new Map(Object.entries(value)))
  }
  if (Array.isArray(value)) return ['List', ...value.map(plainForm)]
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(
      ([key, item]) => `${JSON.stringify(plainForm(key))}=${JSON.stringify(plainForm(item))}`,
    )
    return ['Map', ...entries.sort(byCodeUnits)]
  }
  if (typeof value === 'number' || typeof value === 'bigint') return ['Number', String(Number(value) + 0)]
  return javaValue(undefined, value)
}
