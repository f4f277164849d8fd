import { DataError, isStruct, type SinkRecord } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import { isPlainObject } from './schemaless.ts'
import type { RecordSchemas } from './field-sources.ts'

/**
 * Checks that a record has the key and the value its configuration needs (Java: `RecordValidator`). Plain JSON objects
 * and texts without a schema are fine: their columns are known from the table.
 *
 * @throws {DataError} in the words of Confluent's sink.
 */
export function validateRecord(
  settings: SinkSettings,
  connectorName: string,
  record: SinkRecord,
  schemas: RecordSchemas,
): void {
  const needsKey = settings.pkMode === 'record_key' || settings.deleteEnabled
  if (needsKey && !hasUsableKey(record, schemas)) {
    throw new DataError(
      refusal(
        settings,
        connectorName,
        record,
        'a non-null key and non-null Struct or primitive key schema',
        describe(record.key, 'key', record.keySchema?.type),
      ),
    )
  }
  const isDelete = settings.deleteEnabled && (record.value === null || record.value === undefined)
  if (isDelete || hasUsableValue(record, schemas)) return
  throw new DataError(
    refusal(
      settings,
      connectorName,
      record,
      'a non-null Struct or String value and non-null Struct or String schema',
      describe(record.value, 'value', record.valueSchema?.type),
    ),
  )
}

function hasUsableKey(record: SinkRecord, { key }: RecordSchemas): boolean {
  if (record.key === null || record.key === undefined || key === null) return false
  return key.type !== 'MAP' && key.type !== 'ARRAY'
}

function hasUsableValue(record: SinkRecord, { value }: RecordSchemas): boolean {
  if (record.value === null || record.value === undefined || value === null) return false
  return value.type === 'STRUCT' || value.type === 'STRING'
}

function refusal(
  settings: SinkSettings,
  connectorName: string,
  record: SinkRecord,
  needs: string,
  found: string,
): string {
  return (
    `Sink connector '${connectorName}' is configured with 'delete.enabled=${settings.deleteEnabled}' and ` +
    `'pk.mode=${settings.pkMode}' and therefore requires records with ${needs}, but found record at ` +
    `(topic='${record.topic}',partition=${record.kafkaPartition},offset=${record.kafkaOffset},` +
    `timestamp=${record.timestamp ?? 'null'}) with ${found}.`
  )
}

function describe(value: unknown, what: 'key' | 'value', schemaType: string | undefined): string {
  return `a ${typeName(value)} ${what} and ${schemaName(schemaType)} ${what} schema`
}

/** The Java class a user knows the value by. */
function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (isStruct(value)) return 'Struct'
  if (value instanceof Map || isPlainObject(value)) return 'HashMap'
  if (Array.isArray(value)) return 'ArrayList'
  if (value instanceof Uint8Array) return 'byte[]'
  switch (typeof value) {
    case 'string':
      return 'String'
    case 'bigint':
      return 'Long'
    case 'number':
      return Number.isInteger(value) ? 'Integer' : 'Double'
    case 'boolean':
      return 'Boolean'
    default:
      return value.constructor?.name ?? 'Object'
  }
}

/** `STRUCT` is shown as `Struct`, other types as they are. */
function schemaName(type: string | undefined): string {
  if (type === undefined) return 'null'
  return type === 'STRUCT' ? 'Struct' : type.charAt(0) + type.slice(1).toLowerCase()
}
