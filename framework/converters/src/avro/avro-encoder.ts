import type { Schema } from '@spillway/api'
import { type AvroDataOptions, DEFAULT_AVRO_OPTIONS } from './avro-options.ts'
import { type AvroJson, avroSchemaOf } from './avro-schema-of.ts'
import { parseAvroSchema } from './avro-schema.ts'
import { AvroSink } from './avro-sink.ts'
import { type AvroWriteOptions, avroWriter } from './avro-writer.ts'

/** Writes values of one Connect schema as Avro, without any framing: what a file format puts into its blocks. */
export interface AvroEncoder {
  /** The Avro schema the bytes follow. */
  readonly schema: AvroJson
  readonly schemaText: string
  /** A value's bytes, in a buffer of their own. @throws {DataError} for a value that does not fit. */
  encode(value: unknown): Buffer
  /** The same in a buffer that the next call uses again. */
  encodeInPlace(value: unknown): Buffer
}

/**
 * The encoder of a Connect schema; null for schemaless data.
 *
 * @param path what messages call the value.
 * @example avroEncoder(record.valueSchema).encode(record.value)
 * @throws {DataError} where the schema has no Avro form.
 */
export function avroEncoder(
  schema: Schema | null,
  options: Partial<AvroDataOptions> = {},
  path = 'value',
): AvroEncoder {
  const all = { ...DEFAULT_AVRO_OPTIONS, ...options, isOwnSchema: true }
  const json = avroSchemaOf(schema, all, path)
  const schemaText = JSON.stringify(json)
  const write = writerOf(schemaText, [], schema, all, path)
  return {
    schema: json,
    schemaText,
    encode: (value) => write(value).take(),
    encodeInPlace: (value) => write(value).view(),
  }
}

/** Writes values of a Connect schema under an Avro schema that is given. */
export function encoderOf(
  schemaText: string,
  references: readonly string[],
  schema: Schema | null,
  options: AvroDataOptions,
): (value: unknown) => Buffer {
  const write = writerOf(schemaText, references, schema, options)
  return (value) => write(value).take()
}

function writerOf(
  schemaText: string,
  references: readonly string[],
  schema: Schema | null,
  options: AvroWriteOptions,
  path?: string,
): (value: unknown) => AvroSink {
  const write = avroWriter(parseAvroSchema(schemaText, references), schema ?? undefined, options, path)
  const sink = new AvroSink()
  return (value) => {
    sink.reset()
    write(sink, value)
    return sink
  }
}
