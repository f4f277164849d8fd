import {
  type Clock,
  type ConfigDef,
  type Converter,
  DataError,
  isConnectError,
  isRetriable,
  type MaybePromise,
  type RawConfig,
  type RawHeader,
  type Schema,
  type SchemaAndValue,
  systemClock,
  type ErrorRow,
} from '@spillway/api'
import { BoundedCache } from '../bounded-cache.ts'
import { MOST_KEPT_PARTS } from '../schema-budget.ts'
import { TooLongError, withinTime } from '../within-time.ts'
import { registryConfig } from './registry-config.ts'
import {
  type RegisteredSchema,
  type RegistrySchemaType,
  SchemaRegistryClient,
  type SchemaToWrite,
} from './schema-registry-client.ts'
import { type SubjectName, subjectName } from './subject-name.ts'
import { frame, type FramedMessage, unframe } from './wire-format.ts'
import { converterErrors } from '../error-rows.ts'

/** Reads payloads written with one registered schema. */
export interface PayloadDecoder {
  /** How much of memory it takes, in parts of a schema; 0 where the format keeps count itself. */
  readonly parts: number
  /** @throws {DataError} for bytes that the schema did not write. */
  decode(message: FramedMessage): SchemaAndValue
}

/** Writes values of one Connect schema as payloads of one schema of the format. */
export interface PayloadEncoder {
  readonly written: SchemaToWrite
  /** The record name that subject strategies ask for. */
  readonly recordName: string | undefined
  encode(value: unknown): Buffer
  /** For Protobuf: the message indexes that stand before the payload. */
  readonly indexes?: Buffer
}

/** What one format adds to the wire format and the registry. */
export interface RegistryFormat {
  readonly type: RegistrySchemaType
  /** The format's name in messages: `Avro`. */
  readonly title: string
  /** The record name that subject strategies ask for. */
  recordName(schema: RegisteredSchema): string | undefined
  /** @param version of the schema under the topic's subject, where it is known. */
  decoder(schema: RegisteredSchema, version: number | undefined): PayloadDecoder
  /** @param registered the schema that must be written with; without it one is made from the Connect schema. */
  encoder(schema: Schema | null, value: unknown, registered?: RegisteredSchema): PayloadEncoder
}

const DECODERS = 1000
const TOPICS = 100
/** Within it, any schema of a producer that means well is read, on a busy machine too. */
const READ_TIME_MS = 3000
/** How long a schema is refused without another try that took too long, in ms: the machine may have been busy. */
const TOO_LONG_TTL = 300_000
/** What a schema that is refused takes: its message. */
const REFUSAL_PARTS = 1
const LONGEST_REASON = 1000

/** An encoder with the id its schema has in the registry. */
interface Writer {
  readonly encoder: PayloadEncoder
  readonly id: number
}

/** A value that could not be written, already with its topic. */
class SerializeError extends DataError {
  static override readonly row: ErrorRow = converterErrors.rows.SerializeError
  override readonly name = 'DataError'
}

/** A converter of a format whose schemas are kept in a registry; subclassed by none, given a format instead. */
export class RegistryConverter implements Converter {
  readonly #makeFormat: (config: RawConfig) => RegistryFormat
  readonly #clock: Clock
  readonly #decodersById = new Map<number, PayloadDecoder>()
  #partsById = 0
  readonly #decodersByGuid = new BoundedCache<string, PayloadDecoder>(DECODERS, MOST_KEPT_PARTS)
  readonly #encoders = new WeakMap<Schema, BoundedCache<string, PayloadEncoder>>()
  /** Ready to write, by schema and topic: no promise per record. */
  #writers = new WeakMap<Schema, BoundedCache<string, Writer>>()
  #format: RegistryFormat | undefined
  #client: SchemaRegistryClient | undefined
  #subject: SubjectName = subjectName('TopicNameStrategy', false)
  #writesWith: 'registered' | 'latest' | number = 'registered'
  #isKey = false

  constructor(makeFormat: (config: RawConfig) => RegistryFormat, clock: Clock = systemClock) {
    this.#makeFormat = makeFormat
    this.#clock = clock
  }

