import {
  ConnectError,
  DataError,
  isStruct,
  OPTIONAL_STRING,
  type Schema,
  type SinkRecord,
  type Struct,
  withoutForeignName,
} from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import { KAFKA_COORDINATES, kafkaField } from './kafka-fields.ts'
import { isPlainObject } from './schemaless.ts'
import type { SourceField } from './source-field.ts'

/** Fields of a record that become columns (Java: `FieldsMetadata`). */
export interface RecordFields {
  readonly keys: readonly SourceField[]
  readonly values: readonly SourceField[]
  /** All of them in the order a new table gets them. */
  readonly all: readonly SourceField[]
}

/** The schemas of a record, or those inferred for one that came without. */
export interface RecordSchemas {
  readonly key: Schema | null
  readonly value: Schema | null
}

/**
 * Which fields are the key and which are not, in the order statements name them: keys as pk.fields lists them, then
 * the value's in the order of its schema.
 *
 * @throws {DataError} for a record that lacks what the configuration needs; {@link ConnectError} for a configuration
 * that fits no record.
 */
export function recordFields(
  settings: SinkSettings,
  topic: string,
  table: string,
  schemas: RecordSchemas,
): RecordFields {
  const keys = keyFields(settings, topic, table, schemas)
  const keyNames = new Set(keys.map((field) => field.name))
  const values = valueFields(settings, table, schemas.value, keyNames)
  if (keys.length + values.length === 0) {
    throw new DataError(`No fields found using key and value schemas for table: ${table}`)
  }
  return { keys, values, all: inCreationOrder(settings, keys, values, schemas.value) }
}

function keyFields(
  settings: SinkSettings,
  topic: string,
  table: string,
  schemas: RecordSchemas,
): SourceField[] {
  const names = settings.pkFields(topic)
  switch (settings.pkMode) {
    case 'none':
      return []
    case 'kafka':
      if (names.length !== 0 && names.length !== 3) {
        throw new ConnectError(
          `PK mode for table '${table}' is KAFKA so there should either be no field names defined for defaults ` +
            `[${KAFKA_COORDINATES.join(', ')}] to be applicable, or exactly 3, defined fields are: [${names.join(', ')}]`,
        )
      }
      return KAFKA_COORDINATES.map((coordinate, i) => kafkaField(coordinate, names[i] ?? coordinate))
    case 'record_key':
      return recordKeyFields(table, names, schemas.key)
    case 'record_value':
      return recordValueKeyFields(table, names, schemas.value)
  }
}

function recordKeyFields(table: string, names: readonly string[], schema: Schema | null): SourceField[] {
  if (schema === null) {
    throw new DataError(`PK mode for table '${table}' is RECORD_KEY, but record key schema is missing`)
  }
  if (schema.type === 'STRUCT') {
    return structKeyFields(table, 'RECORD_KEY', 'record key schema', names, schema, (record) => record.key)
  }
  if (schema.type === 'MAP' || schema.type === 'ARRAY') {
    throw new DataError(`Key schema must be primitive type or Struct, but is of type: ${schema.type}`)
  }
  const [name] = names
  if (name === undefined || names.length !== 1) {
    throw new ConnectError(
      `Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: ` +
        `[${names.join(', ')}] (table '${table}', key pk.fields)`,
    )
  }
  const own = withoutForeignName(schema)
  return [{ name, schema: own, isPrimaryKey: true, isTimestamp: false, read: (record) => record.key }]
}

function recordValueKeyFields(table: string, names: readonly string[], schema: Schema | null): SourceField[] {
  if (schema === null) {
    throw new DataError(`PK mode for table '${table}' is RECORD_VALUE, but record value schema is missing`)
  }
  if (schema.type === 'STRING') {
    throw new ConnectError('pk.mode record_value is not supported with String value schemas')
  }
  return structKeyFields(
    table,
    'RECORD_VALUE',
    'record value schema',
    names,
    schema,
    (record) => record.value,
  )
}

