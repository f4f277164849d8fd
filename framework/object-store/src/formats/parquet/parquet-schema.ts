import {
  DataError,
  DATE,
  decimalDigits,
  isDecimal,
  logicalNameOf,
  type Schema,
  TIME,
  TIMESTAMP,
} from '@spillway/api'
import type { ConvertedType, LogicalType, ParquetType, SchemaElement } from 'hyparquet'

/** Digits of a decimal whose schema does not say it, and the most there are: more are not read by most engines. */
const MOST_DIGITS = 38
/** Of a value that is no struct: it becomes the only column. */
export const ONLY_COLUMN = 'value'
/** The name that Confluent's sinks give what has none. */
const UNNAMED = 'io.confluent.connect.avro.ConnectDefault'
/** Each takes some KiB while a file is made; a struct that is used in many places has its columns in each. */
const MOST_COLUMNS = 10_000
/** Of groups and the column in them, below the root: what Arrow reads. A list or map takes two. */
const MOST_LEVELS = 99
/** Of lists and maps in each other: with each more DuckDB takes twice as long. */
const MOST_LISTS = 20

/** Bytes of a fixed-length decimal. */
export function decimalBytes(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8)
}

/** The digits of a decimal column. @throws {DataError} for a scale that no column has. */
export function decimalColumn(schema: Schema, path: string): { precision: number; scale: number } {
  const { precision, scale } = decimalDigits(schema, MOST_DIGITS)
  if (Number.isInteger(scale) && scale >= 0 && scale <= MOST_DIGITS) {
    return { precision: Math.min(precision, MOST_DIGITS), scale }
  }
  throw new DataError(
    `The decimal ${path} has scale ${scale}, and decimals of Parquet have one of 0 to ${MOST_DIGITS}. Make it a text with ` +
      'the transformation Cast (after Flatten, where it is nested), or write JsonFormat.',
  )
}

/**
 * The Parquet schema of a Connect schema, in the order of a walk: three-level lists and maps, logical types with their
 * converted twins for older readers. Names are taken as they are.
 *
 * @param path what messages call the value.
 * @throws {DataError} for what Parquet has no columns for, with the field and what to do.
 */
export function parquetSchema(schema: Schema, path = 'value'): SchemaElement[] {
  return new ElementCompiler().root(schema, path)
}

class ElementCompiler {
  readonly #elements: SchemaElement[] = []
  #columns = 0

  root(schema: Schema, path: string): SchemaElement[] {
    const isStruct = schema.type === 'STRUCT'
    this.#elements.push({
      name: schema.name?.replaceAll(/[^A-Za-z0-9_.]/g, '_') ?? UNNAMED,
      num_children: isStruct ? schema.fields.length : 1,
    })
    if (isStruct) this.#fields(schema, path, TOP)
    else this.#add(ONLY_COLUMN, schema, path, TOP)
    return this.#elements
  }

  #add(name: string, schema: Schema, path: string, depth: Depth, isKey = false): void {
    if (depth.levels > MOST_LEVELS || depth.lists > MOST_LISTS) {
      throw new DataError(
        `The schema is nested too deeply at ${path.slice(0, 100)}…: readers of Parquet take ${MOST_LEVELS} levels, and ` +
          `${MOST_LISTS} lists and maps in each other. Write JsonFormat, or AvroFormat.`,
      )
    }
    const repetition_type = schema.optional && !isKey ? 'OPTIONAL' : 'REQUIRED'
    const head = { name, repetition_type } as const
    switch (schema.type) {
      case 'STRUCT':
        this.#elements.push({ ...head, num_children: schema.fields.length })
        this.#fields(schema, path, below(depth))
        return
      case 'ARRAY':
        this.#elements.push(
          { ...head, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
          { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        )
        this.#add('element', partOf(schema.valueSchemaIfAny, path), `${path}[]`, belowList(depth))
        return
      case 'MAP':
        this.#elements.push(
          { ...head, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
          { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        )
        this.#add('key', partOf(schema.keySchemaIfAny, path), `${path}{key}`, belowList(depth), true)
        this.#add('value', partOf(schema.valueSchemaIfAny, path), `${path}{}`, belowList(depth))
        return
      default:
        if (++this.#columns > MOST_COLUMNS) {
          throw new DataError(
            `The schema has more than ${MOST_COLUMNS} columns: ${path} is one more. Leave some out with ReplaceField, or write ` +
              'AvroFormat or JsonFormat.',
          )
        }
        this.#elements.push({ ...head, ...primitive(schema, path) })
    }
  }

  #fields(schema: Schema, path: string, depth: Depth): void {
    if (schema.fields.length === 0) {
      throw new DataError(
        `Parquet has no structs without fields, and ${path} is one. Leave it out with ReplaceField, or write AvroFormat or ` +
          'JsonFormat.',
      )
    }
    const names = new Set<string>()
    for (const { name, schema: part } of schema.fields) {
      // DuckDB refuses nested fields without a name, and ends names at a NUL.
      if (name === '' || name.includes('\0') || !name.isWellFormed() || names.has(name))
        throw badName(name, path)
      names.add(name)
      this.#add(name, part, `${path}.${name}`, depth)
    }
  }
}

function badName(name: string, path: string): DataError {
  return new DataError(
    `The field ${JSON.stringify(name)} of ${path} cannot be a column of Parquet: names are texts without NUL, not empty, and ` +
      'no two of a struct are the same. Rename it, or write JsonFormat.',
  )
}

/** How many groups are around a part, itself counted, and how many lists and maps. */
interface Depth {
  readonly levels: number
  readonly lists: number
}

const TOP: Depth = { levels: 1, lists: 0 }

function below({ levels, lists }: Depth): Depth {
  return { levels: levels + 1, lists }
}

function belowList({ levels, lists }: Depth): Depth {
  return { levels: levels + 2, lists: lists + 1 }
}

function partOf(schema: Schema | undefined, path: string): Schema {
  if (schema !== undefined) return schema
  throw new DataError(
    `The items of ${path} have no schema, so that Parquet has no column for them. Write AvroFormat or JsonFormat.`,
  )
}

interface Primitive {
  readonly type: ParquetType
  readonly type_length?: number
  readonly converted_type?: ConvertedType
  readonly logical_type?: LogicalType
  readonly precision?: number
  readonly scale?: number
}

function primitive(schema: Schema, path: string): Primitive {
  if (isDecimal(schema)) return decimal(decimalColumn(schema, path))
  switch (logicalNameOf(schema)) {
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

function decimal({ precision, scale }: { precision: number; scale: number }): Primitive {
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
