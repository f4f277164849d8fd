import type { Schema } from '@spillway/api'
import { jsonValueText } from '../../values/json-value-text.ts'
import { numberText } from '../../values/number-text.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import { kindOf } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'
import { stringLiteral } from './literals.ts'

/** The default of a field as a literal, every text escaped. */
export function postgresDefault(field: SinkField, temporal: TemporalText): string {
  const { schema } = field
  if (field.isTimestamp) return stringLiteral(temporal.epochUnits(schema.defaultValue, false))
  return literalOf(schema, schema.defaultValue, temporal)
}

function literalOf(schema: Schema, value: unknown, temporal: TemporalText): string {
  if (value === null || value === undefined) return 'NULL'
  switch (kindOf(schema)) {
    case 'decimal':
      return numberText(value)
    case 'date':
      return stringLiteral(temporal.date(value as Date))
    case 'time':
      return stringLiteral(temporal.time(value as Date))
    case 'timestamp':
      return stringLiteral(temporal.timestamp(value as Date))
    default:
      return plainLiteral(schema, value, temporal)
  }
}

function plainLiteral(schema: Schema, value: unknown, temporal: TemporalText): string {
  switch (schema.type) {
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE'
    case 'STRING':
      return stringLiteral(value as string)
    case 'BYTES':
      return stringLiteral(`\\x${Buffer.from(value as Uint8Array).toString('hex')}`)
    case 'FLOAT32':
    case 'FLOAT64':
      return Number.isFinite(value) ? numberText(value) : stringLiteral(String(value))
    case 'ARRAY': {
      const items = schema.valueSchemaIfAny
      const isJson = items === undefined || ['STRUCT', 'MAP', 'ARRAY'].includes(items.type)
      if (isJson) return stringLiteral(jsonValueText(value, schema))
      const elements = (value as unknown[]).map((item) => literalOf(items, item, temporal))
      return elements.length === 0 ? "'{}'" : `ARRAY[${elements.join(',')}]`
    }
    case 'STRUCT':
    case 'MAP':
      return stringLiteral(jsonValueText(value, schema))
    default:
      return String(value)
  }
}
