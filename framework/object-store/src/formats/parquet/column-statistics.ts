import { Decimal } from '@spillway/api'
import type { SchemaElement } from 'hyparquet'
import type { LeafColumn } from './leaf-column.ts'
import type { PlainValues } from './plain-values.ts'

type Bound = boolean | number | bigint | Uint8Array

/** What readers skip row groups by. */
export interface ColumnStatistics {
  readonly min_value?: Bound
  readonly max_value?: Bound
  readonly null_count: bigint
  /** Of columns of floating point numbers. */
  readonly nan_count?: bigint
}

/** @param different the different values of the column, where they are known: fewer to look at. */
export function statisticsOf(column: LeafColumn, different: PlainValues = column.values): ColumnStatistics {
  const { element } = column
  const null_count = BigInt(column.nulls)
  if (element.type === 'FLOAT' || element.type === 'DOUBLE')
    return { ...floatBounds(column.values), null_count }
  return { ...bounds(different, element), null_count }
}

type Compare = (a: number, b: number) => number

function bounds(values: PlainValues, element: SchemaElement): { min_value?: Bound; max_value?: Bound } {
  if (values.count === 0) return {}
  const { compare, read } = accessOf(values, element)
  let least = 0
  let largest = 0
  for (let i = 1; i < values.count; i++) {
    if (compare(i, least) < 0) least = i
    else if (compare(i, largest) > 0) largest = i
  }
  return { min_value: read(least), max_value: read(largest) }
}

/** How values of a type are compared, and read, by their place. */
function accessOf(values: PlainValues, { type, converted_type }: SchemaElement): Access {
  const isDecimal = converted_type === 'DECIMAL'
  const { view, bytes } = values
  const int = (i: number): number => view.getInt32(i * 4, true)
  switch (type) {
    case 'BOOLEAN':
      return { compare: (a, b) => (bytes[a] as number) - (bytes[b] as number), read: (i) => bytes[i] === 1 }
    case 'INT32':
      return { compare: (a, b) => int(a) - int(b), read: (i) => (isDecimal ? BigInt(int(i)) : int(i)) }
    case 'INT64':
      return {
        compare: (a, b) =>
          view.getInt32(a * 8 + 4, true) - view.getInt32(b * 8 + 4, true) ||
          view.getUint32(a * 8, true) - view.getUint32(b * 8, true),
        read: (i) => view.getBigInt64(i * 8, true),
      }
    default: {
      const copy = (i: number): Uint8Array => bytes.slice(values.start(i), values.end(i))
      if (!isDecimal) return { compare: byBytes(values, 0), read: copy }
      return { compare: byBytes(values, SIGN), read: (i) => Decimal.fromBytes(copy(i), 0).unscaled }
    }
  }
}

interface Access {
  readonly compare: Compare
  read(index: number): Bound
}

const SIGN = 0x80

/** As unsigned bytes; with the sign turned round, big-endian numbers compare as they are. */
function byBytes(values: PlainValues, turned: 0 | typeof SIGN): Compare {
  const { bytes } = values
  return (a, b) => {
    const start = values.start(a)
    const other = values.start(b)
    const length = values.end(a) - start
    const otherLength = values.end(b) - other
    if (length > 0 && otherLength > 0) {
      const first = ((bytes[start] as number) ^ turned) - ((bytes[other] as number) ^ turned)
      if (first !== 0) return first
    }
    for (let i = 1; i < length && i < otherLength; i++) {
      const difference = (bytes[start + i] as number) - (bytes[other + i] as number)
      if (difference !== 0) return difference
    }
    return length - otherLength
  }
}

/** Of all that are numbers; zero is given the sign that leaves both zeros within the bounds. */
function floatBounds(values: PlainValues): { min_value?: Bound; max_value?: Bound; nan_count: bigint } {
  const { view, width, count } = values
  let least = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  let nans = 0
  for (let i = 0; i < count; i++) {
    const value = width === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true)
    if (value < least) least = value
    if (value > largest) largest = value
    if (Number.isNaN(value)) nans++
  }
  const nan_count = BigInt(nans)
  if (nans === count) return { nan_count }
  return { min_value: least === 0 ? -0 : least, max_value: largest === 0 ? 0 : largest, nan_count }
}
