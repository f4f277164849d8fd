import { promisify } from 'node:util'
import { inflateRaw, zstdDecompress } from 'node:zlib'
import { DataError, isStructValue, own, type Schema, SchemaBuilder, Struct } from '@spillway/api'
import {
  AvroCursor,
  avroReader,
  connectSchemaOf,
  DEFAULT_AVRO_OPTIONS,
  parseAvroSchema,
} from '@spillway/converters'
import { snappyUncompress } from 'hyparquet'

import { uncompressedLength } from './decompressed.ts'
import { type EnvelopePart, type EnvelopeRow, NO_PART } from './envelope-row.ts'
import type { PieceLimit } from './piece-limit.ts'

const SYNC_BYTES = 16
const CHECKSUM_BYTES = 4
const BLOCK = 'a block of the container'

const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw)
const unpackZstd = promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress)

const CODECS: Readonly<Record<string, (block: Buffer, limit: PieceLimit) => Buffer | Promise<Buffer>>> = {
  null: (block) => block,
  deflate: (block, limit) => limit.guard(BLOCK, inflate(block, { maxOutputLength: limit.bytes })),
  zstandard: (block, limit) => limit.guard(BLOCK, unpackZstd(block, { maxOutputLength: limit.bytes })),
  snappy(block, limit) {
    const packed = block.subarray(0, -CHECKSUM_BYTES)
    const bytes = uncompressedLength(packed)
    limit.check(BLOCK, bytes)
    const output = Buffer.alloc(bytes)
    snappyUncompress(packed, output)
    return output
  },
}

/** The records of an Avro container of envelopes. @throws {DataError} for what is none. */
export async function* avroRows(file: Buffer, limit: PieceLimit): AsyncGenerator<EnvelopeRow> {
  const reader = new ContainerReader(file)
  const { schemaText, codec } = reader.header()
  const unpack = own(CODECS, codec)
  if (unpack === undefined)
    throw new DataError(`the container has the codec ${codec}, which is not known here`)
  const type = parseAvroSchema(schemaText)
  const schema = connectSchemaOf(type, DEFAULT_AVRO_OPTIONS)
  if (
    schema.type !== 'STRUCT' ||
    (schema.field('value') === undefined && schema.field('key') === undefined)
  ) {
    throw new DataError('the container holds no envelopes: format.envelope was not set when it was written')
  }
  const read = avroReader(type, schema)
  const parts = new Parts(schema)
  const cursor = new AvroCursor()
  for (let block = reader.block(); block !== undefined; block = reader.block()) {
    cursor.reset(await unpack(block.bytes, limit))
    for (let i = 0; i < block.records; i++) yield parts.rowOf(read(cursor) as Struct)
    cursor.finish()
  }
}

/** Takes envelopes apart. Keys and values get the form they had before they became optional parts. */
class Parts {
  readonly #schema: Schema
  readonly #required = new WeakMap<Schema, Schema>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  rowOf(envelope: Struct): EnvelopeRow {
    const at = (name: string): unknown => {
      const field = this.#schema.field(name)
      return field === undefined ? null : envelope.at(field.index)
    }
    const partition = at('partition')
    const timestamp = at('timestamp')
    return {
      key: this.#part('key', at('key')),
      value: this.#part('value', at('value')),
      headers: ((at('headers') ?? []) as readonly Struct[]).map((header) => ({
        key: header.get('key') as string,
        value: header.get('value') as string | Uint8Array | null,
      })),
      partition: typeof partition === 'number' ? partition : undefined,
      timestamp: timestamp instanceof Date ? timestamp.getTime() : null,
    }
  }

  #part(name: 'key' | 'value', value: unknown): EnvelopePart {
    const field = this.#schema.field(name)
    if (field === undefined || value === null) return NO_PART
    const schema = this.#requiredForm(field.schema)
    if (!isStructValue(value)) return { schema, value }
    const values = schema.fields.map(({ index }) => value.at(index))
    return { schema, value: Struct.ofTrusted(schema, values) }
  }

  #requiredForm(schema: Schema): Schema {
    if (!schema.optional || schema.type !== 'STRUCT') return schema
    let required = this.#required.get(schema)
    if (required === undefined) {
      required = SchemaBuilder.from(schema).required().build()
      this.#required.set(schema, required)
    }
    return required
  }
}

class ContainerReader {
  readonly #file: Buffer
  #at = 4

  constructor(file: Buffer) {
    if (file.subarray(0, 4).toString('latin1') !== 'Obj\u0001') throw new DataError('it is no Avro container')
    this.#file = file
  }

  header(): { readonly schemaText: string; readonly codec: string } {
    const metadata = new Map<string, string>()
    for (let count = this.#long(); count !== 0; count = this.#long()) {
      if (count < 0) this.#long()
      for (let i = 0; i < Math.abs(count); i++)
        metadata.set(this.#bytes().toString(), this.#bytes().toString())
    }
    this.#at += SYNC_BYTES
    return { schemaText: metadata.get('avro.schema') ?? '', codec: metadata.get('avro.codec') ?? 'null' }
  }

  block(): { readonly records: number; readonly bytes: Buffer } | undefined {
    if (this.#at >= this.#file.length) return undefined
    const records = this.#long()
    const bytes = this.#bytes()
    this.#at += SYNC_BYTES
    if (this.#at > this.#file.length) throw new DataError('the container ends within a block')
    return { records, bytes }
  }

  #bytes(): Buffer {
    const length = this.#long()
    if (length < 0) throw new DataError('the container has a length below 0')
    const bytes = this.#file.subarray(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }

  #long(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#file[this.#at++]
      if (byte === undefined) throw new DataError('the container ends within a number')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
