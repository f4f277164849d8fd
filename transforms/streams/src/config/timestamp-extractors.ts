import { isTime, shown, shownWithType } from '../core/arguments.ts'
import { StreamsException } from '../core/errors.ts'
import type { Headers } from '../core/headers.ts'
import { settled } from '../core/synchronous.ts'

/** A record as a timestamp extractor sees it: deserialized, with the timestamp of the producer or broker. */
export interface ConsumedRecord<K, V> {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: number
  readonly key: K
  readonly value: V
  readonly headers: Headers
}

/**
 * Gives the event time (ms) of a record. A negative one drops the record, and so does one that is no safe integer: Infinity, NaN, a
 * fraction, nanoseconds. What is no number at all (text, a bigint) is an error of the extractor. `partitionTime` is the highest timestamp so far
 * of the record's partition, -1 at its begin. Corresponds to Java's `TimestampExtractor`.
 */
export type TimestampExtractor<K = unknown, V = unknown> = (
  record: ConsumedRecord<K, V>,
  partitionTime: number,
) => number

/** Java's default: a negative timestamp is an error, and so is one that is no whole number of milliseconds below 2^53. */
export const failOnInvalidTimestamp: TimestampExtractor = (record) => {
  if (!isTime(record.timestamp)) {
    if (!(record.timestamp < 0)) throw notMilliseconds(record)
    throw new StreamsException(
      `Input record of ${record.topic}-${record.partition}@${record.offset} has invalid (negative) timestamp. ` +
        'Possibly because a pre-0.10 producer client was used to write this record to Kafka without embedding a timestamp, ' +
        'or because the input topic was created before upgrading the Kafka cluster to 0.10+. ' +
        'Use a different TimestampExtractor to process this data.',
    )
  }
  return record.timestamp
}

function notMilliseconds(record: ConsumedRecord<unknown, unknown>): StreamsException {
  return new StreamsException(
    `Input record of ${record.topic}-${record.partition}@${record.offset} has invalid timestamp ` +
      `${shown(record.timestamp)}: not a whole number of milliseconds, at most ${Number.MAX_SAFE_INTEGER}. ` +
      'Was it written in nanoseconds? Use a different TimestampExtractor to process this data.',
  )
}

/** Records with a negative or otherwise invalid timestamp are dropped. */
export const logAndSkipOnInvalidTimestamp: TimestampExtractor = (record) => record.timestamp

/** Records with a negative or otherwise invalid timestamp get the highest one seen on their partition. */
export const usePartitionTimeOnInvalidTimestamp: TimestampExtractor = (record, partitionTime) => {
  if (isTime(record.timestamp)) return record.timestamp
  if (partitionTime < 0) {
    throw new StreamsException(
      `Could not infer new timestamp for input record of ${record.topic}-${record.partition}@${record.offset} ` +
        'because partition time is unknown.',
    )
  }
  return partitionTime
}

/** Processing time. */
export const wallclockTimestampExtractor =
  (now: () => number = Date.now): TimestampExtractor =>
  () =>
    now()

/** Three times of an event sent by a device whose clock may be wrong, ms. */
export interface DeviceTimes {
  /** When it happened, by the device's clock. */
  readonly event: number
  /** When it was sent, by the device's clock. */
  readonly sent: number
  /** When it was received, by the server's clock. */
  readonly received: number
}

/**
 * Corrects a device's clock: its error is what lies between sending and receiving (the way itself is neglected), so the
 * true time of the event is `event + (received - sent)`. Negative results count as 0.
 */
export function correctedTimestampExtractor<K, V>(
  times: (record: ConsumedRecord<K, V>) => DeviceTimes | null,
): TimestampExtractor<K, V> {
  return (record) => {
    const found = settled(times(record), 'the function of correctedTimestampExtractor')
    if (found === null) return record.timestamp
    const { event, sent, received } = found
    for (const [name, time] of Object.entries({ event, sent, received })) {
      if (typeof time === 'number') continue
      throw new StreamsException(
        `correctedTimestampExtractor needs the time "${name}" of ${record.topic}-${record.partition}@${record.offset} ` +
          `as a number of milliseconds, got ${shownWithType(time)}.`,
      )
    }
    return Math.max(0, event + (received - sent))
  }
}
