import type { Headers, Schema, SinkRecord } from '@spillway/api'

/** The half of a record that a `$Key` or `$Value` transformation works on. */
export interface RecordSide {
  readonly name: 'Key' | 'Value'
  schemaOf(record: SinkRecord): Schema | null
  valueOf(record: SinkRecord): unknown
  /** The record with another key or value; with these headers where they are given. */
  replace(record: SinkRecord, schema: Schema | null, value: unknown, headers?: Headers): SinkRecord
}

export const KEY: RecordSide = {
  name: 'Key',
  schemaOf: (record) => record.keySchema,
  valueOf: (record) => record.key ?? null,
  replace: (record, keySchema, key, headers) =>
    headers === undefined ? record.with({ keySchema, key }) : record.with({ keySchema, key, headers }),
}

export const VALUE: RecordSide = {
  name: 'Value',
  schemaOf: (record) => record.valueSchema,
  valueOf: (record) => record.value ?? null,
  replace: (record, valueSchema, value, headers) =>
    headers === undefined
      ? record.with({ valueSchema, value })
      : record.with({ valueSchema, value, headers }),
}
