import type { Schema } from './schema.ts'

const STRUCT = Symbol.for('spillway.struct')

/** What can be asked of a `Struct` without knowing the class: also one made by a plugin's own copy of the framework. */
export interface StructLike {
  readonly schema: Schema
  validate(): void
}

/** The mark a struct class puts on its prototype. */
export function markStruct(prototype: object): void {
  Object.defineProperty(prototype, STRUCT, { value: true })
}

export function isStruct(value: unknown): value is StructLike {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[STRUCT] === true
}