  configure(raw: RawConfig, isKey: boolean): void {
    const config = registryConfig.parse(raw)
    this.#format = this.#makeFormat(raw)
    this.#client?.close()
    this.#client = new SchemaRegistryClient(config, this.#clock)
    this.#writers = new WeakMap()
    this.#isKey = isKey
    this.#subject = subjectName(
      config[isKey ? 'key.subject.name.strategy' : 'value.subject.name.strategy'],
      isKey,
    )
    if (config['auto.register.schemas']) this.#writesWith = 'registered'
    else if (config['use.schema.id'] >= 0) this.#writesWith = config['use.schema.id']
    else this.#writesWith = config['use.latest.version'] ? 'latest' : 'registered'
  }

  toConnectData(
    topic: string,
    bytes: Buffer | null,
    headers: readonly RawHeader[],
  ): MaybePromise<SchemaAndValue> {
    if (bytes === null) return { schema: null, value: null }
    const format = this.#configured(this.#format)
    try {
      const message = unframe(bytes, headers, this.#isKey)
      const known = this.#knownDecoder(message)
      if (known !== undefined) return this.#decode(known, message)
      return this.#loadDecoder(topic, message).then(
        (decoder) => this.#decodeLoaded(topic, format, decoder, message),
        (error: unknown) => this.#failed(topic, format, error),
      )
    } catch (error) {
      return this.#failed(topic, format, error)
    }
  }

  fromConnectData(topic: string, schema: Schema | null, value: unknown): MaybePromise<Buffer | null> {
    if ((value === null || value === undefined) && (schema === null || schema.optional)) return null
    const ready = schema === null ? undefined : this.#writers.get(schema)?.get(topic)
    const writer = ready ?? this.#knownWriter(topic, schema, value)
    return writer === undefined ? this.#write(topic, schema, value) : this.#encode(topic, writer, value)
  }

  /** The writer of a value that none is kept for: schemaless, or by the latest schema. Undefined: the registry must be asked. */
  #knownWriter(topic: string, schema: Schema | null, value: unknown): Writer | undefined {
    if (typeof this.#writesWith === 'number' || (schema !== null && this.#writesWith !== 'latest'))
      return undefined
    try {
      const [format, client] = [this.#configured(this.#format), this.#configured(this.#client)]
      const encoder = this.#encoder(format, schema, value)
      const subject = this.#subject(topic, encoder.recordName)
      if (this.#writesWith === 'latest') {
        const latest = client.knownLatest(subject)
        return latest && { encoder: this.#encoder(format, schema, value, latest), id: latest.id }
      }
      const id = client.knownIdOf(subject, encoder.written)
      return id === undefined ? undefined : { encoder, id }
    } catch {
      // The same error, with its topic, comes by the other way.
      return undefined
    }
  }

  async #write(topic: string, schema: Schema | null, value: unknown): Promise<Buffer | null> {
    const format = this.#configured(this.#format)
    const client = this.#configured(this.#client)
    try {
      const writer = await this.#writer(topic, schema, value, format, client)
      if (schema !== null && this.#writesWith !== 'latest') this.#keep(topic, schema, writer)
      return this.#encode(topic, writer, value)
    } catch (error) {
      throw this.#writeFailed(topic, error)
    }
  }

  #keep(topic: string, schema: Schema, writer: Writer): void {
    let byTopic = this.#writers.get(schema)
    if (byTopic === undefined) this.#writers.set(schema, (byTopic = new BoundedCache(TOPICS)))
    byTopic.set(topic, writer)
  }

  #encode(topic: string, { encoder, id }: Writer, value: unknown): Buffer {
    try {
      return frame(id, encoder.encode(value), encoder.indexes)
    } catch (error) {
      throw this.#writeFailed(topic, error)
    }
  }

  #writeFailed(topic: string, error: unknown): unknown {
    if (isRetriable(error) || !isConnectError(error) || error instanceof SerializeError) return error
    const title = this.#format?.title ?? ''
    return new SerializeError(`Failed to serialize data of topic ${topic} to ${title}: ${error.message}`, {
      cause: error,
    })
  }

  close(): void {
    this.#client?.close()
  }

  #configured<T>(part: T | undefined): T {
    if (part === undefined) throw new DataError('The converter was not configured')
    return part
  }

  #knownDecoder({ id, guid }: FramedMessage): PayloadDecoder | undefined {
    return id === undefined ? this.#decodersByGuid.get(guid ?? '') : this.#decodersById.get(id)
  }

  async #loadDecoder(topic: string, message: FramedMessage): Promise<PayloadDecoder> {
    const { id, guid } = message
    const client = this.#configured(this.#client)
    const format = this.#configured(this.#format)
    const schema =
      id === undefined ? await client.byGuid(guid ?? '') : await client.byId(id, this.#topicSubject(topic))
    const decoder = await this.#decoderOf(topic, format, schema)
    this.#keepDecoder(message, decoder)
    return decoder
  }

  /** A schema that cannot be used makes a decoder too, which refuses: what it costs to find that out is paid once. */
  async #decoderOf(topic: string, format: RegistryFormat, schema: RegisteredSchema): Promise<PayloadDecoder> {
    try {
      if (schema.type !== format.type) {
        throw new DataError(
          `The message was written with a schema of type ${schema.type} (id ${schema.id}), not ${format.type}: ` +
            `use ${CONVERTER_OF[schema.type] ?? 'the converter of that type'}`,
        )
      }
      const version = schema.version ?? (await this.#versionOf(topic, format, schema))
      return withinReadTime(() => format.decoder(schema, version))
    } catch (cause) {
      if (isRetriable(cause)) throw cause
      return this.#refusing(`Schema id ${schema.id}`, cause as Error)
    }
  }

  /** A decoder that refuses; where a schema took too long, not for ever. */
  #refusing(what: string, cause: Error): PayloadDecoder {
    // Whose text names what it is about, such as a path of types, may be as long as the schema.
    const why = cause.message.slice(0, LONGEST_REASON)
    const error = new DataError(`${what} cannot be used: ${why}`, { cause })
    const until = cause instanceof TooLongError ? this.#clock.now() + TOO_LONG_TTL : undefined
    return {
      parts: REFUSAL_PARTS,
      decode: (message) => {
        if (until !== undefined && until <= this.#clock.now()) this.#forgetDecoder(message)
        throw error
      },
    }
  }

  #keepDecoder({ id, guid }: FramedMessage, decoder: PayloadDecoder): void {
    if (id === undefined) {
      this.#decodersByGuid.set(guid ?? '', decoder, decoder.parts)
      return
    }
    this.#partsById += decoder.parts
    if (this.#decodersById.size >= DECODERS || this.#partsById > MOST_KEPT_PARTS) {
      this.#decodersById.clear()
      this.#partsById = decoder.parts
    }
    this.#decodersById.set(id, decoder)
  }

  #forgetDecoder({ id, guid }: FramedMessage): void {
    if (id === undefined) this.#decodersByGuid.delete(guid ?? '')
    else this.#decodersById.delete(id)
  }

  /** Sinks compare schemas by their version, which an id alone does not tell. */
  async #versionOf(
    topic: string,
    format: RegistryFormat,
    schema: RegisteredSchema,
  ): Promise<number | undefined> {
    try {
      const subject = this.#subject(
        topic,
        withinReadTime(() => format.recordName(schema)),
      )
      return await this.#configured(this.#client).versionOf(subject, schema)
    } catch (error) {
      if (isRetriable(error) || error instanceof TooLongError) throw error
      return undefined
    }
  }

  /** Subjects of the other strategies are known only once the schema is. */
  #topicSubject(topic: string): string | undefined {
    try {
      return this.#subject(topic, undefined)
    } catch {
      return undefined
    }
  }

  #decode(decoder: PayloadDecoder, message: FramedMessage): SchemaAndValue {
    try {
      return decoder.decode(message)
    } catch (error) {
      // A decoder that was stopped half way is of no more use.
      if (error instanceof TooLongError) {
        const what = message.id === undefined ? `Schema GUID ${message.guid}` : `Schema id ${message.id}`
        this.#keepDecoder(message, this.#refusing(what, error))
      }
      throw error
    }
  }

  #decodeLoaded(
    topic: string,
    format: RegistryFormat,
    decoder: PayloadDecoder,
    message: FramedMessage,
  ): SchemaAndValue {
    try {
      return this.#decode(decoder, message)
    } catch (error) {
      return this.#failed(topic, format, error)
    }
  }

  #failed(topic: string, format: RegistryFormat, error: unknown): never {
    if (isRetriable(error)) throw error
    throw new DataError(
      `Failed to deserialize data for topic ${topic} to ${format.title}: ${(error as Error).message}`,
      { cause: error },
    )
  }

  async #writer(
    topic: string,
    schema: Schema | null,
    value: unknown,
    format: RegistryFormat,
    client: SchemaRegistryClient,
  ): Promise<Writer> {
    if (typeof this.#writesWith === 'number') {
      const registered = await client.byId(this.#writesWith)
      return { encoder: this.#encoder(format, schema, value, registered), id: registered.id }
    }
    const encoder = this.#encoder(format, schema, value)
    const subject = this.#subject(topic, encoder.recordName)
    if (this.#writesWith === 'latest') {
      const registered = await client.latest(subject)
      return { encoder: this.#encoder(format, schema, value, registered), id: registered.id }
    }
    return { encoder, id: await client.idOf(subject, encoder.written) }
  }

  /** Encoders live as long as the Connect schema they were made for. */
  #encoder(
    format: RegistryFormat,
    schema: Schema | null,
    value: unknown,
    registered?: RegisteredSchema,
  ): PayloadEncoder {
    if (schema === null) return format.encoder(null, value, registered)
    let byId = this.#encoders.get(schema)
    if (byId === undefined) this.#encoders.set(schema, (byId = new BoundedCache(16)))
    const key = String(registered?.id ?? 'own')
    let encoder = byId.get(key)
    if (encoder === undefined) {
      encoder = withinReadTime(() => format.encoder(schema, value, registered))
      byId.set(key, encoder)
    }
    return encoder
  }
}

function withinReadTime<T>(read: () => T): T {
  return withinTime(READ_TIME_MS, 'Reading the schema', read)
}

const CONVERTER_OF: Readonly<Record<string, string>> = {
  AVRO: 'io.confluent.connect.avro.AvroConverter',
  JSON: 'io.confluent.connect.json.JsonSchemaConverter',
  PROTOBUF: 'io.confluent.connect.protobuf.ProtobufConverter',
}

/** A converter's own keys and those of the registry. */
export function withRegistryConfig(own: ConfigDef): ConfigDef {
  return registryConfig.and(own)
}
