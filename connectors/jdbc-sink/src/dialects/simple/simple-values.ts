import { DataError } from '@spillway/api'
import type { Column, SinkField } from '../../values/column.ts'
import { jsonValueText } from '../../values/json-value-text.ts'
import { float32Text, numberText } from '../../values/number-text.ts'
import { LONE_SURROGATE, refusedValue } from '../../values/refusals.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import { isOfKind, kindOf, type ValueKind } from '../../values/value-kind.ts'
import type { Binder } from '../dialect.ts'
import type { SimpleDatabase } from './simple-database.ts'

type Bind = (value: unknown) => unknown

/** What the values of a field become for the driver of a simple database. */
export function simpleBinder(
  field: SinkField,
  column: Column,
  { values }: SimpleDatabase,
  temporal: TemporalText,
): Binder {
  if (field.isTimestamp) return { bind: (value) => temporal.epochUnits(value, false) }
  const kind = kindOf(field.schema)
  const own = values?.[kind]
  const bind: Bind =
    own === undefined ? plainBind(kind, field, column, temporal) : (value) => own(value, column, field)
  return {
    bind(value) {
      if (isOfKind(kind, value)) return bind(value)
      throw new DataError(
        `The value of field ${field.name} does not fit its schema ${field.schema.toString()}: found a ${typeof value}`,
      )
    },
  }
}

function plainBind(kind: ValueKind, field: SinkField, column: Column, temporal: TemporalText): Bind {
  switch (kind) {
    case 'integer':
      return (value) => BigInt(value as bigint | number)
    case 'float32':
      // The double nearest to the digits of the float: 2356.3 stays 2356.3.
      return (value) => Number(float32Text(value as number))
    case 'float64':
    case 'boolean':
    case 'bytes':
      return (value) => value
    case 'decimal':
      return numberText
    case 'text':
      return (value) => wellFormed(value as string, field, column)
    case 'date':
      return (value) => temporal.date(value as Date)
    case 'time':
      return (value) => temporal.time(value as Date)
    case 'timestamp':
      return (value) => temporal.timestamp(value as Date)
    default:
      return (value) => wellFormed(jsonValueText(value, field.schema), field, column)
  }
}

function wellFormed(text: string, field: SinkField, column: Column): string {
  if (text.isWellFormed()) return text
  throw refusedValue(field, column, LONE_SURROGATE)
}
