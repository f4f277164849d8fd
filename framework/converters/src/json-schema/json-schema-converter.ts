import { type ConverterPlugin, DataError, type RawConfig, type Schema } from '@spillway/api'
import { converterPlugin } from '../converter-plugins.ts'
import { holdsDecimal } from '../json/connect-json-schema.ts'
import { decodeUtf8, hasLongDigits, parseJson, parseJsonExactly } from '../json/json-text.ts'
import { payloadReader } from '../json/payload-reader.ts'
import { payloadWriter } from '../json/payload-writer.ts'
import {
  type PayloadDecoder,
  type PayloadEncoder,
  RegistryConverter,
  type RegistryFormat,
  withRegistryConfig,
} from '../registry/registry-converter.ts'
import type { RegisteredSchema } from '../registry/schema-registry-client.ts'
import type { FramedMessage } from '../registry/wire-format.ts'
import { SchemaBudget } from '../schema-budget.ts'
import { connectSchemaOfJsonSchema } from './connect-schema-of-json-schema.ts'
import { JsonSchemaDocuments } from './json-schema-document.ts'
import { jsonSchemaOf } from './json-schema-of.ts'
import { jsonSchemaDataConfig, type JsonSchemaOptions, jsonSchemaOptions } from './json-schema-options.ts'

/** JSON whose schema a registry keeps: what the registry converter needs of the format. */
class JsonSchemaFormat implements RegistryFormat {
  readonly type = 'JSON'
  readonly title = 'JSON Schema'
  readonly #options: JsonSchemaOptions

  constructor(config: RawConfig) {
    this.#options = jsonSchemaOptions(jsonSchemaDataConfig.parse(config))
  }

  recordName({ text, references }: RegisteredSchema): string | undefined {
    const { title } = new JsonSchemaDocuments(text, references).root.node
    return typeof title === 'string' ? title : undefined
  }

  decoder({ text, references }: RegisteredSchema, version: number | undefined): PayloadDecoder {
    const budget = new SchemaBudget()
    const documents = new JsonSchemaDocuments(text, references)
    const schema = connectSchemaOfJsonSchema(documents, this.#options, version, budget)
    const read = payloadReader(schema, { replaceNullWithDefault: true, dialect: 'json-schema' }, 'value')
    const isExact = holdsDecimal(schema)
    return {
      parts: budget.spent,
      decode({ payload }: FramedMessage) {
        const json = decodeUtf8(payload)
        return {
          schema,
          value: read(isExact || hasLongDigits(json) ? parseJsonExactly(json) : parseJson(json).value),
        }
      },
    }
  }

  /** JSON fits whatever schema the registry has: it is written the same way under each. */
  encoder(schema: Schema | null): PayloadEncoder {
    if (schema === null) throw new DataError('Data without schema cannot be written as JSON Schema')
    const write = payloadWriter(schema, {
      numericDecimals: this.#options.numericDecimals,
      replaceNullWithDefault: !this.#options.ignoreDefaultForNullables,
      dialect: 'json-schema',
    })
    return {
      written: { type: 'JSON', text: JSON.stringify(jsonSchemaOf(schema, this.#options)) },
      recordName: schema.name,
      encode: (value) => Buffer.from(write(value), 'utf8'),
    }
  }
}

/** JSON in Confluent's wire format (Java: `io.confluent.connect.json.JsonSchemaConverter`). */
export const jsonSchemaConverterPlugin: ConverterPlugin = converterPlugin({
  className: 'io.confluent.connect.json.JsonSchemaConverter',
  doc: 'JSON whose JSON Schemas a registry keeps.',
  config: withRegistryConfig(jsonSchemaDataConfig),
  create: () => new RegistryConverter((config) => new JsonSchemaFormat(config)),
})
