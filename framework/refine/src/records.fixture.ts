import {
  Headers,
  type LazyValue,
  type RawConfig,
  type Schema,
  SinkRecord,
  type SinkRecordParts,
} from '@spillway/api'
import { parseJson } from '@spillway/converters'
import { Refiner } from './refiner.ts'

const PARTS: SinkRecordParts = {
  topic: 'events',
  kafkaPartition: 3,
  keySchema: null,
  key: null,
  valueSchema: null,
  value: null,
  kafkaOffset: 7n,
  timestamp: 1_700_000_000_000,
  timestampType: 'CreateTime',
  headers: new Headers(),
}

/** A record with a value that was read, schemaless or with its schema. */
export function record(
  value: unknown,
  parts: Partial<SinkRecordParts> & { readonly schema?: Schema } = {},
): SinkRecord {
  const { schema, ...others } = parts
  return new SinkRecord({ ...PARTS, value, valueSchema: schema ?? null, ...others })
}

/** A record as JsonConverter makes it: its value is parsed when it is asked for. */
export function textRecord(text: string, parts: Partial<SinkRecordParts> = {}): SinkRecord {
  const lazyValue: LazyValue = {
    get value() {
      return parseJson(text).value
    },
  }
  return new SinkRecord({ ...PARTS, lazyValue, valueText: Buffer.from(text), ...parts })
}

/** What becomes of a record. */
export function refined(config: RawConfig, of: SinkRecord): SinkRecord | null {
  const refiner = Refiner.of(config)
  return refiner === undefined ? of : refiner.apply(of)
}

/** Whether a condition of `refine.keep` keeps a record. */
export function keeps(condition: string, of: SinkRecord): boolean {
  return refined({ 'refine.keep': condition }, of) !== null
}
