import { DataError, type Schema, type SchemaAndValue } from '@spillway/api'
import { BoundedCache } from '../bounded-cache.ts'
import { checkSchemaText, MOST_KEPT_PARTS, SchemaBudget } from '../schema-budget.ts'
import { holdsDecimal, readSchema } from './connect-json-schema.ts'
import { nodeTypeOf } from './json-node.ts'
import { decodeUtf8, hasLongDigits, parseJson, parseJsonExactly } from './json-text.ts'
import { payloadReader, type PayloadReader } from './payload-reader.ts'
import { NOT_SCANNED, payloadScanner, type PayloadScanner } from './payload-scanner.ts'

export interface EnvelopeReaderOptions {
  readonly replaceNullWithDefault: boolean
  /** Largest number of schemas kept. */
  readonly cacheSize: number
  /** The schema of all messages, from the configuration; null where each message holds its own. */
  readonly schema: Schema | null
  /** What to do where messages turn out to be plain JSON. */
  readonly plainRemedy: string
}

/** A schema with its compiled reader; `isExact`: its payloads must be parsed with every digit, few as they may be. */
interface Compiled {
  readonly schema: Schema
  readonly read: PayloadReader
  readonly isExact: boolean
  readonly scan: PayloadScanner | undefined
}

/**
 * An envelope without a schema. It has no reader, and so nothing that could take a {@link JsonNumber}: such a payload is
 * parsed to plain values from the start.
 */
const SCHEMALESS = Symbol('no schema')

/** A schema that no message can be read with. */
interface Refused {
  readonly refusal: DataError
}

/** What a schema's text takes beside what is compiled of it. */
const CHARACTERS_PER_PART = 200
/** How nearly every producer begins an envelope. */
const USUAL_START = '{"schema":'
const USUAL_MIDDLE = ',"payload":'
const CLOSING_BRACE = 0x7d
const NO_BYTES = Buffer.alloc(0)
/** How many payloads are parsed after one that could not be scanned: others of its producer will be like it. */
const UNSCANNED_RUN = 20

/**
 * Reads messages that hold their schema. A run of messages usually repeats the same schema text: it is compared, not
 * parsed, and only the payload is read: scanned where it is written as usual, else parsed.
 */
export class EnvelopeReader {
  readonly #options: EnvelopeReaderOptions
  readonly #bySchemaText: BoundedCache<string, Compiled | typeof SCHEMALESS | Refused>
  readonly #configured: Compiled | null
  /** How the messages before began, up to their payload, and the reader of what follows. */
  #lastPrefix = NO_BYTES
  #lastCompiled: Compiled | undefined
  /** So many payloads are parsed without a try, as one before was not to be scanned. */
  #unscanned = 0

  constructor(options: EnvelopeReaderOptions) {
    this.#options = options
    this.#bySchemaText = new BoundedCache(options.cacheSize, MOST_KEPT_PARTS)
    this.#configured = options.schema === null ? null : this.#compile(options.schema)
  }

