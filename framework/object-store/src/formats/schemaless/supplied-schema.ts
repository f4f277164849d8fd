import { readFileSync } from 'node:fs'
import { configDef, ConfigError, DataError, type RawConfig, type Schema } from '@spillway/api'
import {
  connectSchemaOf,
  connectSchemaOfJsonSchema,
  DEFAULT_AVRO_OPTIONS,
  JsonNumber,
  jsonSchemaDataConfig,
  JsonSchemaDocuments,
  jsonSchemaOptions,
  parseAvroSchema,
  parseJsonExactly,
  payloadReader,
  writePlain,
} from '@spillway/converters'
import type { RecordShaper } from '../record-shaper.ts'

const FILE = 'schemaless.schema.file'
const UNKNOWN = 'schemaless.unknown.fields'

/** Keys of the schema that records without one are given. */
export const suppliedSchemaConfig = configDef({
  [FILE]: {
    type: 'string',
    default: '',
    importance: 'medium',
    group: 'Format',
    ours: true,
    opens: 'file',
    doc:
      'File with the schema of values that come without one: an Avro schema (`.avsc`) or a JSON Schema. Values are read under ' +
      'it as JsonConverter reads payloads: times as numbers, bytes and decimals in base64, decimals also as numbers. Without it ' +
      'AvroFormat, ParquetFormat and CsvFormat find a schema that holds all values of a file.',
  },
  [UNKNOWN]: {
    type: 'string',
    default: 'fail',
    importance: 'low',
    group: 'Format',
    ours: true,
    doc: 'What a field is that the schema of schemaless.schema.file lacks: `fail` makes the record a bad one, `drop` leaves the field out.',
  },
})

/** Gives records without a schema the one of a file; undefined where none is named. @throws {ConfigError} */
export function suppliedSchemaOf(raw: RawConfig): RecordShaper | undefined {
  const { [FILE]: file, [UNKNOWN]: unknown } = suppliedSchemaConfig.parse(raw)
  if (file === '') return undefined
  if (unknown !== 'fail' && unknown !== 'drop') {
    throw ConfigError.invalidValue(UNKNOWN, unknown, 'String must be one of: fail, drop')
  }
  const schema = schemaOf(file)
  const read = payloadReader(schema, { replaceNullWithDefault: true, dialect: 'json-schema' }, 'value')
  return (record) => {
    if (record.valueSchema !== null || record.value === null || record.value === undefined) return record
    const text = record.valueText?.toString() ?? writePlain(record.value, structsHaveSchemas)
    const json = parseJsonExactly(text)
    if (unknown === 'fail') refuseUnknown(schema, json, 'value')
    return record.with({ valueSchema: schema, value: read(json) })
  }
}

function schemaOf(file: string): Schema {
  try {
    const text = readFileSync(file, 'utf8')
    if (file.endsWith('.avsc')) return connectSchemaOf(parseAvroSchema(text), DEFAULT_AVRO_OPTIONS)
    const options = { ...jsonSchemaOptions(jsonSchemaDataConfig.parse({})), optionalUnlessRequired: true }
    return connectSchemaOfJsonSchema(new JsonSchemaDocuments(text, []), options)
  } catch (cause) {
    throw new ConfigError(
      `Invalid value ${file} for configuration ${FILE}: ${(cause as Error).message}. It must be a file with an Avro schema ` +
        '(.avsc) or a JSON Schema.',
      { key: FILE, cause },
    )
  }
}

/** @throws {DataError} for a field that has no place, with its path. */
function refuseUnknown(schema: Schema, json: unknown, path: string): void {
  if (typeof json !== 'object' || json === null || json instanceof JsonNumber) return
  if (schema.type === 'ARRAY' && Array.isArray(json)) {
    for (const item of json) refuseUnknown(schema.valueSchema, item, `${path}[]`)
  } else if (schema.type === 'MAP' && !Array.isArray(json)) {
    for (const item of Object.values(json)) refuseUnknown(schema.valueSchema, item, `${path}{}`)
  } else if (schema.type === 'STRUCT' && !Array.isArray(json)) {
    for (const [name, item] of Object.entries(json)) {
      const field = schema.field(name)
      if (field === undefined) {
        throw new DataError(
          `The schema of ${FILE} has no field ${path}.${name}. Add it, or set ${UNKNOWN}=drop to leave such fields out.`,
        )
      }
      refuseUnknown(field.schema, item, `${path}.${name}`)
    }
  }
}

function structsHaveSchemas(): string {
  throw new DataError('A struct stands in a value without a schema')
}
