/** The part of JSON Schema that the description of the REST API uses. */
interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema
  readonly items?: Schema
}

/** What a value has that its schema does not say, or lacks that it says; empty where they agree. */
export function misfits(
  value: unknown,
  schema: unknown,
  schemas: Readonly<Record<string, unknown>>,
  at = '$',
): string[] {
  const { $ref, type, oneOf, properties, required, additionalProperties, items, ...rest } = schema as Schema
  const inner = (part: unknown, of: Schema, name: string): string[] =>
    misfits(part, of, schemas, `${at}${name}`)
  if ($ref !== undefined) return misfits(value, schemas[$ref.slice($ref.lastIndexOf('/') + 1)], schemas, at)
  if (oneOf !== undefined) {
    const all = oneOf.map((option) => misfits(value, option, schemas, at))
    return all.filter((found) => found.length === 0).length === 1
      ? []
      : [`${at}: fits none or several`, ...all.flat()]
  }
  const types = [type ?? []].flat()
  if (types.length > 0 && !types.some((name) => isOfType(value, name))) {
    return [`${at}: ${JSON.stringify(value)} is no ${types.join(' or ')}`]
  }
  if (rest.enum !== undefined && !rest.enum.includes(value)) return [`${at}: ${String(value)} is not allowed`]
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.flatMap((item, i) => inner(item, items, `[${i}]`))
  }
  if (typeof value !== 'object' || value === null) return []
  const missing = (required ?? []).filter((name) => !Object.hasOwn(value, name))
  return [
    ...missing.map((name) => `${at}.${name}: missing`),
    ...Object.entries(value).flatMap(([name, part]) => {
      const of = properties?.[name] ?? additionalProperties
      if (of !== undefined) return inner(part, of, `.${name}`)
      return properties === undefined ? [] : [`${at}.${name}: not described`]
    }),
  ]
}

function isOfType(value: unknown, name: string): boolean {
  if (name === 'null') return value === null
  if (name === 'array') return Array.isArray(value)
  if (name === 'integer') return Number.isInteger(value)
  if (name === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === name
}
