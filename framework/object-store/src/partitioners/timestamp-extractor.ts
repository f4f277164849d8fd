import type { Plugin, RawConfig, SinkRecord } from '@spillway/api'
import type { ExampleRecord, ReadsRecords } from './example-record.ts'
import { PartitionError } from '../confluent/partition-error.ts'

/** Takes the time of a record (Java: `io.confluent.connect.storage.partitioner.TimestampExtractor`). */
export interface TimestampExtractor extends ReadsRecords {
  /**
   * Milliseconds since the epoch. Exact up to 2^53 (the year 287,396); beyond, the nearest double.
   *
   * @param nowMs the wall clock, sampled once per batch.
   * @throws {PartitionError} for a record without a usable time.
   */
  extract(record: SinkRecord, nowMs: number): number
}

/** A timestamp extractor that `timestamp.extractor` can name. */
export interface TimestampExtractorPlugin extends Plugin {
  readonly kind: 'timestamp_extractor'
  /** True where it takes the wall clock: the same record has another time when it is read again. */
  readonly isWallClock?: true
  /**
   * @param settings the connector's whole configuration.
   * @throws {ConfigError}
   */
  create(settings: { readonly raw: RawConfig }): TimestampExtractor
}

/** Java's times are int64. */
const MAX_TIME = 2 ** 63

/** A record's time as an extractor finds it. @throws {PartitionError} where that is none that a directory can be named by. */
export function usableTime(extractor: TimestampExtractor, record: SinkRecord, nowMs: number): number {
  const ms = extractor.extract(record, nowMs)
  if (ms >= -MAX_TIME && ms <= MAX_TIME) return ms
  throw new PartitionError(
    `The time of record ${record.coordinates} is ${String(ms)}, which is no time in int64 milliseconds.`,
  )
}

/** The wall clock of the batch (Java: `WallclockTimestampExtractor`). */
export const wallclockExtractor: TimestampExtractor = {
  extract: (_record, nowMs) => nowMs,
  exemplify: () => {},
}

/** The record's own timestamp (Java: `RecordTimestampExtractor`). */
export const recordExtractor: TimestampExtractor = {
  extract(record) {
    if (record.timestamp !== null) return record.timestamp
    throw new PartitionError(
      `Unable to determine timestamp using timestamp.extractor Record for record ${record.coordinates}: it has none`,
    )
  },
  exemplify: () => {},
}

/** The first of several extractors that finds a time; what fails last is thrown. */
export class FallbackExtractor implements TimestampExtractor {
  readonly #extractors: readonly TimestampExtractor[]

  constructor(extractors: readonly TimestampExtractor[]) {
    this.#extractors = extractors
  }

  extract(record: SinkRecord, nowMs: number): number {
    let failure: unknown
    for (const extractor of this.#extractors) {
      try {
        return usableTime(extractor, record, nowMs)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  /** The first finds its time. */
  exemplify(example: ExampleRecord): void {
    example.add(this.#extractors[0] ?? {})
  }
}
