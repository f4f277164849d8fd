import { Decimal } from '../../../data/decimal.ts'
import { isStructValue } from '../../../data/is-struct-value.ts'
import { DECIMAL, logicalNameOf } from '../../../data/logical-types.ts'
import type { Schema } from '../../../data/schema.ts'
import { DataError } from '../../../errors/connect-errors.ts'
import { decimalPrecision } from './parquet-schema.ts'

/** Passes over what is none of the schema: writing the row finds that. */
export type DecimalCheck = (value: unknown) => void

/**
 * Finds decimals that have more digits than their column, and keys of maps that are null; undefined where a schema has no
 * room for either. The check throws DataError.
 */
export function decimalCheck(schema: Schema): DecimalCheck | undefined {
  if (logicalNameOf(schema) === DECIMAL) return limitOf(schema)
  switch (schema.type) {
    case 'STRUCT': {
      const checks = schema.fields.map((field) => decimalCheck(field.schema))
      if (checks.every((check) => check === undefined)) return undefined
      return (value) => {
        if (isStructValue(value)) for (const [i, check] of checks.entries()) check?.(value.at(i))
      }
    }
    case 'ARRAY': {
      const check = decimalCheck(schema.valueSchema)
      if (check === undefined) return undefined
      return (value) => {
        if (Array.isArray(value)) for (const item of value) check(item)
      }
    }
    case 'MAP': {
      const checkKey = decimalCheck(schema.keySchema)
      const checkValue = decimalCheck(schema.valueSchema)
      const mayBeNull = schema.keySchema.optional
      if (checkKey === undefined && checkValue === undefined && !mayBeNull) return undefined
      return (value) => {
        if (!(value instanceof Map)) return
        if (mayBeNull && value.has(null)) throw new DataError('A map of Parquet has no keys that are null')
        for (const [key, item] of value as Map<unknown, unknown>) {
          checkKey?.(key)
          checkValue?.(item)
        }
      }
    }
    default:
      return undefined
  }
}

function limitOf(schema: Schema): DecimalCheck {
  const limit = 10n ** BigInt(decimalPrecision(schema))
  return (value) => {
    if (!(value instanceof Decimal) || (value.unscaled < limit && value.unscaled > -limit)) return
    throw new DataError(`Decimal ${String(value)} has more digits than the precision of its column`)
  }
}
