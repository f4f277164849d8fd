import {
  configDef,
  type Header,
  type HeaderConverter,
  type HeaderConverterPlugin,
  parseString,
  valueToString,
} from '@spillway/api'
import { CONVERTERS_VERSION } from './converter-plugins.ts'

const config = configDef({})

/**
 * Header values as text whose type is guessed when read (Java:
 * `org.apache.kafka.connect.storage.SimpleHeaderConverter`): `12` is an INT8, `[true]` an ARRAY of BOOLEAN.
 */
export class SimpleHeaderConverter implements HeaderConverter {
  configure(): void {}

  toConnectHeader(_topic: string, key: string, bytes: Buffer | null): Header {
    const { schema, value } = parseString(bytes === null ? null : bytes.toString('utf8'))
    return { key, schema, value }
  }

  fromConnectHeader(_topic: string, header: Header): Buffer | null {
    const text = valueToString(header.schema, header.value)
    return text === null ? null : Buffer.from(text, 'utf8')
  }
}

export const simpleHeaderConverterPlugin: HeaderConverterPlugin = {
  kind: 'header_converter',
  className: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
  version: CONVERTERS_VERSION,
  doc: 'Texts whose type is guessed.',
  config,
  create: () => new SimpleHeaderConverter(),
}
