import type { SchemaElement } from 'hyparquet'
import { PlainValues } from './plain-values.ts'

const FIRST_SLOTS = 512

const WIDTHS: Readonly<Record<string, number>> = { BOOLEAN: 1, INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 }

/**
 * A column of the row group that is being gathered. It holds the values, and a slot for each value and each missing
 * value, with the levels that give its place in the row.
 */
export class LeafColumn {
  readonly element: SchemaElement
  /** Names from the first below the root. */
  readonly path: readonly string[]
  /** Definition level of a value; 0 where each row has one. */
  readonly maxDefinition: number
  /** How many lists and maps a value lies in. */
  readonly maxRepetition: number
  readonly values: PlainValues
  #slots = 0
  #definitions: Uint8Array
  #repetitions: Uint8Array

  constructor(element: SchemaElement, path: readonly string[], maxDefinition: number, maxRepetition: number) {
    this.element = element
    this.path = path
    this.maxDefinition = maxDefinition
    this.maxRepetition = maxRepetition
    this.values = new PlainValues(WIDTHS[element.type ?? ''] ?? element.type_length ?? 0)
    this.#definitions = new Uint8Array(maxDefinition > 0 ? FIRST_SLOTS : 0)
    this.#repetitions = new Uint8Array(maxRepetition > 0 ? FIRST_SLOTS : 0)
  }

  /** Values and places without. */
  get slots(): number {
    return this.#slots
  }

  get nulls(): number {
    return this.#slots - this.values.count
  }

  /** By slot; empty where {@link maxDefinition} is 0. */
  get definitions(): Uint8Array {
    return this.#definitions
  }

  /** By slot; empty where {@link maxRepetition} is 0. */
  get repetitions(): Uint8Array {
    return this.#repetitions
  }

  /** The slot of the value that is added next. */
  addSlot(repetition: number): void {
    this.addNull(repetition, this.maxDefinition)
  }

  /** A place without value. @param definition how many of what may be absent is there. */
  addNull(repetition: number, definition: number): void {
    const slot = this.#slots++
    if (this.maxDefinition === 0) return
    if (slot === this.#definitions.length) this.#definitions = longer(this.#definitions)
    this.#definitions[slot] = definition
    if (this.maxRepetition === 0) return
    if (slot === this.#repetitions.length) this.#repetitions = longer(this.#repetitions)
    this.#repetitions[slot] = repetition
  }

  /** True where the slot has no value. */
  isNull(slot: number): boolean {
    return this.maxDefinition > 0 && (this.#definitions[slot] as number) < this.maxDefinition
  }

  /** Forgets everything, for the next row group. */
  clear(): void {
    this.#slots = 0
    this.values.clear()
  }
}

function longer(levels: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(levels.length * 2)
  larger.set(levels)
  return larger
}