function structKeyFields(
  table: string,
  mode: string,
  what: string,
  names: readonly string[],
  schema: Schema,
  structOf: (record: SinkRecord) => unknown,
): SourceField[] {
  const chosen = names.length > 0 ? names : schema.fields.map((field) => field.name)
  return chosen.map((name) => {
    const field = schema.field(name)
    if (field === undefined) {
      throw new DataError(
        `PK mode for table '${table}' is ${mode} with configured PK fields [${chosen.join(', ')}], but ${what} ` +
          `does not contain field: ${name}`,
      )
    }
    return {
      name,
      schema: withoutForeignName(field.schema),
      isPrimaryKey: true,
      isTimestamp: false,
      read: fieldReader(field, structOf, true),
    }
  })
}

function valueFields(
  settings: SinkSettings,
  table: string,
  schema: Schema | null,
  keyNames: ReadonlySet<string>,
): SourceField[] {
  if (schema === null) return []
  if (schema.type === 'STRING') return [stringField(settings, table, schema, keyNames)]
  if (schema.type !== 'STRUCT') throw new DataError('Value schema must be of type Struct or String')
  const { whitelist, timestampFields, values } = settings
  return schema.fields
    .filter(({ name }) => !keyNames.has(name) && (whitelist.size === 0 || whitelist.has(name)))
    .map((field) => ({
      name: field.name,
      schema: withoutForeignName(field.schema),
      isPrimaryKey: false,
      isTimestamp:
        timestampFields.has(field.name) && (field.schema.type === 'INT64' || field.schema.type === 'STRING'),
      read: fieldReader(field, (record) => record.value, values.replaceNullWithDefault),
    }))
}

function stringField(
  settings: SinkSettings,
  table: string,
  schema: Schema,
  keyNames: ReadonlySet<string>,
): SourceField {
  const unusable = [
    ...(settings.whitelist.size > 0 ? ['fields.whitelist'] : []),
    ...(settings.timestampFields.size > 0 ? ['timestamp.fields.list'] : []),
  ]
  if (unusable.length > 0) {
    throw new ConnectError(
      `The connector is configured with field-level options that are not applicable to String values: ` +
        `${unusable.join(', ')}. Remove them, or give records Struct values (table '${table}').`,
    )
  }
  const name = settings.stringColumn
  if (keyNames.has(name)) {
    throw new ConnectError(
      `Configured string.output.value.column.name '${name}' conflicts with a primary key column for table '${table}'`,
    )
  }
  return {
    name,
    // The column of text values is always nullable.
    schema: schema.optional ? withoutForeignName(schema) : OPTIONAL_STRING,
    isPrimaryKey: false,
    isTimestamp: false,
    read: (record) => record.value,
  }
}

function fieldReader(
  field: { readonly name: string; readonly index: number; readonly schema: Schema },
  structOf: (record: SinkRecord) => unknown,
  usesDefault: boolean,
): (record: SinkRecord) => unknown {
  const { index, name } = field
  const fallback = usesDefault ? (field.schema.defaultValue ?? null) : null
  return (record) => {
    const holder = structOf(record)
    if (holder === null || holder === undefined) return null
    const value = memberOf(holder, name, index)
    return value === null ? fallback : value
  }
}

/** @throws {DataError} where the value is not what its schema says: reading on would write columns of nothing. */
function memberOf(holder: unknown, name: string, index: number): unknown {
  if (isStruct(holder)) {
    const struct = holder as unknown as Struct
    if (struct.schema.fields[index]?.name === name) return struct.at(index)
  } else if (isPlainObject(holder)) return Object.hasOwn(holder, name) ? (holder[name] ?? null) : null
  throw new DataError(
    `The schema of the record names a field ${name} at place ${index}, but its value has none there: the value does not ` +
      `fit its schema`,
  )
}

/** Kafka's coordinates, then the value's fields as its schema has them, then the rest by name. */
function inCreationOrder(
  settings: SinkSettings,
  keys: readonly SourceField[],
  values: readonly SourceField[],
  schema: Schema | null,
): SourceField[] {
  const byName = new Map([...keys, ...values].map((field) => [field.name, field]))
  const ordered: SourceField[] = []
  const take = (name: string): void => {
    const field = byName.get(name)
    if (field === undefined) return
    ordered.push(field)
    byName.delete(name)
  }
  if (settings.pkMode === 'kafka') for (const field of keys) take(field.name)
  if (schema?.type === 'STRUCT') for (const field of schema.fields) take(field.name)
  for (const name of [...byName.keys()].sort()) take(name)
  return ordered
}
