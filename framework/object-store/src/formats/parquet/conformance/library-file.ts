import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Decimal } from '../../../../../api/src/data/decimal.ts'
import { DATE, DECIMAL, MILLIS_PER_DAY, TIME, TIMESTAMP } from '../../../../../api/src/data/logical-types.ts'
import type { Schema } from '../../../../../api/src/data/schema.ts'
import type { Struct } from '../../../../../api/src/data/struct.ts'
import { ONLY_COLUMN, parquetSchema } from '../parquet-schema.ts'

type Convert = (value: unknown) => unknown

/** What hyparquet-writer makes of Connect values by itself: the file that ours has to be, byte for byte. */
export class LibraryFile {
  readonly #schema: Schema
  readonly #output = new ByteWriter()
  readonly #writer: ParquetWriter
  readonly #pageBytes: number

  constructor(schema: Schema, pageBytes: number) {
    this.#schema = schema
    this.#pageBytes = pageBytes
    this.#writer = new ParquetWriter({
      writer: this.#output,
      schema: parquetSchema(schema),
      codec: 'SNAPPY',
      createdBy: 'spillway',
    })
  }

  rowGroup(values: readonly unknown[]): void {
    const schema = this.#schema
    const isStruct = schema.type === 'STRUCT'
    const parts = isStruct ? schema.fields : [{ name: ONLY_COLUMN, schema }]
    const columnData = parts.map((part, i) => {
      const convert = converter(part.schema)
      return {
        name: part.name,
        data: values.map((value) => convert(isStruct ? (value as Struct | null)?.at(i) : value)),
      }
    })
    void this.#writer.write({ columnData, rowGroupSize: values.length, pageSize: this.#pageBytes })
  }

  end(): Buffer {
    void this.#writer.finish()
    return Buffer.from(this.#output.getBytes())
  }
}

/** How a value is handed to the Parquet writer; nulls become the default where there is one. */
function converter(schema: Schema): Convert {
  const convert = plainConverter(schema)
  const { defaultValue } = schema
  const fallback = defaultValue === undefined || defaultValue === null ? null : convert(defaultValue)
  return (value) => (value === null || value === undefined ? fallback : convert(value))
}

function plainConverter(schema: Schema): Convert {
  switch (schema.name) {
    case DECIMAL:
      return (value) => (value as Decimal).unscaled
    case DATE:
      return (value) => Math.floor((value as Date).getTime() / MILLIS_PER_DAY)
    case TIME:
      return (value) => (value as Date).getTime()
    case TIMESTAMP:
      return (value) => BigInt((value as Date).getTime())
    default:
      return typeConverter(schema)
  }
}

function typeConverter(schema: Schema): Convert {
  switch (schema.type) {
    case 'STRUCT': {
      const fields = schema.fields.map((field) => ({ name: field.name, convert: converter(field.schema) }))
      return (value) =>
        Object.fromEntries(fields.map(({ name, convert }, i) => [name, convert((value as Struct).at(i))]))
    }
    case 'ARRAY': {
      const convert = converter(schema.valueSchema)
      return (value) => (value as unknown[]).map(convert)
    }
    case 'MAP': {
      const convertKey = converter(schema.keySchema)
      const convertValue = converter(schema.valueSchema)
      return (value) =>
        [...(value as Map<unknown, unknown>)].map(([k, v]) => ({
          key: convertKey(k),
          value: convertValue(v),
        }))
    }
    default:
      return (value) => value
  }
}
