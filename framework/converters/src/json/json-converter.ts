import {
  configDef,
  ConfigError,
  type Converter,
  DataError,
  type LazyValue,
  oneOfIgnoringCase,
  range,
  type RawConfig,
  rule,
  type Schema,
  type SchemaAndValue,
} from '@spillway/api'
import { converterPlugins } from '../converter-plugins.ts'
import { describeBytes } from '../describe-bytes.ts'
import { readSchema } from './connect-json-schema.ts'
import { EnvelopeReader } from './envelope-reader.ts'
import { EnvelopeWriter } from './envelope-writer.ts'
import { decodeUtf8, parseJson, parseJsonExactly } from './json-text.ts'
import { COMPACT, NOT_PLAIN, scanJson } from './scan-json.ts'

const decimalFormat = oneOfIgnoringCase('NUMERIC', 'BASE64')

const config = configDef({
  'schemas.enable': {
    type: 'boolean',
    default: true,
    importance: 'high',
    group: 'Schemas',
    order: 0,
    width: 'medium',
    displayName: 'Enable Schemas',
    doc: 'Messages hold their schema: `{"schema": …, "payload": …}`. False for plain JSON.',
  },
  'schemas.cache.size': {
    type: 'int',
    default: 1000,
    validator: range(0),
    importance: 'high',
    group: 'Schemas',
    order: 1,
    width: 'medium',
    displayName: 'Schema Cache Size',
    doc: 'Largest number of different schemas kept at hand.',
  },
  'schema.content': {
    type: 'string',
    default: null,
    validator: rule('the schema part of an envelope, as JSON', (value) => {
      if (value === null || value === '') return undefined
      try {
        contentSchema(String(value), true)
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    }),
    importance: 'high',
    group: 'Schemas',
    order: 2,
    width: 'medium',
    displayName: 'Schema Content',
    doc: 'Schema of all messages, as the schema part of an envelope, where schemas.enable is true (KIP-1054).',
  },
  'decimal.format': {
    type: 'string',
    default: 'BASE64',
    validator: decimalFormat,
    importance: 'low',
    group: 'Serialization',
    order: 0,
    width: 'medium',
    displayName: 'Decimal Format',
    recommend: () => [],
    doc: 'How decimals are written: BASE64 of the unscaled value, or NUMERIC. Both are read.',
  },
  'replace.null.with.default': {
    type: 'boolean',
    default: true,
    importance: 'low',
    group: 'Serialization',
    order: 1,
    width: 'medium',
    displayName: 'Replace null with default',
    doc: 'A null where the schema has a default becomes that default.',
  },
})

/** How many values are read at once after one was asked for. */
const EAGER_RUN = 1000

/**
 * JSON, with its schema beside the payload or plain (Java: `org.apache.kafka.connect.json.JsonConverter`).
 *
 * Plain JSON becomes plain JavaScript values: a whole number beyond 2^53 a bigint, every other number a number (1.0 is
 * 1), and the text itself goes along for formats that write JSON. It is checked at once, but read when somebody asks.
 */
export class JsonConverter implements Converter {
  #isEnveloped = true
  #where = 'value.converter.schemas.enable'
  #reader: EnvelopeReader | undefined
  /** So many values are read at once, as those before were asked for: the scan would be in vain. */
  #eager = 0
  readonly #onRead = (): void => {
    this.#eager = EAGER_RUN
  }
  #writer = new EnvelopeWriter({ numericDecimals: false, replaceNullWithDefault: true })

  configure(raw: RawConfig, isKey: boolean): void {
    const parsed = config.parse(raw)
    this.#isEnveloped = parsed['schemas.enable']
    this.#where = `${isKey ? 'key' : 'value'}.converter.schemas.enable`
    const replaceNullWithDefault = parsed['replace.null.with.default']
    const content = parsed['schema.content'] ?? ''
    this.#reader = parsed['schemas.enable']
      ? new EnvelopeReader({
          replaceNullWithDefault,
          cacheSize: parsed['schemas.cache.size'],
          schema: content === '' ? null : contentSchema(content, replaceNullWithDefault),
          plainRemedy: `Set ${this.#where}=false.`,
        })
      : undefined
    this.#writer = new EnvelopeWriter({
      replaceNullWithDefault,
      numericDecimals: parsed['decimal.format'].toUpperCase() === 'NUMERIC',
    })
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    if (bytes === null) return { schema: null, value: null }
    if (this.#reader !== undefined) return this.#reader.read(bytes, (error) => notJson(bytes, error))
    if (this.#eager > 0) this.#eager--
    else {
      const found = scanJson(bytes)
      if (found !== NOT_PLAIN) return new LazyJson(bytes, found === COMPACT, this.#onRead)
    }
    try {
      return plainValue(decodeUtf8(bytes), bytes)
    } catch (error) {
      throw notJson(bytes, error)
    }
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    if (schema === null && (value === null || value === undefined)) return null
    const text = this.#isEnveloped
      ? this.#writer.writeEnvelope(schema, value)
      : this.#writer.writePayload(schema, value)
    return Buffer.from(text, 'utf8')
  }
}

/** A plain JSON value whose text is known to be valid, parsed when somebody looks at it. */
class LazyJson implements SchemaAndValue, LazyValue {
  readonly schema = null
  readonly isLazy = true
  readonly text: Buffer
  readonly isCompact: boolean
  readonly #onRead: () => void
  #parsed: { readonly value: unknown } | undefined

  constructor(text: Buffer, isCompact: boolean, onRead: () => void) {
    this.text = text
    this.isCompact = isCompact
    this.#onRead = onRead
  }

  get value(): unknown {
    if (this.#parsed === undefined) {
      this.#onRead()
      this.#parsed = parseJson(decodeUtf8(this.text))
    }
    return this.#parsed.value
  }
}

function plainValue(text: string, bytes: Buffer): SchemaAndValue {
  const { value, isStrict } = parseJson(text)
  if (!isStrict || value === null) return { schema: null, value }
  const source = oneLine(text, bytes)
  return source === undefined ? { schema: null, value } : { schema: null, value, text: source }
}

const SPACE = 0x20

/** The bytes without white space around them; undefined where they take more than one line of a JSON lines file. */
function oneLine(text: string, bytes: Buffer): Buffer | undefined {
  const last = bytes.length - 1
  if ((bytes[0] ?? 0) > SPACE && (bytes[last] ?? 0) > SPACE) return hasLineBreak(text) ? undefined : bytes
  // Beyond the white space only ASCII can stand at either end of JSON, so bytes and characters agree here.
  let start = 0
  let end = bytes.length
  while (start < end && (bytes[start] ?? 0) <= SPACE) start++
  while (end > start && (bytes[end - 1] ?? 0) <= SPACE) end--
  return hasLineBreak(text.trim()) ? undefined : bytes.subarray(start, end)
}

function hasLineBreak(text: string): boolean {
  return text.includes('\n') || text.includes('\r')
}

function notJson(bytes: Buffer, cause: unknown): DataError {
  return new DataError(
    `Converting byte[] to Kafka Connect data failed due to serialization error: ${(cause as Error).message}. ` +
      `The message looks like ${describeBytes(bytes)}.`,
    { cause },
  )
}

function contentSchema(content: string, replaceNullWithDefault: boolean): Schema | null {
  const key = 'schema.content'
  try {
    return readSchema(parseJsonExactly(content), { replaceNullWithDefault }, key)
  } catch (cause) {
    throw new ConfigError(
      `Failed to parse the schema in ${key}: ${(cause as Error).message}. Write the schema part of an envelope.`,
      { key, cause },
    )
  }
}

export const jsonConverterPlugins = converterPlugins({
  className: 'org.apache.kafka.connect.json.JsonConverter',
  doc: 'JSON, plain or with its schema in an envelope.',
  config,
  create: () => new JsonConverter(),
})
