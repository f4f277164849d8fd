import { StreamsException } from '../core/errors.ts'
import type { Headers } from '../core/headers.ts'

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
 * Gives the event time (ms) of a record; a negative one drops the record. `partitionTime` is the highest timestamp so far
 * of the record's partition, -1 at its begin. Corresponds to Java's `TimestampExtractor`.
 */
export type TimestampExtractor<K = unknown, V = unknown> = (
  record: ConsumedRecord<K, V>,
  partitionTime: number,
) => number

/** Java's default: a negative timestamp is an error. */
export const failOnInvalidTimestamp: TimestampExtractor = (record) => {
  if (record.timestamp < 0) {
    throw new StreamsException(
      `Input record of ${record.topic}-${record.partition}@${record.offset} has invalid (negative) timestamp. ` +
        'Possibly because a pre-0.10 producer client was used to write this record to Kafka without embedding a timestamp, ' +
        'or because the input topic was created before upgrading the Kafka cluster to 0.10+. ' +
        'Use a different TimestampExtractor to process this data.',
    )
  }
  return record.timestamp
}

/** Records with a negative timestamp are dropped. */
export const logAndSkipOnInvalidTimestamp: TimestampExtractor = (record) => record.timestamp

/** Records with a negative timestamp get the highest one seen on their partition. */
export const usePartitionTimeOnInvalidTimestamp: TimestampExtractor = (record, partitionTime) => {
  if (record.timestamp >= 0) return record.timestamp
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
    const found = times(record)
    if (found === null) return record.timestamp
    return Math.max(0, found.event + (found.received - found.sent))
  }
}
