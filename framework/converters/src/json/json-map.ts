import type { Schema } from '@spillway/api'

/**
 * True for a map that is written as a JSON object; any other is a list of its entries. Connect's JsonConverter looks at
 * the keys' type alone: texts that may be null are texts. JSON Schema has to say what keys are, and can say nothing of
 * the names of an object: there keys that may be null make a list (Java: `JsonSchemaData`).
 */
export function isObjectMap(keySchema: Schema, dialect?: 'json-schema'): boolean {
  return keySchema.type === 'STRING' && !(dialect === 'json-schema' && keySchema.optional)
}
