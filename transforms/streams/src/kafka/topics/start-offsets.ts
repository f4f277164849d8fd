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
 * Finds where partitions begin: what the group has committed, else what {@link resetOffsets} says.
 *
 * @throws StreamsException where neither does
 */
export async function startOffsets(
  settings: StartOffsetsSettings,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<TopicPartition, StartOffset>> {
  const starts = new Map<TopicPartition, StartOffset>()
  const committed = await settings.consumer.committed(partitions)
  const others: TopicPartition[] = []
  for (const [index, partition] of partitions.entries()) {
    const found = committed[index] ?? null
    if (found === null) others.push(partition)
    else starts.set(partition, { offset: found.offset, metadata: found.metadata ?? '' })
  }
  for (const [partition, offset] of await resetOffsets(settings, others))
    starts.set(partition, { offset, metadata: '' })
  return starts
}

/**
 * Where partitions are read from without an offset to go on from: as the source says (`Consumed.withOffsetResetPolicy`), else as
 * `auto.offset.reset` does.
 *
 * @throws StreamsException where both say none
 */
export async function resetOffsets<P extends TopicPartition & { readonly offset?: bigint }>(
  settings: StartOffsetsSettings,
  partitions: readonly P[],
): Promise<ReadonlyMap<P, bigint>> {
  const { consumer, admin, clock } = settings
  const resets = new Map<AutoOffsetReset, P[]>()
  for (const partition of partitions) {
    const reset = settings.resetOf(partition.topic) ?? settings.defaultReset
    if (reset === 'none') throw noReset(partition)
    const list = resets.get(reset) ?? []
    list.push(partition)
    resets.set(reset, list)
  }
  const found = new Map<P, bigint>()
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
    for (const [index, partition] of list.entries()) found.set(partition, offsets[index] as bigint)
  }
  return found
}

/** @param at with the offset that is not kept, where there is one */
function noReset({
  topic,
  partition,
  offset,
}: TopicPartition & { readonly offset?: bigint }): StreamsException {
  const why =
    offset === undefined
      ? 'No valid committed offset found'
      : `No valid committed offset found: offset ${offset} is out of range (deleted, or of an earlier topic of this name)`
  return new StreamsException(
    `${why} for input topic ${topic} (partition ${partition}) and no valid reset policy configured. ` +
      'Set the auto.offset.reset of the consumer, or of the source.',
  )
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
