import type { LeafColumn } from './leaf-column.ts'
import { PlainValues } from './plain-values.ts'

/** The different values of a column in the order of their first appearance, and which of them each value is. */
export interface Dictionary {
  readonly values: PlainValues
  /** By value of the column. */
  readonly indexes: Uint32Array
}

const SAMPLE = 1000
/** A column whose sample has more different bytes than this part of all is not looked at further. */
const TOO_DIFFERENT = 0.9

/**
 * The dictionary of a column where it at least halves the bytes; undefined where it does not. Decided as hyparquet-writer
 * decides it: a sample from the whole column first, then by what the dictionary and its indexes take.
 */
export function dictionaryOf(column: LeafColumn): Dictionary | undefined {
  const { values, element } = column
  if (element.type === 'BOOLEAN' || values.count === 0 || isTooDifferent(column)) return undefined
  const { count } = values
  const isText = element.converted_type === 'UTF8'
  const prefix = element.type === 'BYTE_ARRAY' ? 4 : 0
  const largest = values.end(count - 1) - (values.width > 0 ? 0 : 4 * count) + count * prefix
  const distinct = new DistinctValues(values)
  const indexes = new Uint32Array(count)
  const sizes: number[] = []
  let distinctBytes = 0
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const index = distinct.numberOf(i)
    if (index === sizes.length) {
      const size = sizeOf(values, i, isText)
      sizes.push(size)
      distinctBytes += size
      // More does not become less.
      if (2 * (distinctBytes + sizes.length * prefix) > largest) return undefined
    }
    bytes += sizes[index] as number
    indexes[i] = index
  }
  const bitWidth = Math.ceil(Math.log2(sizes.length))
  const indexBytes = Math.ceil((count * bitWidth) / 8)
  if (2 * (distinctBytes + sizes.length * prefix + indexBytes) > bytes + count * prefix) return undefined
  const own = new PlainValues(values.width)
  for (let i = 0; i < distinct.count; i++) own.addFrom(values, distinct.first(i))
  return { values: own, indexes }
}

function isTooDifferent(column: LeafColumn): boolean {
  const { values, element, slots } = column
  const isText = element.converted_type === 'UTF8'
  const prefix = element.type === 'BYTE_ARRAY' ? 4 : 0
  const distinct = new DistinctValues(values)
  const size = Math.min(slots, SAMPLE)
  let distinctBytes = 0
  let bytes = 0
  let slot = 0
  let next = 0
  for (let i = 0; i < size; i++) {
    const wanted = size === 1 ? 0 : Math.floor((i * (slots - 1)) / (size - 1))
    if (column.nulls === 0) next = wanted
    else for (; slot < wanted; slot++) if (!column.isNull(slot)) next++
    if (column.isNull(wanted)) continue
    const valueSize = sizeOf(values, next, isText) + prefix
    const before = distinct.count
    distinct.numberOf(next)
    if (distinct.count > before) distinctBytes += valueSize
    bytes += valueSize
  }
  return bytes === 0 || distinctBytes / bytes > TOO_DIFFERENT
}

/** Bytes of a value; of a text the UTF-16 units, by which hyparquet-writer goes. */
function sizeOf(values: PlainValues, index: number, isText: boolean): number {
  if (values.width > 0) return values.width
  const { bytes } = values
  const end = values.end(index)
  let at = values.start(index)
  if (!isText) return end - at
  let units = 0
  for (; at < end; at++) {
    const byte = bytes[at] as number
    // The bytes that continue a character are none of their own; one of four bytes is a pair.
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  }
  return units
}

/** Numbers the different values of a column: a hash table of places, so that no value becomes an object. */
class DistinctValues {
  readonly #values: PlainValues
  /** The number of a value plus one, by its hash; 0 where there is none. */
  #table = new Int32Array(256)
  readonly #firsts: number[] = []

  constructor(values: PlainValues) {
    this.#values = values
  }

  get count(): number {
    return this.#firsts.length
  }

  /** Where in the column a different value stands first. */
  first(number: number): number {
    return this.#firsts[number] as number
  }

  /** The number of the value at that place, which is the next one where it is new. */
  numberOf(index: number): number {
    const mask = this.#table.length - 1
    for (let at = this.#hash(index) & mask; ; at = (at + 1) & mask) {
      const number = (this.#table[at] as number) - 1
      if (number < 0) {
        this.#table[at] = this.#firsts.push(index)
        if (this.#firsts.length * 2 > this.#table.length) this.#grow()
        return this.#firsts.length - 1
      }
      if (this.#isSame(this.#firsts[number] as number, index)) return number
    }
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 4)
    const mask = this.#table.length - 1
    for (let number = 0; number < this.#firsts.length; number++) {
      let at = this.#hash(this.#firsts[number] as number) & mask
      while (this.#table[at] !== 0) at = (at + 1) & mask
      this.#table[at] = number + 1
    }
  }

  #hash(index: number): number {
    const { bytes } = this.#values
    const end = this.#values.end(index)
    let hash = 0x811c9dc5
    for (let at = this.#values.start(index); at < end; at++) {
      hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    }
    return (hash ^ (hash >>> 15)) >>> 0
  }

  #isSame(a: number, b: number): boolean {
    const values = this.#values
    const { bytes } = values
    const start = values.start(a)
    const length = values.end(a) - start
    const other = values.start(b)
    if (values.end(b) - other !== length) return false
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[other + i]) return false
    return true
  }
}
