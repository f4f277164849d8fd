import { SCALE_PARAMETER, type Schema } from '@spillway/api'
import { PLAIN_NUMBER } from '../../values/plain-schemas.ts'
import { kindOf } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'

const PLAIN: Readonly<Record<Schema['type'], string>> = {
  INT8: 'TINYINT',
  INT16: 'SMALLINT',
  INT32: 'INT',
  INT64: 'BIGINT',
  FLOAT32: 'FLOAT',
  FLOAT64: 'DOUBLE',
  BOOLEAN: 'TINYINT',
  STRING: 'TEXT',
  BYTES: 'VARBINARY(1024)',
  ARRAY: 'JSON',
  MAP: 'JSON',
  STRUCT: 'JSON',
}

/**
 * The type of a new column; nested values become JSON, where other sinks refuse them. A text that is part of the key
 * gets a length, without which MySQL has no index for it, and compares byte for byte, as Kafka's keys do.
 *
 * @param keyCollation that counts trailing spaces, where the server has one.
 */
export function mysqlColumnType(
  { schema, isTimestamp, isPrimaryKey }: SinkField,
  keyCollation: string,
): string {
  if (isTimestamp) return 'DATETIME(6)'
  if (schema.name === PLAIN_NUMBER && !isPrimaryKey) return 'DOUBLE'
  switch (kindOf(schema)) {
    case 'decimal':
      return `DECIMAL(65,${schema.parameters?.[SCALE_PARAMETER] ?? '0'})`
    case 'date':
      return 'DATE'
    case 'time':
      return 'TIME(3)'
    case 'timestamp':
      return 'DATETIME(3)'
    default:
  }
  if (isPrimaryKey && schema.type === 'STRING')
    return `VARCHAR(255) CHARACTER SET utf8mb4 COLLATE ${keyCollation}`
  if (isPrimaryKey && schema.type === 'BYTES') return 'VARBINARY(255)'
  return PLAIN[schema.type]
}
