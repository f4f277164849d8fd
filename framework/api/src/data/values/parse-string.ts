import { DataError } from '../../errors/connect-errors.ts'
import type { Schema } from '../schema.ts'
import { Schema as ConnectSchema } from '../schema.ts'
import { BOOLEAN, STRING } from '../schema-builder.ts'
import { conform, mergeSchemas, UNKNOWN } from './merge-schemas.ts'
import { parseNumber, parseTemporal } from './parse-literal.ts'
import type { ParsedValue } from './parsed-value.ts'

/** Deeper nesting than this is taken as a plain string: no header is, and the stack has an end. */
const MAX_DEPTH = 100

/**
 * Guesses the type of a text (Java: `Values.parseString`): null, booleans, the narrowest number type, dates and
 * times in ISO form, arrays and maps of those; whatever is none of them is a string as it is.
 */
export function parseString(text: string | null): ParsedValue {
  if (text === null) return { schema: null, value: null }
  const asString = { schema: STRING, value: text }
  const trimmed = text.trim()
  if (trimmed === '') return asString
  if (trimmed === 'null') return { schema: null, value: null }
  const first = trimmed[0]
  if (first === '[' || first === '{') {
    try {
      return new EmbeddedParser(trimmed).parse()
    } catch (error) {
      if (error instanceof NotStructured) return asString
      throw error
    }
  }
  return parseLiteral(trimmed) ?? asString
}

function parseLiteral(token: string): ParsedValue | undefined {
  if (token === 'true') return { schema: BOOLEAN, value: true }
  if (token === 'false') return { schema: BOOLEAN, value: false }
  return parseTemporal(token) ?? parseNumber(token)
}

/** The text is no array or map after all: it is a string. */
class NotStructured extends DataError {
  constructor() {
    super('Not an array or map')
  }
}

/** Reads one array or map; what follows it is ignored, as Java does. */
class EmbeddedParser {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): ParsedValue {
    return this.#text[0] === '[' ? this.#array() : this.#map()
  }

  #array(): ParsedValue {
    this.#enter()
    const items: ParsedValue[] = []
    for (;;) {
      if (this.#takes(']')) break
      items.push(this.#element())
      if (this.#takes(']')) break
      if (!this.#takes(',')) throw new NotStructured()
    }
    this.#depth--
    const merged = commonSchema(items)
    const valueSchema = merged === UNKNOWN ? undefined : merged
    return {
      schema: new ConnectSchema({ type: 'ARRAY', ...(valueSchema && { valueSchema }) }),
      value: items.map((item) => conform(valueSchema, item)),
    }
  }

  #map(): ParsedValue {
    this.#enter()
    const keys: ParsedValue[] = []
    const values: ParsedValue[] = []
    for (;;) {
      if (this.#takes('}')) break
      const key = this.#element()
      if (key.value === null || !this.#takes(':')) throw new NotStructured()
      keys.push(key)
      values.push(this.#element())
      if (this.#takes('}')) break
      if (!this.#takes(',')) throw new NotStructured()
    }
    this.#depth--
    const mergedKeys = commonSchema(keys)
    const mergedValues = commonSchema(values)
    const keySchema = mergedKeys === UNKNOWN ? undefined : mergedKeys
    // A map of mixed keys has no schemas at all, as in Java.
    const valueSchema = mergedKeys === UNKNOWN || mergedValues === UNKNOWN ? undefined : mergedValues
    const value = new Map(
      keys.map((key, i) => [conform(keySchema, key), conform(valueSchema, values[i] ?? key)]),
    )
    return {
      schema: new ConnectSchema({
        type: 'MAP',
        ...(keySchema && { keySchema }),
        ...(valueSchema && { valueSchema }),
      }),
      value,
    }
  }

  #element(): ParsedValue {
    this.#skipSpace()
    const next = this.#text[this.#at]
    this.#at++
    if (next === '[') return this.#array()
    if (next === '{') return this.#map()
    if (next === '"') return this.#quoted()
    this.#at--
    return this.#bare()
  }

  /** Quotes may be escaped, yet the text keeps its backslashes: Java's does. */
  #quoted(): ParsedValue {
    const start = this.#at
    for (; this.#at < this.#text.length; this.#at++) {
      const next = this.#text[this.#at]
      if (next === '\\') this.#at++
      else if (next === '"') {
        const content = this.#text.slice(start, this.#at++)
        if (content.trim() === '') return { schema: STRING, value: '' }
        return parseTemporal(content) ?? { schema: STRING, value: content }
      }
    }
    throw new NotStructured()
  }

  #bare(): ParsedValue {
    const rest = /^[^,\]}[{"]*/.exec(this.#text.slice(this.#at, this.#at + 512))?.[0] ?? ''
    const token = temporalPrefix(rest) ?? rest.replace(/:.*$/s, '')
    this.#at += token.length
    const trimmed = token.trim()
    if (trimmed === 'null') return { schema: null, value: null }
    const parsed = parseLiteral(trimmed)
    if (parsed === undefined) throw new NotStructured()
    return parsed
  }

  #enter(): void {
    if (this.#depth === 0 && this.#at === 0) this.#at = 1
    if (++this.#depth > MAX_DEPTH) throw new NotStructured()
  }

  #takes(char: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t' || this.#text[this.#at] === '\n') {
      this.#at++
    }
  }
}

/** Times hold the colon that otherwise ends a map's key. */
function temporalPrefix(text: string): string | undefined {
  return /^\s*(?:\d{4}-\d{2}-\d{2}T)?\d{2}\\?:\d{2}\\?:\d{2}\.\d{3}Z/.exec(text)?.[0]
}

/**
 * @throws {NotStructured} for nulls beside values of one schema, and after any value: Java's reader refuses them too.
 * Nulls before values of different kinds are fine there, as such a list has no element schema.
 */
function commonSchema(items: readonly ParsedValue[]): MergedSchema {
  if (items.every((item) => item.schema === null)) return undefined
  let common: MergedSchema
  for (const { schema } of items) {
    if (schema === null && common === undefined) continue
    if (schema === null) throw new NotStructured()
    common = common === undefined ? schema : mergeSchemas(common, schema)
  }
  if (items[0]?.schema === null && common !== UNKNOWN) throw new NotStructured()
  return common
}

type MergedSchema = Schema | typeof UNKNOWN | undefined
