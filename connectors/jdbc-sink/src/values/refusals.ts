import { DataError } from '@spillway/api'
import type { Column, SinkField } from './column.ts'

const DATES = /^(?:date|time|year|interval)/

/** A value its column does not take, as a typed parameter would be refused: SQLSTATE 42804, datatype_mismatch. */
export function typeMismatch(field: SinkField, column: Column): DataError {
  const remedy = DATES.test(column.type)
    ? 'make it a date or time (TimestampConverter, timestamp.fields.list)'
    : 'convert it to the type of the column, or to text that the database reads as one (Cast)'
  return refusedValue(field, column, `the type takes no such value (SQLSTATE 42804): ${remedy}`)
}

/** A value that its column would hold as another. The reason holds no value: it may be secret. */
export function refusedValue(field: SinkField, column: Column, reason: string): DataError {
  return new DataError(
    `The field ${field.name} of schema ${field.schema.toString()} cannot be written to the column ${column.name} of ` +
      `type ${column.type}: ${reason}, or change the column's type`,
  )
}

/** Encoding would put U+FFFD in its place, and make one of texts that differ. */
export const LONE_SURROGATE = 'it holds half a surrogate pair, which UTF-8 has no bytes for: repair the text'
