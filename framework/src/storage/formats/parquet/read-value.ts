import type { AvroCursor } from '../../../converters/avro/avro-cursor.ts'
import type { AvroType } from '../../../converters/avro/avro-schema.ts'
import type { LeafColumn } from './leaf-column.ts'

/**
 * Takes a part of a row at the cursor into its columns.
 *
 * @param repetition in which of the lists around it the part is one more item; 0 where a row begins.
 */
export type ReadPart = (cursor: AvroCursor, repetition: number) => void

/** Reads single values of an Avro type into a column; undefined where the column has no room for them. */
export function valueReader(type: AvroType, column: LeafColumn): ReadPart | undefined {
  const { values } = column
  const physical = column.element.type
  switch (type.kind) {
    case 'boolean':
      return physical !== 'BOOLEAN'
        ? undefined
        : (cursor, repetition) => {
            values.addByte(cursor.boolean() ? 1 : 0)
            column.addSlot(repetition)
          }
    case 'int':
      return physical !== 'INT32'
        ? undefined
        : (cursor, repetition) => {
            values.addInt32(cursor.int())
            column.addSlot(repetition)
          }
    case 'long':
      return physical !== 'INT64'
        ? undefined
        : (cursor, repetition) => {
            values.addInt64(cursor.integer())
            column.addSlot(repetition)
          }
    case 'float':
      return physical !== 'FLOAT'
        ? undefined
        : (cursor, repetition) => {
            values.addFloat(cursor.float())
            column.addSlot(repetition)
          }
    case 'double':
      return physical !== 'DOUBLE'
        ? undefined
        : (cursor, repetition) => {
            values.addDouble(cursor.double())
            column.addSlot(repetition)
          }
    case 'string':
      return physical === 'BYTE_ARRAY' ? bytesReader(column) : undefined
    case 'bytes':
      return physical === 'BYTE_ARRAY' ? bytesReader(column) : decimalReader(column)
    case 'fixed':
      return physical === 'BYTE_ARRAY' ? bytesReader(column, type.size) : decimalReader(column, type.size)
    default:
      return undefined
  }
}

/** @param size of each value, where it does not stand before it. */
function bytesReader(column: LeafColumn, size?: number): ReadPart {
  const { values } = column
  return (cursor, repetition) => {
    const length = cursor.skipBytes(size)
    values.addBytes(cursor.bytesRead, cursor.position - length, cursor.position)
    column.addSlot(repetition)
  }
}

/** The unscaled values of decimals, which rows have in big-endian bytes and Parquet in three ways. */
function decimalReader(column: LeafColumn, size?: number): ReadPart | undefined {
  const { values, element } = column
  if (element.converted_type !== 'DECIMAL') return undefined
  const order = element.type === 'FIXED_LEN_BYTE_ARRAY' ? 'big' : 'little'
  return (cursor, repetition) => {
    const length = cursor.skipBytes(size)
    values.addBigEndian(cursor.bytesRead, cursor.position - length, cursor.position, order)
    column.addSlot(repetition)
  }
}
