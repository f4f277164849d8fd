import type { Schema, SchemaParts } from '@spillway/api'

/** The parts of a schema, to make another of. */
export function partsOf(schema: Schema): SchemaParts {
  return {
    type: schema.type,
    optional: schema.optional,
    defaultValue: schema.defaultValue,
    name: schema.name,
    version: schema.version,
    doc: schema.doc,
    parameters: schema.parameters,
    ...(schema.type === 'STRUCT' && { fields: schema.fields }),
    ...(schema.keySchemaIfAny && { keySchema: schema.keySchemaIfAny }),
    ...(schema.valueSchemaIfAny && { valueSchema: schema.valueSchemaIfAny }),
  }
}
