import {
  configDef,
  type Converter,
  DataError,
  OPTIONAL_BYTES,
  type Schema,
  type SchemaAndValue,
} from '@spillway/api'
import { converterPlugins } from './converter-plugins.ts'

const config = configDef({})

/** Bytes as they are (Java: `org.apache.kafka.connect.converters.ByteArrayConverter`). */
export class ByteArrayConverter implements Converter {
  configure(): void {}

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    return { schema: OPTIONAL_BYTES, value: bytes }
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    if (schema !== null && schema.type !== 'BYTES') {
      throw new DataError(`Invalid schema type for ByteArrayConverter: ${schema.type}`)
    }
    if (value === null || value === undefined) return null
    if (!(value instanceof Uint8Array)) {
      throw new DataError(
        `ByteArrayConverter is not compatible with objects of type ${typeof value}: it writes bytes only`,
      )
    }
    return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
}

export const byteArrayConverterPlugins = converterPlugins({
  className: 'org.apache.kafka.connect.converters.ByteArrayConverter',
  doc: 'Bytes as they are.',
  config,
  create: () => new ByteArrayConverter(),
})
