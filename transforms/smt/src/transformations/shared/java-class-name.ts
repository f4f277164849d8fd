import { Decimal, isStruct, type Schema, type SchemaType } from '@spillway/api'

const NUMBER_CLASSES: Partial<Record<SchemaType, string>> = {
  INT8: 'java.lang.Byte',
  INT16: 'java.lang.Short',
  INT32: 'java.lang.Integer',
  INT64: 'java.lang.Long',
  FLOAT32: 'java.lang.Float',
  FLOAT64: 'java.lang.Double',
}

/**
 * The Java class a value would have in Kafka Connect, as its error messages name it. Without a schema an integer is a
 * Long and any other number a Double.
 */
export function javaClassName(value: unknown, schema: Schema | null = null): string {
  if (value === null || value === undefined) return 'null'
  switch (typeof value) {
    case 'boolean':
      return 'java.lang.Boolean'
    case 'string':
      return 'java.lang.String'
    case 'bigint':
      return 'java.lang.Long'
    case 'number':
      return (
        (schema === null ? undefined : NUMBER_CLASSES[schema.type]) ??
        (Number.isSafeInteger(value) ? 'java.lang.Long' : 'java.lang.Double')
      )
    default:
      return objectClassName(value)
  }
}

function objectClassName(value: unknown): string {
  if (isStruct(value)) return 'org.apache.kafka.connect.data.Struct'
  if (value instanceof Date) return 'java.util.Date'
  if (value instanceof Decimal) return 'java.math.BigDecimal'
  if (value instanceof Uint8Array) return '[B'
  return Array.isArray(value) ? 'java.util.ArrayList' : 'java.util.HashMap'
}
