import type { SinkRecord } from '../../data/sink-record.ts'
import type { JodaPattern } from '../time/joda-pattern.ts'
import { TimeBuckets } from '../time/time-buckets.ts'
import type { ExampleRecord } from './example-record.ts'
import type { Partitioner } from './partitioner.ts'
import { type TimestampExtractor, usableTime } from './timestamp-extractor.ts'

/** A directory per span of time (Java: `TimeBasedPartitioner`, `HourlyPartitioner`, `DailyPartitioner`). */
export class TimeBasedPartitioner implements Partitioner {
  readonly #extractor: TimestampExtractor
  readonly #buckets: TimeBuckets

  constructor(pattern: JodaPattern, durationMs: number, extractor: TimestampExtractor) {
    this.#extractor = extractor
    this.#buckets = new TimeBuckets(pattern, durationMs)
  }

  encodePartition(record: SinkRecord, nowMs: number): string {
    return this.#buckets.encode(usableTime(this.#extractor, record, nowMs))
  }

  extractTimestamp(record: SinkRecord, nowMs: number): number {
    return usableTime(this.#extractor, record, nowMs)
  }

  exemplify(example: ExampleRecord): void {
    example.add(this.#extractor)
  }
}
