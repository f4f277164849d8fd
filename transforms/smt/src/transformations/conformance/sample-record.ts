import {
  Headers,
  type RawConfig,
  type Schema,
  SinkRecord,
  type SinkRecordParts,
  type Transformation,
  type TransformationPlugin,
} from '@spillway/api'

/** A record with a schemaless value, for tests. */
export function plainRecord(value: unknown, parts: Partial<SinkRecordParts> = {}): SinkRecord {
  return new SinkRecord({
    topic: 'orders',
    kafkaPartition: 3,
    keySchema: null,
    key: null,
    valueSchema: null,
    value,
    kafkaOffset: 42n,
    timestamp: 1483425001864,
    timestampType: 'CreateTime',
    headers: new Headers(),
    ...parts,
  })
}

/** A record with a schema'd value, for tests. */
export function schemaRecord(
  valueSchema: Schema,
  value: unknown,
  parts: Partial<SinkRecordParts> = {},
): SinkRecord {
  return plainRecord(value, { valueSchema, ...parts })
}

/** A configured transformation. */
export function configured(plugin: TransformationPlugin, config: RawConfig): Transformation {
  const transformation = plugin.create()
  void transformation.configure(config)
  return transformation
}

/** Applies to one record that shall stay one. */
export function applyToOne(plugin: TransformationPlugin, config: RawConfig, record: SinkRecord): SinkRecord {
  const result = configured(plugin, config).apply(record)
  if (!(result instanceof SinkRecord)) throw new Error('expected exactly one record')
  return result
}
