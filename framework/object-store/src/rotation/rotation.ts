import { nextScheduledRotation, type SinkRecord, type TimeZone } from '@spillway/api'
import type { Partitioner } from '../partitioners/partitioner.ts'

/** When the open files of a Kafka partition are committed; the keys of Confluent's sinks. */
export interface RotationSettings {
  /** `flush.size`: records of one Kafka partition, summed over its open files. */
  readonly flushSize: number
  /** `rotate.interval.ms`: span of record time; -1 for none. Applies only to partitioners that work by time. */
  readonly rotateIntervalMs: number
  /** `rotate.file.on.partition.change`: with the above, another encoded partition commits as well. */
  readonly rotateOnPartitionChange: boolean
  /** `rotate.schedule.interval.ms`: grid of wall-clock time from local midnight; -1 for none. */
  readonly rotateScheduleIntervalMs: number
  /** `timezone`: where the grid's midnight is. */
  readonly zone: TimeZone
  /** `partitioner.max.open.files`: a file beyond so many commits all first; -1 for no limit. */
  readonly maxOpenFiles: number
  /** An encoded partition that a change to or from is none: that of tombstones. */
  readonly neutralPartition?: string | undefined
}

/** Why open files were committed. */
export type RotationReason =
  | 'flush.size'
  | 'rotate.interval.ms'
  | 'rotate.file.on.partition.change'
  | 'rotate.schedule.interval.ms'
  | 'schema'
  | 'partitioner.max.open.files'
  | 'buffer full'

/**
 * The clocks and counters of one Kafka partition that say when all its open files are committed
 * (Java: `TopicPartitionWriter.rotateOnTime` and friends). OR-ed: whichever comes first.
 */
export class Rotation {
  readonly #settings: RotationSettings
  readonly #extract: ((record: SinkRecord, nowMs: number) => number) | undefined
  #records = 0
  #baseTimestamp = 0
  #timestamp = 0
  #encodedPartition = ''
  #nextScheduled: number

  constructor(settings: RotationSettings, partitioner: Partitioner, nowMs: number) {
    this.#settings = settings
    if (settings.rotateIntervalMs > 0) this.#extract = partitioner.extractTimestamp?.bind(partitioner)
    this.#nextScheduled = this.#scheduledAfter(nowMs)
  }

  /** Records since the last rotation. */
  get records(): number {
    return this.#records
  }

  /** Wall-clock time of the next scheduled rotation, ms since the epoch; Infinity where there is no schedule. */
  get nextScheduled(): number {
    return this.#nextScheduled
  }

  /** Moves on a timer that ran out while nothing was open, so that a quiet spell does not end in a file of one record. */
  beginWrite(nowMs: number): void {
    if (this.#records === 0 && nowMs >= this.#nextScheduled) this.#nextScheduled = this.#scheduledAfter(nowMs)
  }

  /** Time of a record for `rotate.interval.ms`; NaN where that does not apply. */
  timestampOf(record: SinkRecord, nowMs: number): number {
    return this.#extract === undefined ? NaN : this.#extract(record, nowMs)
  }

  /** Whether what is open is committed before this record. */
  dueBefore(timestamp: number, encodedPartition: string, nowMs: number): RotationReason | undefined {
    if (this.#records === 0) return undefined
    if (this.#extract !== undefined) {
      if (timestamp - this.#baseTimestamp >= this.#settings.rotateIntervalMs) return 'rotate.interval.ms'
      if (encodedPartition !== this.#encodedPartition && this.#isChange(encodedPartition)) {
        return 'rotate.file.on.partition.change'
      }
    }
    return nowMs >= this.#nextScheduled ? 'rotate.schedule.interval.ms' : undefined
  }

  /** Counts a record that was written. Only such a one may start the clock: a replay does not see the others. */
  written(timestamp: number, encodedPartition: string): void {
    if (this.#records === 0) this.#baseTimestamp = timestamp
    this.#timestamp = timestamp
    this.#encodedPartition = encodedPartition
    this.#records++
  }

  /** Records that left with a single file no longer count. */
  fileCommitted(records: number): void {
    this.#records = Math.max(0, this.#records - records)
  }

  /** Whether what is open is committed now that no record waits. */
  dueWhenIdle(nowMs: number): RotationReason | undefined {
    if (this.isFull) return 'flush.size'
    return this.dueBefore(this.#timestamp, this.#encodedPartition, nowMs)
  }

  /** True where the last record that was written fills up what is open. */
  get isFull(): boolean {
    return this.#records > 0 && this.#records >= this.#settings.flushSize
  }

  rotated(reason: RotationReason, nowMs: number): void {
    this.#records = 0
    if (reason.startsWith('rotate.')) this.#nextScheduled = this.#scheduledAfter(nowMs)
  }

  #isChange(encodedPartition: string): boolean {
    const { rotateOnPartitionChange, neutralPartition } = this.#settings
    if (!rotateOnPartitionChange) return false
    return encodedPartition !== neutralPartition && this.#encodedPartition !== neutralPartition
  }

  #scheduledAfter(nowMs: number): number {
    const { rotateScheduleIntervalMs, zone } = this.#settings
    return rotateScheduleIntervalMs > 0
      ? nextScheduledRotation(nowMs, rotateScheduleIntervalMs, zone)
      : Infinity
  }
}
