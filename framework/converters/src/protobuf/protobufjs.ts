import { createRequire } from 'node:module'
import type protobuf from 'protobufjs'

let library: typeof protobuf | undefined

/** The protobufjs library, loaded by the first schema: every thread knows this converter, and few use it. */
export function protobufjs(): typeof protobuf {
  library ??= withKeptNumbers(createRequire(import.meta.url)('protobufjs') as typeof protobuf)
  return library
}

/** What the library keeps of a message to itself. */
interface Kept {
  fields: Record<string, protobuf.Field>
  fieldsById: Record<number, protobuf.Field>
  _fieldsById?: Record<number, protobuf.Field> | null
}

/**
 * For each field that is added to a message the library looks through all that are there for one of the same number: a
 * minute for 20,000 fields. It keeps what it found, but forgets it with the next field; here it does not. Where a newer
 * version keeps it under another name, this is of no effect.
 */
function withKeptNumbers(loaded: typeof protobuf): typeof protobuf {
  const { prototype } = loaded.Type
  const add = prototype.add as (this: protobuf.Type, object: protobuf.ReflectionObject) => protobuf.Namespace
  prototype.add = function (this: protobuf.Type, object: protobuf.ReflectionObject): protobuf.Namespace {
    const kept = this as unknown as Kept
    const isField = object instanceof loaded.Field && object.extend === undefined
    const numbers = isField || object instanceof loaded.OneOf ? kept.fieldsById : undefined
    add.call(this, object)
    if (numbers === undefined || kept._fieldsById !== null) return this
    if (isField && kept.fields[object.name] === object) numbers[object.id] = object
    kept._fieldsById = numbers
    return this
  } as typeof prototype.add
  return loaded
}
