import type { Struct } from './struct.ts'
import { isStruct } from './struct-like.ts'

/** True for a `Struct`, also one made by a plugin's own copy of the framework: it has the same methods. */
export function isStructValue(value: unknown): value is Struct {
  return isStruct(value)
}
