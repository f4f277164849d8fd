import { type Converter, DataError, type ProducerRecord, type RawHeader } from '@spillway/api'
import type { EnvelopePart, EnvelopeRow } from './envelope-row.ts'

/** The converter that read a key or a value, and how it is called in messages. */
export interface PartConverter {
  readonly key: 'key.converter' | 'value.converter'
  readonly className: string
  readonly converter: Converter
  /** True for plain JSON: its text is its bytes. */
  readonly isPlainJson: boolean
}

/** Makes Kafka records of rows: the bytes that the connector's converters had read. */
export class RecordRestorer {
  readonly #topic: string
  readonly #key: PartConverter
  readonly #value: PartConverter
  readonly #hasByteHeaders: boolean
  readonly #keepsPartitions: boolean

  constructor(options: {
    readonly topic: string
    readonly key: PartConverter
    readonly value: PartConverter
    /** Whether header values are bytes, which JSON holds as base64. */
    readonly hasByteHeaders: boolean
    readonly keepsPartitions: boolean
  }) {
    this.#topic = options.topic
    this.#key = options.key
    this.#value = options.value
    this.#hasByteHeaders = options.hasByteHeaders
    this.#keepsPartitions = options.keepsPartitions
  }

  /** @throws {DataError} for what cannot have come from these converters. */
  async record(row: EnvelopeRow): Promise<ProducerRecord> {
    if (this.#keepsPartitions && row.partition === undefined) {
      throw new DataError('--keep-partitions needs the partition in format.envelope.fields')
    }
    const headers: RawHeader[] = row.headers.map(({ key, value }) => ({
      key,
      value: this.#headerBytes(value),
    }))
    return {
      topic: this.#topic,
      key: await this.#bytes(this.#key, row.key),
      value: await this.#bytes(this.#value, row.value),
      headers,
      ...(row.timestamp !== null && { timestamp: row.timestamp }),
      ...(this.#keepsPartitions && row.partition !== undefined && { partition: row.partition }),
    }
  }

  async #bytes(by: PartConverter, part: EnvelopePart): Promise<Buffer | null> {
    if (part.value === null || part.value === undefined) return null
    if (part.text === undefined) return by.converter.fromConnectData(this.#topic, part.schema, part.value)
    if (by.isPlainJson) return part.text
    if (by.className.endsWith('.ByteArrayConverter')) return fromBase64(part.value, by.key)
    try {
      return await by.converter.fromConnectData(this.#topic, null, part.value)
    } catch (cause) {
      throw new DataError(
        `${by.key}=${by.className} cannot write what JSON kept of it: ${(cause as Error).message}. Converters with schemas ` +
          'need objects with schemas: back up with AvroFormat, or with ByteArrayConverter.',
        { cause },
      )
    }
  }

  #headerBytes(value: string | Uint8Array | null): Buffer | null {
    if (value === null) return null
    if (typeof value !== 'string') return Buffer.from(value)
    return this.#hasByteHeaders ? fromBase64(value, 'header.converter') : Buffer.from(value)
  }
}

function fromBase64(value: unknown, key: string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
  if (bytes !== undefined && bytes.toString('base64') === value) return bytes
  throw new DataError(
    `${key} is ByteArrayConverter, whose bytes are base64 in JSON, but ${JSON.stringify(value)} is not base64: set the ` +
      'converters that wrote the objects.',
  )
}
