import type { Schema } from '@spillway/api'
import { PLAIN_NUMBER } from '../../values/plain-schemas.ts'
import { kindOf, type ValueKind } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'

const LOGICAL: Readonly<Partial<Record<ValueKind, string>>> = {
  decimal: 'DECIMAL',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
}

const PLAIN: Readonly<Partial<Record<Schema['type'], string>>> = {
  INT8: 'SMALLINT',
  INT16: 'SMALLINT',
  INT32: 'INT',
  INT64: 'BIGINT',
  FLOAT32: 'REAL',
  FLOAT64: 'DOUBLE PRECISION',
  BOOLEAN: 'BOOLEAN',
  STRING: 'TEXT',
  BYTES: 'BYTEA',
  STRUCT: 'JSONB',
  MAP: 'JSONB',
}

/** The type of a new column. Structs, maps and arrays of them become JSONB, where other sinks refuse them. */
export function postgresColumnType(field: SinkField): string {
  if (field.isTimestamp) return 'TIMESTAMP'
  if (field.schema.name === PLAIN_NUMBER && !field.isPrimaryKey) return 'NUMERIC'
  return typeOf(field.schema)
}

function typeOf(schema: Schema): string {
  const logical = LOGICAL[kindOf(schema)]
  if (logical !== undefined) return logical
  if (schema.type !== 'ARRAY') return PLAIN[schema.type] ?? 'TEXT'
  const items = schema.valueSchemaIfAny
  const element = items === undefined ? 'JSONB' : typeOf(items)
  return element === 'JSONB' || element.endsWith('[]') ? 'JSONB' : `${element}[]`
}
