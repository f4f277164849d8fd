import {
  Headers,
  INT64,
  type Schema,
  SchemaBuilder,
  SinkRecord,
  type SinkRecordParts,
  STRING,
  Struct,
} from '@spillway/framework'

export const TOPIC = 'dummy'

let offset = 0n

/** A record of topic `dummy` at the next offset. */
export function record(parts: Partial<SinkRecordParts>): SinkRecord {
  return new SinkRecord({
    topic: TOPIC,
    kafkaPartition: 0,
    keySchema: null,
    key: null,
    valueSchema: null,
    value: null,
    kafkaOffset: offset++,
    timestamp: null,
    timestampType: 'CreateTime',
    headers: new Headers(),
    ...parts,
  })
}

export function struct(schema: Schema, fields: Readonly<Record<string, unknown>>): Struct {
  const value = new Struct(schema)
  for (const [name, field] of Object.entries(fields)) value.put(name, field)
  return value
}

export function fieldsSchema(fields: Readonly<Record<string, Schema>>): Schema {
  const builder = SchemaBuilder.struct()
  for (const [name, schema] of Object.entries(fields)) builder.field(name, schema)
  return builder.build()
}

/** A record whose value is a struct. */
export function valueRecord(
  schema: Schema,
  fields: Readonly<Record<string, unknown>>,
  parts: Partial<SinkRecordParts> = {},
): SinkRecord {
  return record({ valueSchema: schema, value: struct(schema, fields), ...parts })
}

export const ID_KEY = fieldsSchema({ id: INT64 })
export const NAME_VALUE = fieldsSchema({ name: STRING })
