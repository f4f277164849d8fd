import type { Consumer, TopicPartition } from '@spillway/api'

/**
 * Whether a reader has come to an end of a log that was told before it began. Behind the last record there may be none any more, only
 * what compaction and transactions have left.
 */
export function hasReached(consumer: Consumer, partition: TopicPartition, end: bigint): boolean {
  const seen = consumer.endOffset(partition)
  return seen !== undefined && seen >= end && consumer.lag(partition) === 0n
}
