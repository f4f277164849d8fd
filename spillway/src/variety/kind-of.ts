import { ConfigError, type ConsumerRecord } from '@spillway/api'

/** Where the kind of a record is: exactly one of them. */
export interface KindOptions {
  readonly field?: string
  readonly header?: string
  readonly key?: boolean
}

/** The kind of a record; null where it has none. */
export type KindOf = (record: ConsumerRecord) => string | null

/** @throws {ConfigError} where not exactly one place is named */
export function kindOf({ field, header, key }: KindOptions): KindOf {
  const ways = [
    ...(field === undefined ? [] : [fieldKind(field)]),
    ...(header === undefined ? [] : [headerKind(header)]),
    ...(key === true ? [({ key: bytes }: ConsumerRecord) => bytes?.toString() ?? null] : []),
  ]
  const [way, another] = ways
  if (way === undefined || another !== undefined)
    throw new ConfigError(
      'What is the kind of a record? Name one of --field <path>, --header <name> and --key.',
    )
  return way
}

/** The last header of that name, as Kafka's `lastHeader`. */
function headerKind(name: string): KindOf {
  return ({ headers }) => headers.findLast((header) => header.key === name)?.value?.toString() ?? null
}

/** Of JSON; the names of the path are joined by points. What is no text counts by its JSON. */
function fieldKind(path: string): KindOf {
  const names = path.split('.')
  return ({ value }) => {
    let found: unknown
    try {
      found = JSON.parse(value?.toString() ?? 'null')
    } catch {
      return null
    }
    for (const name of names) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null
      found = (found as Readonly<Record<string, unknown>>)[name]
    }
    if (found === null) return null
    return typeof found === 'string' ? found : JSON.stringify(found)
  }
}
