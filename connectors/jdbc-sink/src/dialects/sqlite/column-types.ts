import type { Schema } from '@spillway/api'
import { jsonValueText } from '../../values/json-value-text.ts'
import { numberText } from '../../values/number-text.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import { PLAIN_NUMBER } from '../../values/plain-schemas.ts'
import { kindOf, type ValueKind } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'

const PLAIN: Readonly<Record<Schema['type'], string>> = {
  INT8: 'INTEGER',
  INT16: 'INTEGER',
  INT32: 'INTEGER',
  INT64: 'INTEGER',
  FLOAT32: 'REAL',
  FLOAT64: 'REAL',
  BOOLEAN: 'INTEGER',
  STRING: 'TEXT',
  BYTES: 'BLOB',
  ARRAY: 'TEXT',
  MAP: 'TEXT',
  STRUCT: 'TEXT',
}

const NUMERIC_KINDS: readonly ValueKind[] = ['decimal', 'date', 'time', 'timestamp']

/** The type of a new column; nested values become JSON text, where other sinks refuse them. */
export function sqliteColumnType({ schema, isTimestamp, isPrimaryKey }: SinkField): string {
  if (schema.name === PLAIN_NUMBER && !isPrimaryKey) return 'NUMERIC'
  if (isTimestamp || NUMERIC_KINDS.includes(kindOf(schema))) return 'NUMERIC'
  return PLAIN[schema.type]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The default of a field as a literal; dates and times as text, as Confluent's sink writes them. */
export function sqliteDefault({ schema, isTimestamp }: SinkField, temporal: TemporalText): string {
  const value = schema.defaultValue
  if (isTimestamp) return numberText(value)
  switch (kindOf(schema)) {
    case 'decimal':
      return numberText(value)
    case 'date':
      return quoted(temporal.date(value as Date))
    case 'time':
      return quoted(temporal.time(value as Date))
    case 'timestamp':
      return quoted(temporal.timestamp(value as Date))
  }
  switch (schema.type) {
    case 'BOOLEAN':
      return value === true ? '1' : '0'
    case 'STRING':
      return quoted(value as string)
    case 'BYTES':
      return `x'${Buffer.from(value as Uint8Array).toString('hex')}'`
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return quoted(jsonValueText(value, schema))
    default:
      return Number.isFinite(value) || typeof value === 'bigint' ? numberText(value) : 'NULL'
  }
}
