import { configDef } from '../config/config-def.ts'
import { rule } from '../config/validators.ts'
import type { RawConfig } from '../config/config-def.ts'
import type { Converter, SchemaAndValue } from '../connector/converter.ts'
import { OPTIONAL_STRING } from '../data/schema-builder.ts'
import type { Schema } from '../data/schema.ts'
import { valueToString } from '../data/values/value-to-string.ts'
import { DataError } from '../errors/connect-errors.ts'
import { converterPlugins } from './converter-plugins.ts'
import { own } from '../data/own.ts'

/** Java's names of the encodings that Node's own decoder writes as well as it reads. */
const ENCODINGS: Readonly<Record<string, BufferEncoding>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'iso-8859-1': 'latin1',
  latin1: 'latin1',
  'us-ascii': 'latin1',
  ascii: 'latin1',
  'utf-16le': 'utf16le',
}

const config = configDef({
  'converter.encoding': {
    type: 'string',
    default: 'UTF-8',
    validator: rule(`one of ${Object.keys(ENCODINGS).join(', ')}`, (value) =>
      own(ENCODINGS, String(value).toLowerCase()) === undefined
        ? `Unknown encoding; use one of ${Object.keys(ENCODINGS).join(', ')}`
        : undefined,
    ),
    importance: 'high',
    width: 'medium',
    displayName: 'Encoding',
    doc: 'Character encoding of the texts.',
  },
})

/** Texts as they are (Java: `org.apache.kafka.connect.storage.StringConverter`); reads with an optional STRING schema. */
export class StringConverter implements Converter {
  #encoding: BufferEncoding = 'utf8'

  configure(raw: RawConfig): void {
    this.#encoding = own(ENCODINGS, config.parse(raw)['converter.encoding'].toLowerCase()) ?? 'utf8'
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    return { schema: OPTIONAL_STRING, value: bytes === null ? null : bytes.toString(this.#encoding) }
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    if (value === null || value === undefined) return null
    if (typeof value === 'string') return Buffer.from(value, this.#encoding)
    const text = valueToString(schema, value)
    if (text === null) throw new DataError(`A ${typeof value} cannot be written as text`)
    return Buffer.from(text, this.#encoding)
  }
}

export const stringConverterPlugins = converterPlugins({
  className: 'org.apache.kafka.connect.storage.StringConverter',
  doc: 'Texts as they are.',
  config,
  create: () => new StringConverter(),
})
