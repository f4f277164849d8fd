import { DECIMAL, Schema, type SchemaType } from '@spillway/api'
import { partsOf } from '../schema-parts.ts'
import { isObjectMap } from '../json/json-map.ts'
import { isUnionStruct } from '../json/json-union.ts'
import { payloadWriter } from '../json/payload-writer.ts'
import { ENUM_PARAMETER, GENERAL_ENUM, NULL_MARKER } from './connect-schema-of-json-schema.ts'
import type { JsonSchemaOptions } from './json-schema-options.ts'

type Draft = Record<string, unknown>

const NUMBER_TYPES: Readonly<Partial<Record<SchemaType, string>>> = {
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float32',
  FLOAT64: 'float64',
}

/** The JSON Schema of a Connect schema, as JSON (Java: `JsonSchemaData.fromConnectSchema`). */
export function jsonSchemaOf(schema: Schema, options: JsonSchemaOptions): Draft {
  return convert(schema, options, undefined, false)
}

function convert(
  schema: Schema,
  options: JsonSchemaOptions,
  index: number | undefined,
  ignoresOptional: boolean,
): Draft {
  const placed = index === undefined ? {} : { 'connect.index': index }
  if (isUnionStruct(schema)) {
    const branches = schema.fields.map((field) => convert(required(field.schema), options, field.index, true))
    return { oneOf: schema.optional ? [{ type: 'null' }, ...branches] : branches, ...placed }
  }
  if (schema.optional && !ignoresOptional) {
    return { ...placed, oneOf: [{ type: 'null' }, convert(required(schema), options, undefined, true)] }
  }
  return { ...body(schema, options), ...metadata(schema, options), ...placed }
}

function required(schema: Schema): Schema {
  return new Schema({ ...partsOf(schema), optional: false })
}

function body(schema: Schema, options: JsonSchemaOptions): Draft {
  switch (schema.type) {
    case 'BOOLEAN':
      return { type: 'boolean' }
    case 'STRING':
      return stringBody(schema, options)
    case 'BYTES': {
      const isNumber = schema.name === DECIMAL && options.numericDecimals
      return { type: isNumber ? 'number' : 'string', 'connect.type': 'bytes' }
    }
    case 'ARRAY':
      return { type: 'array', items: convert(schema.valueSchema, options, undefined, false) }
    case 'MAP':
      return mapBody(schema, options)
    case 'STRUCT': {
      const properties = schema.fields.map(
        (field) => [field.name, convert(field.schema, options, field.index, false)] as const,
      )
      return {
        type: 'object',
        properties: Object.fromEntries(properties),
        ...(!options.additionalProperties && { additionalProperties: false }),
      }
    }
    default: {
      const isInteger = schema.type.startsWith('INT')
      return { type: isInteger ? 'integer' : 'number', 'connect.type': NUMBER_TYPES[schema.type] }
    }
  }
}

function stringBody(schema: Schema, options: JsonSchemaOptions): Draft {
  const parameter = options.generalizedSums ? GENERAL_ENUM : ENUM_PARAMETER
  if (schema.parameters?.[parameter] === undefined) return { type: 'string' }
  const symbols = Object.keys(schema.parameters)
    .filter((key) => key.startsWith(`${parameter}.`))
    .map((key) => key.slice(parameter.length + 1))
  return { enum: symbols.map((symbol) => (symbol === NULL_MARKER ? null : symbol)) }
}

function mapBody(schema: Schema, options: JsonSchemaOptions): Draft {
  if (isObjectMap(schema.keySchema, 'json-schema')) {
    const values = convert(schema.valueSchema, options, undefined, false)
    return { type: 'object', additionalProperties: values, 'connect.type': 'map' }
  }
  const properties = {
    key: convert(schema.keySchema, options, 0, false),
    value: convert(schema.valueSchema, options, 1, false),
  }
  return { type: 'array', items: { type: 'object', properties }, 'connect.type': 'map' }
}

function metadata(schema: Schema, options: JsonSchemaOptions): Draft {
  const made: Draft = {}
  if (schema.name !== undefined) made['title'] = schema.name
  if (schema.version !== undefined) made['connect.version'] = schema.version
  if (schema.doc !== undefined) made['description'] = schema.doc
  const parameters = Object.entries(schema.parameters ?? {}).filter(
    ([key]) => !key.startsWith('io.confluent.connect.json'),
  )
  if (parameters.length > 0) made['connect.parameters'] = Object.fromEntries(parameters)
  if (schema.defaultValue !== undefined && schema.defaultValue !== null) {
    const write = payloadWriter(schema, {
      numericDecimals: options.numericDecimals,
      replaceNullWithDefault: false,
      dialect: 'json-schema',
    })
    made['default'] = withRawNumbers(write(schema.defaultValue))
  }
  return made
}

/** A written default, its numbers with every digit. `JSON.rawJSON` takes numbers, texts and literals only. */
function withRawNumbers(text: string): unknown {
  const json = JSON as unknown as { rawJSON(part: string): unknown }
  return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' && context.source !== undefined
      ? json.rawJSON(context.source)
      : value) as Parameters<typeof JSON.parse>[1]) as unknown
}
