import { DataError, isStruct, type Struct } from '@spillway/api'
import { jsonValueText } from '../../values/json-value-text.ts'
import { refusedValue, typeMismatch } from '../../values/refusals.ts'
import { keptText } from '../../values/kept-texts.ts'
import type { TemporalText } from '../../values/temporal-text.ts'
import { isOfKind, kindOf, runtimeKind, type ValueKind } from '../../values/value-kind.ts'
import type { SinkField } from '../../values/column.ts'
import type { PostgresColumn } from './catalog.ts'
import { targetOf } from './column-targets.ts'
import { keptKey } from './kept-keys.ts'
import { arrayLiteral } from './literals.ts'
import { scalarText, type ToText } from './scalars.ts'

/**
 * How values of a field become the text its column reads. Only texts are left to PostgreSQL to read; every other value
 * is converted by its own type and its column's, or refused.
 */
export function postgresText(field: SinkField, column: PostgresColumn, temporal: TemporalText): ToText {
  const toText = uncut(textFor(field, column, temporal), field, column)
  if (field.isPrimaryKey) return keptKey(toText, field, column)
  return column.type === 'character varying' ? keptText(toText, field, column, false) : toText
}

/** Types that cut a text to so many bytes without an error. */
const CUT_BYTES: Readonly<Record<string, number>> = { '"char"': 1, name: 63 }

function uncut(toText: ToText, field: SinkField, column: PostgresColumn): ToText {
  const bytes = CUT_BYTES[column.type]
  if (bytes === undefined) return toText
  return (value) => {
    const text = toText(value)
    if (Buffer.byteLength(text) <= bytes) return text
    throw refusedValue(field, column, `the type would cut it to ${bytes} bytes: shorten it`)
  }
}

function textFor(field: SinkField, column: PostgresColumn, temporal: TemporalText): ToText {
  // The units of timestamp.fields.list are numbers or texts; they are read where they are written.
  if (field.isTimestamp) return converter('timestamp', field, column, temporal) ?? refusing(field, column)
  const kind = kindOf(field.schema)
  const convert = converter(kind, field, column, temporal) ?? refusing(field, column)
  return (value) => {
    if (!isOfKind(kind, value)) throw notOfSchema(field, value)
    return convert(value)
  }
}

function refusing(field: SinkField, column: PostgresColumn): ToText {
  return () => {
    throw typeMismatch(field, column)
  }
}

function notOfSchema(field: SinkField, value: unknown): DataError {
  return new DataError(
    `The value of field ${field.name} does not fit its schema ${field.schema.toString()}: found a ${typeof value}`,
  )
}

function converter(
  kind: ValueKind,
  field: SinkField,
  column: PostgresColumn,
  temporal: TemporalText,
): ToText | undefined {
  const target = targetOf(column)
  switch (kind) {
    case 'array':
      if (target === 'array') return arrayText(field, column, temporal)
      break
    case 'plain':
      if (target === 'array') return plainArrayText(field, column, temporal)
      if (target === 'hstore') return hstoreText
      break
    case 'map':
      if (target === 'hstore') return hstoreText
      break
    case 'struct':
      break
    default:
      return scalarText(kind, target, { field, column, temporal })
  }
  return target === 'json' || target === 'text' ? (value) => jsonValueText(value, field.schema) : undefined
}

function elementOf(column: PostgresColumn): PostgresColumn {
  return {
    ...column,
    type: column.type.slice(0, -2),
    ...column.element,
    element: undefined,
  }
}

function arrayText(field: SinkField, column: PostgresColumn, temporal: TemporalText): ToText {
  const items = field.schema.valueSchemaIfAny
  if (items === undefined) return plainArrayText(field, column, temporal)
  // An array of arrays is one more dimension of the same type.
  const isNested = items.type === 'ARRAY'
  const itemField = { ...field, schema: items, isPrimaryKey: false }
  const toText = isNested
    ? arrayText(itemField, column, temporal)
    : textFor(itemField, elementOf(column), temporal)
  return (value) =>
    arrayLiteral(
      (value as unknown[]).map((item) => (item === null ? null : toText(item))),
      isNested,
    )
}

/** A schemaless array for an array column: each element by what it is. */
function plainArrayText(field: SinkField, column: PostgresColumn, temporal: TemporalText): ToText {
  const element = elementOf(column)
  const isJson = targetOf(element) === 'json'
  const elementText = (item: unknown): string => {
    if (isJson) return jsonValueText(item, undefined)
    const convert = converter(runtimeKind(item), field, element, temporal)
    if (convert === undefined) throw typeMismatch(field, column)
    return convert(item)
  }
  const toText = (value: unknown): string => {
    if (!Array.isArray(value)) {
      throw new DataError(
        `The column ${column.name} is of type ${column.type}, but the value of field ${field.name} is no array`,
      )
    }
    const isNested = !isJson && value.some(Array.isArray)
    return arrayLiteral(
      value.map((item: unknown) => {
        if (item === null) return null
        return isNested ? toText(item) : elementText(item)
      }),
      isNested,
    )
  }
  return toText
}

function hstoreText(value: unknown): string {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  const entries = entriesOf(value)
  return entries
    .map(([key, item]) => `${quote(String(key))}=>${item === null ? 'NULL' : quote(hstoreValue(item))}`)
    .join(',')
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (isStruct(value)) {
    const struct = value as unknown as Struct
    return struct.schema.fields.map((field) => [field.name, struct.getField(field)])
  }
  return Object.entries(value as object)
}

function hstoreValue(value: unknown): string {
  return typeof value === 'string' ? value : jsonValueText(value, undefined)
}
