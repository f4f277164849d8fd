import { DATE, DECIMAL, type Schema, TIME, TIMESTAMP } from '@spillway/framework'
import { PLAIN_NUMBER } from '../../values/plain-schemas.ts'
import type { SinkField } from '../dialect.ts'

const LOGICAL: Readonly<Record<string, string>> = {
  [DECIMAL]: 'DECIMAL',
  [DATE]: 'DATE',
  [TIME]: 'TIME',
  [TIMESTAMP]: 'TIMESTAMP',
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
  const logical =
    schema.name === undefined || !Object.hasOwn(LOGICAL, schema.name) ? undefined : LOGICAL[schema.name]
  if (logical !== undefined) return logical
  if (schema.type !== 'ARRAY') return PLAIN[schema.type] ?? 'TEXT'
  const items = schema.valueSchemaIfAny
  const element = items === undefined ? 'JSONB' : typeOf(items)
  return element === 'JSONB' || element.endsWith('[]') ? 'JSONB' : `${element}[]`
}
