import type { Decimal } from '../../../data/decimal.ts'
import { DATE, DECIMAL, MILLIS_PER_DAY, TIME, TIMESTAMP } from '../../../data/logical-types.ts'
import type { Schema } from '../../../data/schema.ts'
import type { Struct } from '../../../data/struct.ts'
import { DataError } from '../../../errors/connect-errors.ts'
import { decimalPrecision, ONLY_COLUMN } from './parquet-schema.ts'

/** A column of one row group. */
export interface Column {
  readonly name: string
  readonly data: unknown[]
}

type Convert = (value: unknown) => unknown

/** Turns Connect values of one schema into columns. */
export class ColumnBuilder {
  readonly #names: readonly string[]
  readonly #convert: readonly Convert[]
  readonly #isStruct: boolean
  #columns: unknown[][] = []

  constructor(schema: Schema) {
    this.#isStruct = schema.type === 'STRUCT'
    this.#names = this.#isStruct ? schema.fields.map(({ name }) => name) : [ONLY_COLUMN]
    this.#convert = this.#isStruct
      ? schema.fields.map((field) => converter(field.schema))
      : [converter(schema)]
    this.#columns = this.#names.map(() => [])
  }

  /** @throws {DataError} for a value Parquet has no room for. */
  add(value: unknown): void {
    for (let i = 0; i < this.#names.length; i++) {
      const member = this.#isStruct ? (value as Struct | null)?.at(i) : value
      this.#columns[i]?.push(this.#convert[i]?.(member))
    }
  }

  /** What was added since the last time. */
  take(): Column[] {
    const columns = this.#columns
    this.#columns = this.#names.map(() => [])
    return this.#names.map((name, i) => ({ name, data: columns[i] as unknown[] }))
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
    case DECIMAL: {
      const limit = 10n ** BigInt(decimalPrecision(schema))
      return (value) => {
        const { unscaled } = value as Decimal
        if (unscaled < limit && unscaled > -limit) return unscaled
        throw new DataError(`Decimal ${String(value)} has more digits than the precision of its column`)
      }
    }
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
