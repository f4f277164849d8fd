import {
  type ConverterPlugin,
  DataError,
  type RawConfig,
  type Schema,
  type SchemaAndValue,
} from '@spillway/api'
import { BoundedCache } from '../bounded-cache.ts'
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
import { connectSchemaOfProto } from './connect-schema-of-proto.ts'
import { readMessageIndexes, writeMessageIndexes } from './message-indexes.ts'
import { protobufDataConfig, type ProtobufOptions, protobufOptions } from './protobuf-options.ts'
import { ProtoSchema } from './proto-model.ts'
import { type ProtoReader, protoReader } from './proto-reader.ts'
import { ProtoSink } from './proto-sink.ts'
import { protoTextOf } from './proto-text-of.ts'
import { protoWriter } from './proto-writer.ts'

/** Message types of one schema that are kept compiled. */
const LARGEST_CACHE = 100

/** Protobuf with its schemas in a registry: what the registry converter needs of the format. */
class ProtobufFormat implements RegistryFormat {
  readonly type = 'PROTOBUF'
  readonly title = 'Protobuf'
  readonly #options: ProtobufOptions

  constructor(config: RawConfig) {
    this.#options = protobufOptions(protobufDataConfig.parse(config))
  }

  recordName({ text, references }: RegisteredSchema): string | undefined {
    return new ProtoSchema(text, references).message([0]).fullName
  }

  decoder({ text, references }: RegisteredSchema, version: number | undefined): PayloadDecoder {
    const file = new ProtoSchema(text, references)
    const compiled = new BoundedCache<string, { schema: Schema; read: ProtoReader }>(LARGEST_CACHE)
    const compile = (indexes: readonly number[]): { schema: Schema; read: ProtoReader } => {
      const message = file.message(indexes)
      const schema = connectSchemaOfProto(message, this.#options, version)
      return { schema, read: protoReader(message, schema, this.#options) }
    }
    return {
      decode({ payload, headerRest }: FramedMessage): SchemaAndValue {
        const { indexes, size } = indexesOf(payload, headerRest)
        const key = indexes.join()
        let type = compiled.get(key)
        if (type === undefined) compiled.set(key, (type = compile(indexes)))
        return { schema: type.schema, value: type.read(payload.subarray(size)) }
      },
    }
  }

  encoder(schema: Schema | null, _value: unknown, registered?: RegisteredSchema): PayloadEncoder {
    if (schema === null) throw new DataError('Data without schema cannot be written as Protobuf')
    const own = protoTextOf(schema, this.#options)
    const text = registered?.text ?? own.text
    const file = new ProtoSchema(text, registered?.references)
    const indexes = file.indexesOf(own.message) ?? [0]
    const message = file.message(indexes)
    const write = protoWriter(message, schema, this.#options)
    const sink = new ProtoSink()
    return {
      written: { type: 'PROTOBUF', text },
      recordName: message.fullName,
      indexes: writeMessageIndexes(indexes),
      encode(value) {
        sink.reset()
        write(sink, value)
        return sink.take()
      },
    }
  }
}

/** Before the payload; or behind the id in the header, where that came in one. */
function indexesOf(
  payload: Buffer,
  headerRest: Buffer | undefined,
): { indexes: readonly number[]; size: number } {
  if (headerRest === undefined) return readMessageIndexes(payload)
  return { indexes: headerRest.length === 0 ? [0] : readMessageIndexes(headerRest).indexes, size: 0 }
}

/** Protobuf in Confluent's wire format (Java: `io.confluent.connect.protobuf.ProtobufConverter`). */
export const protobufConverterPlugin: ConverterPlugin = converterPlugin({
  className: 'io.confluent.connect.protobuf.ProtobufConverter',
  doc: 'Protobuf whose schemas a registry keeps.',
  config: withRegistryConfig(protobufDataConfig),
  create: () => new RegistryConverter((config) => new ProtobufFormat(config)),
})
