import type { ConvertedType, LogicalType, ParquetType, SchemaElement } from 'hyparquet'

import {
  DATE,
  DECIMAL,
  logicalNameOf,
  SCALE_PARAMETER,
  TIME,
  TIMESTAMP,
} from '../../../data/logical-types.ts'
import type { Schema } from '../../../data/schema.ts'
import { DataError } from '../../../errors/connect-errors.ts'

/** Where a schema does not say it: the most that readers commonly take. */
const DEFAULT_PRECISION = 38
/** Digits of the largest decimal that is read. */
const MOST_PRECISION = 10_000
const PRECISION_PARAMETER = 'connect.decimal.precision'
/** Of a value that is no struct: it becomes the only column. */
export const ONLY_COLUMN = 'value'
/** The name that Confluent's sinks give what has none. */
const UNNAMED = 'io.confluent.connect.avro.ConnectDefault'

/** The precision of a Decimal schema. @throws {DataError} for one that is none, or beyond any real number. */
export function decimalPrecision(schema: Schema): number {
  const precision = Number(schema.parameters?.[PRECISION_PARAMETER] ?? DEFAULT_PRECISION)
  if (Number.isInteger(precision) && precision > 0 && precision <= MOST_PRECISION) return precision
  throw new DataError(`A Decimal has no precision of ${precision}: give it one up to ${MOST_PRECISION}`)
}

/** Bytes of a fixed-length decimal. */
export function decimalBytes(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8)
}

/**
 * The Parquet schema of a Connect schema, in the order of a walk: three-level lists and maps, logical types with their
 * converted twins for older readers.
 *
 * @throws {DataError} for a list or map whose elements have no schema.
 */
export function parquetSchema(schema: Schema): SchemaElement[] {
  const columns =
    schema.type === 'STRUCT'
      ? schema.fields.map((field) => elements(field.name, field.schema))
      : [elements(ONLY_COLUMN, schema)]
  const root = {
    name: schema.name?.replaceAll(/[^A-Za-z0-9_.]/g, '_') ?? UNNAMED,
    num_children: columns.length,
  }
  return [root, ...columns.flat()]
}

function elements(name: string, schema: Schema): SchemaElement[] {
  const repetition_type = schema.optional ? 'OPTIONAL' : 'REQUIRED'
  const head = { name, repetition_type } as const
  switch (schema.type) {
    case 'STRUCT': {
      if (schema.fields.length === 0) throw new DataError(`Parquet has no structs without fields: ${name}`)
      const children = schema.fields.map((field) => elements(field.name, field.schema))
      return [{ ...head, num_children: children.length }, ...children.flat()]
    }
    case 'ARRAY':
      return [
        { ...head, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elements('element', schema.valueSchema),
      ]
    case 'MAP':
      return [
        { ...head, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        ...elements('key', schema.keySchema).map((element, i) =>
          i === 0 ? ({ ...element, repetition_type: 'REQUIRED' } as const) : element,
        ),
        ...elements('value', schema.valueSchema),
      ]
    default:
      return [{ ...head, ...primitive(schema) }]
  }
}

interface Primitive {
  readonly type: ParquetType
  readonly type_length?: number
  readonly converted_type?: ConvertedType
  readonly logical_type?: LogicalType
  readonly precision?: number
  readonly scale?: number
}

function primitive(schema: Schema): Primitive {
  switch (logicalNameOf(schema)) {
    case DECIMAL:
      return decimal(schema)
    case DATE:
      return { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    case TIME: {
      const logical_type = { type: 'TIME', isAdjustedToUTC: true, unit: 'MILLIS' } as const
      return { type: 'INT32', converted_type: 'TIME_MILLIS', logical_type }
    }
    case TIMESTAMP: {
      const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' } as const
      return { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', logical_type }
    }
    default:
      return plain(schema)
  }
}

function plain(schema: Schema): Primitive {
  switch (schema.type) {
    // Without the logical type: the writer puts its bit width down in a way that other readers refuse.
    case 'INT8':
      return { type: 'INT32', converted_type: 'INT_8' }
    case 'INT16':
      return { type: 'INT32', converted_type: 'INT_16' }
    case 'INT32':
      return { type: 'INT32' }
    case 'INT64':
      return { type: 'INT64' }
    case 'FLOAT32':
      return { type: 'FLOAT' }
    case 'FLOAT64':
      return { type: 'DOUBLE' }
    case 'BOOLEAN':
      return { type: 'BOOLEAN' }
    case 'STRING':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    default:
      return { type: 'BYTE_ARRAY' }
  }
}

function decimal(schema: Schema): Primitive {
  const precision = decimalPrecision(schema)
  const scale = Number(schema.parameters?.[SCALE_PARAMETER] ?? 0)
  const logical = {
    converted_type: 'DECIMAL',
    logical_type: { type: 'DECIMAL', precision, scale },
    precision,
    scale,
  } as const
  if (precision <= 9) return { type: 'INT32', ...logical }
  if (precision <= 18) return { type: 'INT64', ...logical }
  return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: decimalBytes(precision), ...logical }
}
