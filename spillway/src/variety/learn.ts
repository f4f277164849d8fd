import type { Consumer, TopicPartition } from '@spillway/api'
import { KindWeights } from '@spillway/variety'
import type { KindOf } from './kind-of.ts'

const POLL_MS = 500

/** What a sample has told. */
export interface Learned {
  readonly weights: KindWeights
  readonly records: number
  /** Records without a kind: they are of the kind with the empty name. */
  readonly withoutKind: number
}

/**
 * Learns from the last records of a topic: of each partition the same part of what is kept, as partitions may be of different
 * sizes. Nothing is kept but weights.
 */
export async function learn(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  count: number,
  kind: KindOf,
  isByBytes: boolean,
): Promise<Learned> {
  const weights = new KindWeights()
  let records = 0
  let withoutKind = 0
  const starts = await consumer.beginningOffsets(partitions)
  const ends = await consumer.endOffsets(partitions)
  const kept = partitions.map((partition, i) => ({
    partition,
    end: ends[i] ?? 0n,
    size: Number((ends[i] ?? 0n) - (starts[i] ?? 0n)),
  }))
  const all = kept.reduce((sum, { size }) => sum + size, 0)
  const part = Math.min(1, count / Math.max(1, all))
  const read = kept.map(({ partition, end, size }) => ({
    ...partition,
    end,
    offset: end - BigInt(Math.ceil(size * part)),
  }))
  consumer.assign(read)
  const left = read.filter(({ offset, end }) => offset < end)
  while (left.length > 0) {
    for (const record of await consumer.poll(POLL_MS)) {
      const name = kind(record)
      if (name === null) withoutKind++
      records++
      weights.add(name ?? '', isByBytes ? (record.key?.length ?? 0) + (record.value?.length ?? 0) : 1)
    }
    for (let i = left.length - 1; i >= 0; i--) {
      const partition = left[i] as (typeof left)[number]
      if ((await consumer.position(partition)) >= partition.end) left.splice(i, 1)
    }
  }
  return { weights, records, withoutKind }
}
