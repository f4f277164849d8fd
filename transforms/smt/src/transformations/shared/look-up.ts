import { isStruct, type Schema, type Struct } from '@spillway/api'
import { getMember, isPlainObject } from './plain-object.ts'

/** Follows names into structs and maps of any kind; undefined where there is nothing. */
export function lookUp(
  value: unknown,
  schema: Schema | null,
  steps: readonly string[],
): { readonly value: unknown; readonly schema: Schema | null } | undefined {
  let current = value
  let currentSchema = schema
  for (const step of steps) {
    if (isStruct(current)) {
      const field = current.schema.field(step)
      if (field === undefined) return undefined
      current = (current as Struct).getField(field)
      currentSchema = field.schema
    } else if (current instanceof Map) {
      current = current.get(step)
      currentSchema = currentSchema?.valueSchemaIfAny ?? null
    } else if (isPlainObject(current)) {
      current = getMember(current, step)
      currentSchema = null
    } else {
      return undefined
    }
  }
  return current === null || current === undefined ? undefined : { value: current, schema: currentSchema }
}
