import { Decimal, type SinkRecord, type TimeBuckets } from '@spillway/api'
import { parseJson } from '@spillway/converters'
import type { ExampleRecord } from './example-record.ts'
import { HIVE_DEFAULT_PARTITION, hiveEscape } from './hive-escape.ts'
import { bytesText } from './java-text.ts'
import { NOT_AN_OBJECT, NO_SUCH_FIELD } from './field-path.ts'
import { type PartitionElement, valueAt } from './partition-element.ts'
import { PartitionError } from '../confluent/partition-error.ts'
import type { MissingField } from '../confluent/partitioner-keys.ts'
import type { Partitioner } from './partitioner.ts'
import { type TimestampExtractor, usableTime } from './timestamp-extractor.ts'

export interface MixPartitionerOptions {
  readonly elements: readonly PartitionElement[]
  /** The buckets of each time element, by its place in `elements`. */
  readonly buckets: ReadonlyMap<number, TimeBuckets>
  readonly extractor: TimestampExtractor
  readonly directoryDelimiter: string
  /** `partition.field.missing` */
  readonly missing: MissingField
}

/**
 * Spillway's own partitioner (`io.spillway.storage.partitioner.MixPartitioner`): `partition.by` lists time, fields of
 * value and key, headers and constants in any order. Values are escaped as Hive does and so cannot open directories of
 * their own; null and the empty text become `__HIVE_DEFAULT_PARTITION__`.
 */
export class MixPartitioner implements Partitioner {
  readonly #elements: readonly PartitionElement[]
  readonly #prefixes: readonly string[]
  readonly #buckets: ReadonlyMap<number, TimeBuckets>
  readonly #extractor: TimestampExtractor
  readonly #delimiter: string
  readonly #missing: MissingField

  constructor(options: MixPartitionerOptions) {
    this.#elements = options.elements
    this.#prefixes = options.elements.map(({ name }) => (name === '' ? '' : `${hiveEscape(name)}=`))
    this.#buckets = options.buckets
    this.#extractor = options.extractor
    this.#delimiter = options.directoryDelimiter
    this.#missing = options.missing
  }

  encodePartition(record: SinkRecord, nowMs: number): string {
    let encoded = ''
    for (let i = 0; i < this.#elements.length; i++) {
      if (i > 0) encoded += this.#delimiter
      encoded += `${this.#prefixes[i]}${this.#text(i, record, nowMs)}`
    }
    return encoded
  }

  extractTimestamp(record: SinkRecord, nowMs: number): number {
    return usableTime(this.#extractor, record, nowMs)
  }

  exemplify(example: ExampleRecord): void {
    for (const element of this.#elements) {
      switch (element.kind) {
        case 'time':
          example.add(this.#extractor)
          break
        case 'header':
          example.header(element.header)
          break
        case 'value':
        case 'key':
          if (element.path === undefined) example.wholeKey()
          else example.field(element.kind, element.path.segments)
      }
    }
  }

  #text(index: number, record: SinkRecord, nowMs: number): string {
    const element = this.#elements[index] as PartitionElement
    switch (element.kind) {
      case 'time':
        return this.#buckets.get(index)?.encode(usableTime(this.#extractor, record, nowMs)) ?? ''
      case 'const':
        return element.text
      case 'topic':
        return hiveEscape(record.topic)
      case 'partition':
        return String(record.kafkaPartition)
      case 'header':
        return this.#found(record.headers.lastWithName(element.header) ?? NO_SUCH_FIELD, element, record)
      case 'value':
      case 'key': {
        const root = element.kind === 'value' ? record.value : record.key
        const parsed = element.path === undefined ? root : asObject(root)
        const found = valueAt(parsed, element.path)
        if (found === NOT_AN_OBJECT) throw unusable(element, record, parsed)
        return this.#found(found, element, record)
      }
    }
  }

  #found(
    found: { readonly value: unknown } | typeof NO_SUCH_FIELD,
    element: PartitionElement,
    record: SinkRecord,
  ): string {
    if (found !== NO_SUCH_FIELD) return this.#escaped(found.value, element, record)
    if (this.#missing === 'null') return HIVE_DEFAULT_PARTITION
    throw new PartitionError(
      `Error encoding partition. ${record.coordinates} has no ${described(element)} of partition.by; see ` +
        'partition.field.missing.',
    )
  }

  #escaped(value: unknown, element: PartitionElement, record: SinkRecord): string {
    if (value === null || value === undefined || value === '') return HIVE_DEFAULT_PARTITION
    const text = scalarText(value)
    if (text === undefined) throw unusable(element, record, value)
    return text === '' ? HIVE_DEFAULT_PARTITION : hiveEscape(text)
  }
}

/** A text or bytes that hold JSON, as string and byte array converters hand them over, are read. */
function asObject(root: unknown): unknown {
  if (typeof root !== 'string' && !Buffer.isBuffer(root)) return root
  try {
    const { value, isStrict } = parseJson(root.toString())
    return isStrict ? value : root
  } catch {
    return root
  }
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : isoText(value)
      if (value instanceof Decimal) return value.toString()
      return value instanceof Uint8Array ? bytesText(value) : undefined
  }
}

/** A date alone where the time is midnight UTC. */
function isoText(value: Date): string {
  const text = value.toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, -'T00:00:00.000Z'.length) : text
}

function described({ kind, name }: PartitionElement): string {
  return name === '' ? kind : `${kind} ${name}`
}

function unusable(element: PartitionElement, record: SinkRecord, value: unknown): PartitionError {
  return new PartitionError(
    `Error encoding partition. Element '${described(element)}' of ` +
      `partition.by found ${Array.isArray(value) ? 'a list' : `a ${typeof value}`} in ${record.coordinates}, where a ` +
      'text, number, boolean or date is needed.',
  )
}
