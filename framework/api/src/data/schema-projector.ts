import { SchemaProjectorError } from '../errors/connect-errors.ts'
import { Schema, type SchemaType } from './schema.ts'
import { Struct } from './struct.ts'

/** Number types, each of which every later one takes in. */
const PROMOTABLE: readonly SchemaType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64']

/**
 * A value of one schema as a value of another that is compatible with it (Java: `SchemaProjector.project`): fields the
 * target lacks are left out, fields it adds take their default or null, numbers are widened.
 *
 * @throws {SchemaProjectorError} where the schemas do not go together, in Java's words and with the field.
 */
export function projectValue(source: Schema, value: unknown, target: Schema): unknown {
  if (source === target) return value
  checkCompatible(source, target)
  if (value !== null && value !== undefined) return projectPresent(source, value, target)
  if (!source.optional || target.optional) return null
  if (target.defaultValue !== undefined && target.defaultValue !== null) return target.defaultValue
  throw new SchemaProjectorError(
    'Writer schema is optional, however, target schema does not provide a default value.',
  )
}

function checkCompatible(source: Schema, target: Schema): void {
  if (source.type !== target.type && !isPromotable(source.type, target.type)) {
    throw new SchemaProjectorError(
      `Schema type mismatch. source type: ${source.type} and target type: ${target.type}`,
    )
  }
  if (source.name !== target.name) {
    throw new SchemaProjectorError(
      `Schema name mismatch. source name: ${source.name ?? 'null'} and target name: ${target.name ?? 'null'}`,
    )
  }
  if (!sameParameters(source, target)) {
    throw new SchemaProjectorError(
      `Schema parameters not equal. source parameters: ${textOf(source.parameters)} and target parameters: ${textOf(target.parameters)}`,
    )
  }
  const isMissingDefault = target.defaultValue === undefined || target.defaultValue === null
  if (source.optional && !target.optional && isMissingDefault) {
    throw new SchemaProjectorError(
      'Writer schema is optional, however, target schema does not provide a default value.',
    )
  }
}

function isPromotable(source: SchemaType, target: SchemaType): boolean {
  const from = PROMOTABLE.indexOf(source)
  return from >= 0 && from <= PROMOTABLE.indexOf(target)
}

function projectPresent(source: Schema, value: unknown, target: Schema): unknown {
  switch (target.type) {
    case 'STRUCT':
      return projectStruct(source, value as Struct, target)
    case 'ARRAY':
      return (value as unknown[]).map((item) => projectValue(source.valueSchema, item, target.valueSchema))
    case 'MAP':
      return new Map(
        [...(value as Map<unknown, unknown>)].map(([key, item]) => [
          projectValue(source.keySchema, key, target.keySchema),
          projectValue(source.valueSchema, item, target.valueSchema),
        ]),
      )
    case 'INT64':
      return typeof value === 'number' ? BigInt(value) : value
    case 'FLOAT32':
      return source.type === 'FLOAT32' ? value : Math.fround(Number(value))
    case 'FLOAT64':
      return typeof value === 'bigint' ? Number(value) : value
    default:
      return value
  }
}

function projectStruct(source: Schema, value: Struct, target: Schema): Struct {
  const values = target.fields.map(({ name, schema }) => {
    const from = source.field(name)
    if (from === undefined) return absentField(name, schema)
    try {
      return projectValue(from.schema, value.getField(from), schema)
    } catch (cause) {
      if (!(cause instanceof SchemaProjectorError)) throw cause
      throw new SchemaProjectorError(`Error projecting ${name}: ${cause.message}`, { cause })
    }
  })
  return Struct.ofTrusted(target, values)
}

function absentField(name: string, schema: Schema): unknown {
  if (schema.defaultValue !== undefined && schema.defaultValue !== null) return schema.defaultValue
  if (schema.optional) return null
  throw new SchemaProjectorError(
    `Required field \`${name}\` is missing from source schema: it needs to be optional or to have a default`,
  )
}

function sameParameters(a: Schema, b: Schema): boolean {
  const bare = (schema: Schema): Schema =>
    new Schema({ type: 'STRING', ...(schema.parameters && { parameters: schema.parameters }) })
  return bare(a).equals(bare(b))
}

function textOf(parameters: Schema['parameters']): string {
  const entries = Object.entries(parameters ?? {}).map(([key, value]) => `${key}=${value}`)
  return `{${entries.join(', ')}}`
}
