import type { Schema } from '@spillway/api'
import { isJsonNumber, nodeTypeOf, toNumber } from './json-node.ts'

/** Name of the struct that stands for a union in JSON Schema, and the beginning of its fields' names. */
export const ONE_OF = 'io.confluent.connect.json.OneOf'
/** Connect's general union, of `generalized.sum.type.support`. */
export const GENERAL_UNION = 'org.apache.kafka.connect.data.Union'

/** True for a STRUCT that stands for a union: one field per branch, one of them set. */
export function isUnionStruct(schema: Schema): boolean {
  return (
    schema.type === 'STRUCT' && (schema.name === ONE_OF || schema.parameters?.[GENERAL_UNION] !== undefined)
  )
}

/** The index of the branch a value belongs to: the first simple one that fits, or the struct most like it; or -1. */
export function branchOf(schema: Schema, json: unknown): number {
  let best = -1
  let most = 0
  for (const { index, schema: branch } of schema.fields) {
    if (fitsSimply(branch, json)) return index
    const shared = sharedFields(branch, json)
    if (shared > most) {
      most = shared
      best = index
    }
  }
  return best
}

function fitsSimply(schema: Schema, json: unknown): boolean {
  const type = nodeTypeOf(json)
  switch (schema.type) {
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return isJsonNumber(json) && Number.isInteger(toNumber(json))
    case 'FLOAT32':
    case 'FLOAT64':
      return type === 'NUMBER'
    case 'BOOLEAN':
      return type === 'BOOLEAN'
    case 'STRING':
    case 'BYTES':
      return type === 'STRING' || (schema.type === 'BYTES' && type === 'NUMBER')
    case 'ARRAY':
      return type === 'ARRAY'
    case 'MAP':
      return type === 'OBJECT' || type === 'ARRAY'
    case 'STRUCT':
      return false
  }
}

function sharedFields(schema: Schema, json: unknown): number {
  if (schema.type !== 'STRUCT' || nodeTypeOf(json) !== 'OBJECT') return 0
  const object = json as Readonly<Record<string, unknown>>
  return schema.fields
    .filter((field) => Object.hasOwn(object, field.name))
    .reduce((sum, field) => sum + 1 + sharedFields(field.schema, object[field.name]), 0)
}
