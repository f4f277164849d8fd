import type { ConverterPlugin, RawConfig, Schema } from '@spillway/api'
import { converterPlugin } from '../converter-plugins.ts'
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
import { readAnything } from './anything.ts'
import { AvroCursor } from './avro-cursor.ts'
import { encoderOf } from './avro-encoder.ts'
import { ANYTHING } from './avro-names.ts'
import { avroDataConfig, type AvroDataOptions, avroDataOptions } from './avro-options.ts'
import { avroReader } from './avro-reader.ts'
import { avroSchemaOf } from './avro-schema-of.ts'
import { type AvroType, avroTypeName, parseAvroSchema } from './avro-schema.ts'
import { connectSchemaOf } from './connect-schema-of.ts'

/** Avro with its schemas in a registry: what the registry converter needs of the format. */
class AvroFormat implements RegistryFormat {
  readonly type = 'AVRO'
  readonly title = 'Avro'
  readonly #options: AvroDataOptions

  constructor(config: RawConfig) {
    this.#options = avroDataOptions(avroDataConfig.parse(config))
  }

  recordName(schema: RegisteredSchema): string | undefined {
    return recordNameOf(parsed(schema))
  }

  decoder(schema: RegisteredSchema, version: number | undefined): PayloadDecoder {
    const type = parsed(schema)
    const cursor = new AvroCursor()
    const budget = new SchemaBudget()
    const connectSchema =
      avroTypeName(type) === ANYTHING ? null : connectSchemaOf(type, this.#options, version, budget)
    const read = connectSchema === null ? readAnything : avroReader(type, connectSchema)
    return {
      parts: budget.spent,
      decode({ payload }: FramedMessage) {
        cursor.reset(payload)
        const value = read(cursor)
        cursor.finish()
        return { schema: connectSchema, value }
      },
    }
  }

  encoder(schema: Schema | null, _value: unknown, registered?: RegisteredSchema): PayloadEncoder {
    const text = registered?.text ?? JSON.stringify(avroSchemaOf(schema, this.#options))
    const references = registered?.references.map((reference) => reference.text) ?? []
    return {
      written: { type: 'AVRO', text },
      recordName: recordNameOf(parseAvroSchema(text, references)),
      encode: encoderOf(text, references, schema, this.#options),
    }
  }
}

function parsed(schema: RegisteredSchema): AvroType {
  return parseAvroSchema(
    schema.text,
    schema.references.map((reference) => reference.text),
  )
}

function recordNameOf(type: AvroType): string | undefined {
  return 'name' in type ? type.name : undefined
}

/** Avro in Confluent's wire format (Java: `io.confluent.connect.avro.AvroConverter`). */
export const avroConverterPlugin: ConverterPlugin = converterPlugin({
  className: 'io.confluent.connect.avro.AvroConverter',
  doc: 'Avro whose schemas a registry keeps.',
  config: withRegistryConfig(avroDataConfig),
  create: () => new RegistryConverter((config) => new AvroFormat(config)),
})
