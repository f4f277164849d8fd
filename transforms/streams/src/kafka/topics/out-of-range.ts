import { type OffsetOutOfRangeError, topicPartitionName } from '@spillway/api'
import type { StreamsLogger } from '../streams-logger.ts'
import { type StartOffsetsSettings, resetOffsets } from './start-offsets.ts'

/**
 * Seeks what is to be read from where nothing is kept (any more), as its source says. Corresponds to Java's
 * `StreamThread.resetOffsets`.
 *
 * @throws StreamsException where the source, or else `auto.offset.reset`, says none
 */
export async function resetOutOfRange(
  settings: StartOffsetsSettings,
  { partitions }: OffsetOutOfRangeError,
  logger: StreamsLogger,
): Promise<void> {
  const { consumer } = settings
  const assigned = new Set(consumer.assignment().map(topicPartitionName))
  const lost = partitions.filter((at) => assigned.has(topicPartitionName(at)))
  for (const [at, offset] of await resetOffsets(settings, lost)) {
    consumer.seek(at, offset)
    logger.warn(
      `${topicPartitionName(at)} is read on from ${offset}: offset ${at.offset} is out of range (deleted before it was read, or of an ` +
        'earlier topic of this name)',
    )
  }
}
