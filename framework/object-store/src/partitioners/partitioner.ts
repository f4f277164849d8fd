import type { Plugin, RawConfig, SinkRecord } from '@spillway/api'
import type { ReadsRecords } from './example-record.ts'
import type { TimestampExtractor } from './timestamp-extractor.ts'

/**
 * Decides into which output partition a record goes (Java: `io.confluent.connect.storage.partitioner.Partitioner`).
 * One instance serves one task; it may cache, and is never called from two threads.
 */
export interface Partitioner extends ReadsRecords {
  /**
   * The directory part of the object key, e.g. `year=2024/month=05/day=08/hour=23`. Equal results mean the same open
   * file.
   *
   * @param nowMs the wall clock, sampled once per batch: two records of one `put` never differ by it.
   * @throws {PartitionError} for a record that cannot be placed; it may go to the dead letter queue.
   * @throws {DataError} for a field that the record's schema lacks.
   */
  encodePartition(record: SinkRecord, nowMs: number): string
  /**
   * The record's time in ms since the epoch, for `rotate.interval.ms`. Present only where the partitioner works by
   * time; where it is absent `rotate.interval.ms` has no clock to go by.
   *
   * @throws {PartitionError} for a record without a usable time.
   */
  extractTimestamp?(record: SinkRecord, nowMs: number): number
}

/** What a partitioner is made from: the connector's whole configuration, so that custom ones may have own keys. */
export interface PartitionerSettings {
  readonly raw: RawConfig
  /** `directory.delim`: what separates the elements of the encoded partition. */
  readonly directoryDelimiter: string
  /**
   * The one that `timestamp.extractor` names, made when it is first asked for; absent where there is none of that name.
   *
   * @throws {ConfigError} for keys it cannot work with.
   */
  readonly extractor?: TimestampExtractor | undefined
}

/** A partitioner that `partitioner.class` can name. */
export interface PartitionerPlugin extends Plugin {
  readonly kind: 'partitioner'
  /** True where it works by record time: only then does `rotate.interval.ms` apply. */
  readonly timeBased: boolean
  /** @throws {ConfigError} for what can only be found wrong when the task starts. */
  create(settings: PartitionerSettings): Partitioner
}
