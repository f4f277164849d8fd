import {
  JodaPattern,
  processTimeZone,
  type SinkRecord,
  TimeBuckets,
  timeZone,
  type TimeZone,
} from '@spillway/api'
import type { ExampleRecord } from '../partitioners/example-record.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import type { Partitioner } from '../partitioners/partitioner.ts'
import { type TemplatePart, type TemplateVariable, variablesOf } from './file-name-template.ts'
import { javaText } from '../partitioners/java-text.ts'
import { OFFSET_MARK, PADDED_OFFSET_MARK, partitionText } from './template-naming.ts'

const HOUR_MS = 3_600_000

/** Where the time of `{{timestamp}}` comes from. */
export interface TemplateTime {
  readonly zone: TimeZone
  /** `EVENT`: the record's timestamp; `WALLCLOCK`: the time at which it is written. */
  readonly source: 'WALLCLOCK' | 'EVENT'
}

type Fill = (record: SinkRecord, nowMs: number) => string

/**
 * Puts records whose object names a template would fill in alike, but for the offset, into one file: what it gives is
 * the name with marks where {@link TemplateNaming} puts the file's first offset.
 */
export class TemplatePartitioner implements Partitioner {
  readonly #fills: readonly Fill[]
  readonly #readsKey: boolean

  constructor(parts: readonly TemplatePart[], time: TemplateTime) {
    this.#fills = parts.map((part) => (typeof part === 'string' ? () => part : fillOf(part, time)))
    this.#readsKey = variablesOf(parts).some(({ name }) => name === 'key')
  }

  encodePartition(record: SinkRecord, nowMs: number): string {
    let name = ''
    for (const fill of this.#fills) name += fill(record, nowMs)
    return name
  }

  exemplify(example: ExampleRecord): void {
    if (this.#readsKey) example.wholeKey()
  }
}

function fillOf(variable: TemplateVariable, time: TemplateTime): Fill {
  const isPadded = variable.parameter?.value === 'true'
  switch (variable.name) {
    case 'topic':
      return (record) => record.topic
    case 'partition':
      return (record) => partitionText(record.kafkaPartition, isPadded)
    case 'start_offset':
      return () => (isPadded ? PADDED_OFFSET_MARK : OFFSET_MARK)
    case 'key':
      return keyText
    case 'timestamp':
      return timestampFill(variable.parameter?.value ?? '', time)
    case 'utc_date':
      return dateFill(timeZone('UTC'))
    case 'local_date':
      return dateFill(processTimeZone())
    default:
      throw new RangeError(`Unknown filename template variable: ${variable.name}`)
  }
}

function timestampFill(unit: string, { zone, source }: TemplateTime): Fill {
  const buckets = new TimeBuckets(new JodaPattern(unit, zone, ''), HOUR_MS, 'floor')
  if (source === 'WALLCLOCK') return (_record, nowMs) => buckets.encode(nowMs)
  return (record) => {
    if (record.timestamp === null) {
      throw new PartitionError(
        `Record ${record.coordinates} has no timestamp for {{timestamp:unit=${unit}}}: set the timestamp source to WALLCLOCK.`,
      )
    }
    return buckets.encode(record.timestamp)
  }
}

function dateFill(zone: TimeZone): Fill {
  const buckets = new TimeBuckets(new JodaPattern('yyyy-MM-dd', zone, ''), HOUR_MS, 'floor')
  return (_record, nowMs) => buckets.encode(nowMs)
}

// What the marks for the offset are made of.
// eslint-disable-next-line no-control-regex
const UNUSABLE = /[\u0000\u0001]/

function keyText(record: SinkRecord): string {
  const text = javaText(record.keySchema, record.key)
  if (!UNUSABLE.test(text)) return text
  throw new PartitionError(
    `The key of record ${record.coordinates} has control characters: it cannot be in an object's name.`,
  )
}