  /**
   * @param notJson makes the error for bytes that are no JSON.
   * @throws {DataError} for what is no envelope, or a payload that contradicts its schema.
   */
  read(bytes: Buffer, notJson: (error: unknown) => DataError): SchemaAndValue {
    const last = this.#lastCompiled
    if (last !== undefined && this.#beginsAsBefore(bytes)) {
      const { schema, scan } = last
      if (this.#unscanned > 0) this.#unscanned--
      else if (scan !== undefined) {
        const value = scan(bytes, this.#lastPrefix.length, bytes.length - 1)
        if (value !== NOT_SCANNED) return { schema, value }
        this.#unscanned = UNSCANNED_RUN
      }
      const payload = parsePayload(bytes, this.#lastPrefix.length, last.isExact)
      if (payload !== NOT_ALONE) return { schema, value: last.read(payload) }
    }
    const text = textOf(bytes, notJson)
    if (this.#configured !== null) return this.#readConfigured(this.#configured, text, notJson)
    const envelope = this.#parseEnvelope(text, notJson)
    const exact = hasLongDigits(text) ? exactEnvelope(text) : undefined
    // Plain values hold an integer beyond 2^53 as a bigint, which has no place in a key of JSON.
    const schemaText = JSON.stringify((exact ?? envelope).schema)
    const compiled =
      this.#bySchemaText.get(schemaText) ?? this.#compileJson(envelope.schema, text, schemaText)
    if (compiled === SCHEMALESS) return { schema: null, value: envelope.payload }
    if ('refusal' in compiled) throw compiled.refusal
    this.#rememberPrefix(text, compiled)
    const { payload } = exact ?? (compiled.isExact ? exactEnvelope(text) : envelope)
    return { schema: compiled.schema, value: compiled.read(payload) }
  }

  #beginsAsBefore(bytes: Buffer): boolean {
    const { length } = this.#lastPrefix
    return (
      length > 0 &&
      bytes.length > length &&
      bytes[bytes.length - 1] === CLOSING_BRACE &&
      bytes.compare(this.#lastPrefix, 0, length, 0, length) === 0
    )
  }

  #readConfigured(compiled: Compiled, text: string, notJson: (error: unknown) => DataError): SchemaAndValue {
    let json: unknown
    try {
      json = parseJsonExactly(text)
    } catch (error) {
      throw notJson(error)
    }
    // A schema that itself describes fields of those names is meant for the whole message.
    const describesEnvelope =
      compiled.schema.type === 'STRUCT' && compiled.schema.field('payload') !== undefined
    const payload = isEnvelope(json) && !describesEnvelope ? json.payload : json
    return { schema: compiled.schema, value: compiled.read(payload) }
  }

  #parseEnvelope(text: string, notJson: (error: unknown) => DataError): Envelope {
    let json: unknown
    try {
      json = parseJson(text).value
    } catch (error) {
      throw notJson(error)
    }
    if (isEnvelope(json)) return json
    throw new DataError(
      'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional ' +
        'fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter ' +
        `configuration. The message is ${describeJson(json)}. ${this.#options.plainRemedy}`,
    )
  }

  /** A schema that is refused is kept too: what it costs to find that out is paid once. */
  #compileJson(json: unknown, text: string, schemaText: string): Compiled | typeof SCHEMALESS | Refused {
    if (json === null) return SCHEMALESS
    const budget = new SchemaBudget()
    let found: Compiled | typeof SCHEMALESS | Refused
    try {
      checkSchemaText(schemaText, 'The schema of the envelope')
      // Defaults of decimals and int64 are read with all their digits.
      const schema = readSchema(exactEnvelope(text).schema, this.#options, 'schema', budget)
      found = schema === null ? SCHEMALESS : this.#compile(schema)
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      found = { refusal: error }
    }
    this.#bySchemaText.set(schemaText, found, 1 + schemaText.length / CHARACTERS_PER_PART + budget.spent)
    return found
  }

  #compile(schema: Schema): Compiled {
    return {
      schema,
      read: payloadReader(schema, this.#options, 'payload'),
      isExact: holdsDecimal(schema),
      scan: payloadScanner(schema),
    }
  }

  #rememberPrefix(text: string, compiled: Compiled): void {
    if (!text.startsWith(USUAL_START)) return
    const end = endOfObject(text, USUAL_START.length)
    if (end > 0 && text.startsWith(USUAL_MIDDLE, end)) {
      this.#lastPrefix = Buffer.from(text.slice(0, end + USUAL_MIDDLE.length), 'utf8')
      this.#lastCompiled = compiled
    }
  }
}

function textOf(bytes: Buffer, notJson: (error: unknown) => DataError): string {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    throw notJson(error)
  }
}

interface Envelope {
  readonly schema: unknown
  readonly payload: unknown
}

function isEnvelope(json: unknown): json is Envelope {
  return (
    nodeTypeOf(json) === 'OBJECT' &&
    Object.keys(json as object).length === 2 &&
    Object.hasOwn(json as object, 'schema') &&
    Object.hasOwn(json as object, 'payload')
  )
}

/** The envelope of a text that is known to be one, its numbers with every digit. */
function exactEnvelope(text: string): Envelope {
  return parseJsonExactly(text) as Envelope
}

const NOT_ALONE = Symbol('the text is more than the payload')

/** What stands between the schema and the last brace; {@link NOT_ALONE} where that is not exactly one value. */
function parsePayload(bytes: Buffer, from: number, isExact: boolean): unknown {
  try {
    const text = decodeUtf8(bytes, from, bytes.length - 1)
    const { value, isStrict } = parseJson(text)
    if (!isStrict) return NOT_ALONE
    return isExact || hasLongDigits(text) ? parseJsonExactly(text) : value
  } catch {
    return NOT_ALONE
  }
}

/** The index after the object that begins at `start`; -1 where none does. The text is valid JSON. */
function endOfObject(text: string, start: number): number {
  if (text[start] !== '{') return -1
  let depth = 0
  for (let i = start; i < text.length; i++) {
    const char = text[i]
    if (char === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
    } else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return i + 1
  }
  return -1
}

function describeJson(json: unknown): string {
  const type = nodeTypeOf(json)
  if (type !== 'OBJECT') return `a JSON ${type.toLowerCase()} without them`
  const names = Object.keys(json as object)
  const missing = ['schema', 'payload'].filter((name) => !names.includes(name))
  return missing.length > 0
    ? `plain JSON: it lacks ${missing.map((name) => `"${name}"`).join(' and ')}`
    : 'an envelope with more fields than those two'
}
