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
import { MOST_KEPT_PARTS, SchemaBudget } from '../schema-budget.ts'
import { TooLongError, withinTime } from '../within-time.ts'
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

/** Message types that are kept compiled, of all schemas. */
const MOST_TYPES = 1000
/** What a schema's text takes beside the types that are compiled of it. */
const CHARACTERS_PER_PART = 20
/** Within it, any schema of a producer that means well is compiled, on a busy machine too. */
const COMPILE_TIME_MS = 3000

/** A message type, ready to be read; or why it cannot be. */
type CompiledType = { readonly schema: Schema; readonly read: ProtoReader } | { readonly refusal: DataError }

/** Protobuf with its schemas in a registry: what the registry converter needs of the format. */
class ProtobufFormat implements RegistryFormat {
  readonly type = 'PROTOBUF'
  readonly title = 'Protobuf'
  readonly #options: ProtobufOptions
  readonly #types = new BoundedCache<string, CompiledType>(MOST_TYPES, MOST_KEPT_PARTS)
  /** How many schemas have been read: types of each are told apart by its number. */
  #decoders = 0
  /** The schema that was looked at last: its name is asked for before it is read. */
  #last: { readonly source: RegisteredSchema; readonly file: ProtoSchema } | undefined

  constructor(config: RawConfig) {
    this.#options = protobufOptions(protobufDataConfig.parse(config))
  }

  recordName(schema: RegisteredSchema): string | undefined {
    return this.#fileOf(schema).message([0]).fullName
  }

  decoder(source: RegisteredSchema, version: number | undefined): PayloadDecoder {
    const file = this.#fileOf(source)
    const serial = this.#decoders++
    this.#last = undefined
    return {
      parts: (source.text.length + sum(source.references)) / CHARACTERS_PER_PART,
      decode: ({ payload, headerRest }: FramedMessage): SchemaAndValue => {
        const { indexes, size } = indexesOf(payload, headerRest)
        const key = `${serial} ${indexes.join()}`
        const type = this.#types.get(key) ?? this.#compile(key, source.id, file, indexes, version)
        if ('refusal' in type) throw type.refusal
        return { schema: type.schema, value: type.read(payload.subarray(size)) }
      },
    }
  }

  #fileOf(source: RegisteredSchema): ProtoSchema {
    if (this.#last?.source !== source) {
      this.#last = { source, file: new ProtoSchema(source.text, source.references) }
    }
    return this.#last.file
  }

  /** A message type that is refused is kept too: what it costs to find that out is paid once. */
  #compile(
    key: string,
    id: number,
    file: ProtoSchema,
    indexes: readonly number[],
    version: number | undefined,
  ): CompiledType {
    const budget = new SchemaBudget()
    const within = <T>(read: () => T): T => withinTime(COMPILE_TIME_MS, 'Reading the schema', read)
    const name = file.nameAt(indexes)
    let type: CompiledType
    try {
      type = within(() => {
        const message = file.messageNamed(name)
        const schema = connectSchemaOfProto(message, this.#options, version, budget)
        return { schema, read: protoReader(message, schema, this.#options) }
      })
    } catch (error) {
      if (!(error instanceof DataError) || error instanceof TooLongError) throw error
      const what = `Message ${name.slice(1, 200)} of schema id ${id} cannot be used`
      type = { refusal: new DataError(`${what}: ${error.message}`, { cause: error }) }
    }
    this.#types.set(key, type, 1 + budget.spent)
    return type
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

function sum(references: RegisteredSchema['references']): number {
  return references.reduce((characters, { text }) => characters + text.length, 0)
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
