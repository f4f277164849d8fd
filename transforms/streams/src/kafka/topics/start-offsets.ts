import type { Admin, Clock, Consumer, TopicPartition } from '@spillway/api'
import { StreamsException } from '../../core/errors.ts'
import type { AutoOffsetReset } from '../../config/auto-offset-reset.ts'

/** Where a partition is read from, and what was committed with it. */
export interface StartOffset {
  readonly offset: bigint
  /** Empty where nothing was committed. */
  readonly metadata: string
}

export interface StartOffsetsSettings {
  readonly consumer: Consumer
  readonly admin: Admin
  readonly clock: Clock
  /** What a source says, null: {@link StartOffsetsSettings.defaultReset}. */
  readonly resetOf: (topic: string) => AutoOffsetReset | null
  /** `auto.offset.reset` of the main consumer. */
  readonly defaultReset: AutoOffsetReset
}

/**
 * Finds where partitions begin: what the group has committed, else what the source says (`Consumed.withOffsetResetPolicy`), else
 * `auto.offset.reset`.
 *
 * @throws StreamsException where neither does
 */
export async function startOffsets(
  settings: StartOffsetsSettings,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<TopicPartition, StartOffset>> {
  const { consumer, admin, clock } = settings
  const starts = new Map<TopicPartition, StartOffset>()
  const committed = await consumer.committed(partitions)
  const resets = new Map<AutoOffsetReset, TopicPartition[]>()
  for (const [index, partition] of partitions.entries()) {
    const found = committed[index] ?? null
    if (found !== null) {
      starts.set(partition, { offset: found.offset, metadata: found.metadata ?? '' })
      continue
    }
    const reset = settings.resetOf(partition.topic) ?? settings.defaultReset
    if (reset === 'none') {
      throw new StreamsException(
        `No valid committed offset found for input topic ${partition.topic} (partition ${partition.partition}) and no valid ` +
          'reset policy configured. Set the auto.offset.reset of the consumer, or of the source.',
      )
    }
    const list = resets.get(reset) ?? []
    list.push(partition)
    resets.set(reset, list)
  }
  for (const [reset, list] of resets) {
    const offsets =
      reset === 'earliest'
        ? await consumer.beginningOffsets(list)
        : reset === 'latest'
          ? await consumer.endOffsets(list)
          : await offsetsSince(
              admin,
              consumer,
              list,
              clock.now() - (reset as { byDurationMs: number }).byDurationMs,
            )
    for (const [index, partition] of list.entries())
      starts.set(partition, { offset: offsets[index] as bigint, metadata: '' })
  }
  return starts
}

/** The first record of that time or later; where there is none, the end. */
async function offsetsSince(
  admin: Admin,
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<bigint[]> {
  const [found, ends] = [
    await admin.listOffsets(partitions, { timestamp: Math.max(0, timestamp) }),
    await consumer.endOffsets(partitions),
  ]
  return found.map((offset, index) => (offset < 0n ? (ends[index] as bigint) : offset))
}
