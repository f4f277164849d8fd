import type { AvroCursor } from '@spillway/converters'
import type { LeafColumn } from './leaf-column.ts'

/**
 * Takes a part of a row at the cursor into its columns.
 *
 * @param repetition in which of the lists around it the part is one more item; 0 where a row begins.
 */
export type ReadPart = (cursor: AvroCursor, repetition: number) => void

/** Reads single values into a column. */
export function valueReader(column: LeafColumn): ReadPart {
  const { values, element } = column
  if (element.converted_type === 'DECIMAL') return decimalReader(column)
  switch (element.type) {
    case 'BOOLEAN':
      return (cursor, repetition) => {
        values.addByte(cursor.boolean() ? 1 : 0)
        column.addSlot(repetition)
      }
    case 'INT32':
      return (cursor, repetition) => {
        values.addInt32(cursor.int())
        column.addSlot(repetition)
      }
    case 'INT64':
      return (cursor, repetition) => {
        values.addInt64(cursor.integer())
        column.addSlot(repetition)
      }
    case 'FLOAT':
      return (cursor, repetition) => {
        values.addFloat(cursor.float())
        column.addSlot(repetition)
      }
    case 'DOUBLE':
      return (cursor, repetition) => {
        values.addDouble(cursor.double())
        column.addSlot(repetition)
      }
    default:
      return bytesReader(column)
  }
}

function bytesReader(column: LeafColumn): ReadPart {
  const { values } = column
  return (cursor, repetition) => {
    const length = cursor.skipBytes()
    values.addBytes(cursor.bytesRead, cursor.position - length, cursor.position)
    column.addSlot(repetition)
  }
}

/** The unscaled values of decimals, which rows have in big-endian bytes and Parquet in three ways. */
function decimalReader(column: LeafColumn): ReadPart {
  const { values, element } = column
  const order = element.type === 'FIXED_LEN_BYTE_ARRAY' ? 'big' : 'little'
  return (cursor, repetition) => {
    const length = cursor.skipBytes()
    values.addBigEndian(cursor.bytesRead, cursor.position - length, cursor.position, order)
    column.addSlot(repetition)
  }
}
