import {
  configDef,
  type Converter,
  type ConverterPlugin,
  DataError,
  type HeaderConverterPlugin,
  OPTIONAL_BOOLEAN,
  OPTIONAL_FLOAT32,
  OPTIONAL_FLOAT64,
  OPTIONAL_INT16,
  OPTIONAL_INT32,
  OPTIONAL_INT64,
  type Schema,
  type SchemaAndValue,
  validateValue,
} from '@spillway/api'
import { converterPlugins } from './converter-plugins.ts'

/** How one type lies in bytes, big end first. */
interface FixedFormat {
  /** The type as Java's messages name it. */
  readonly name: string
  readonly schema: Schema
  readonly size: number
  read(bytes: Buffer): unknown
  write(bytes: Buffer, value: never): void
}

/** A value of fixed size (Java: `NumberConverter` and `BooleanConverter`); reads with an optional schema. */
class FixedSizeConverter implements Converter {
  readonly #format: FixedFormat

  constructor(format: FixedFormat) {
    this.#format = format
  }

  configure(): void {}

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    const { name, schema, size } = this.#format
    if (bytes === null) return { schema, value: null }
    if (bytes.length !== size) {
      throw new DataError(
        `Failed to deserialize ${name}: expected ${size} byte${size === 1 ? '' : 's'}, but found ${bytes.length}`,
      )
    }
    const value = this.#format.read(bytes)
    if (value === undefined) throw new DataError(`Failed to deserialize ${name}: unexpected byte ${bytes[0]}`)
    return { schema, value }
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    const format = this.#format
    if (schema !== null && schema.type !== format.schema.type) {
      throw new DataError(
        `Invalid schema type for ${format.name} converter: expected ${format.schema.type}, but found ${schema.type}`,
      )
    }
    if (value === null || value === undefined) return null
    try {
      validateValue(format.schema, value)
    } catch (cause) {
      throw new DataError(`Failed to serialize to ${format.name}: ${(cause as Error).message}`, { cause })
    }
    const bytes = Buffer.allocUnsafe(format.size)
    format.write(bytes, value as never)
    return bytes
  }
}

const FORMATS: Readonly<Record<string, FixedFormat>> = {
  BooleanConverter: {
    name: 'boolean',
    schema: OPTIONAL_BOOLEAN,
    size: 1,
    read: (bytes) => (bytes[0] === 1 ? true : bytes[0] === 0 ? false : undefined),
    write: (bytes, value: boolean) => bytes.writeUInt8(value ? 1 : 0),
  },
  ShortConverter: {
    name: 'short',
    schema: OPTIONAL_INT16,
    size: 2,
    read: (bytes) => bytes.readInt16BE(),
    write: (bytes, value: number) => bytes.writeInt16BE(value),
  },
  IntegerConverter: {
    name: 'integer',
    schema: OPTIONAL_INT32,
    size: 4,
    read: (bytes) => bytes.readInt32BE(),
    write: (bytes, value: number) => bytes.writeInt32BE(value),
  },
  LongConverter: {
    name: 'long',
    schema: OPTIONAL_INT64,
    size: 8,
    read: (bytes) => bytes.readBigInt64BE(),
    write: (bytes, value: bigint) => bytes.writeBigInt64BE(value),
  },
  FloatConverter: {
    name: 'float',
    schema: OPTIONAL_FLOAT32,
    size: 4,
    read: (bytes) => bytes.readFloatBE(),
    write: (bytes, value: number) => bytes.writeFloatBE(value),
  },
  DoubleConverter: {
    name: 'double',
    schema: OPTIONAL_FLOAT64,
    size: 8,
    read: (bytes) => bytes.readDoubleBE(),
    write: (bytes, value: number) => bytes.writeDoubleBE(value),
  },
}

const config = configDef({})

/** Boolean, Short, Integer, Long, Float and Double (Java: `org.apache.kafka.connect.converters.*Converter`). */
export const numberConverterPlugins: readonly (ConverterPlugin | HeaderConverterPlugin)[] = Object.entries(
  FORMATS,
).flatMap(([simpleName, format]) =>
  converterPlugins({
    className: `org.apache.kafka.connect.converters.${simpleName}`,
    doc: `A ${format.name} in ${format.size} byte${format.size === 1 ? '' : 's'}, big end first.`,
    config,
    create: () => new FixedSizeConverter(format),
  }),
)
