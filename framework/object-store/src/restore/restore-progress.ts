import type { Admin, OffsetAndMetadata, TopicPartition } from '@spillway/api'

/** How far a restore is: objects before this one are in the topic, and so many records of it. */
export interface RestoreProgress {
  readonly object: string
  readonly records: number
}

const order = new Intl.Collator('en', { numeric: true })

/** The order in which objects are restored: numbers in their names count as numbers. */
export function compareKeys(a: string, b: string): number {
  return order.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

/**
 * Keeps progress as the committed metadata of a consumer group nobody is in: a transaction then moves it together with
 * the records.
 */
export class ProgressGroup {
  readonly groupId: string
  readonly #place: TopicPartition

  constructor(connector: string, topic: string) {
    this.groupId = `spillway-restore-${connector}-${topic}`
    this.#place = { topic, partition: 0 }
  }

  /** What a transaction commits. @param total records since the beginning. */
  offsets(progress: RestoreProgress, total: bigint): Map<TopicPartition, OffsetAndMetadata> {
    return new Map([[this.#place, { offset: total, metadata: JSON.stringify(progress) }]])
  }

  async read(
    admin: Admin,
  ): Promise<{ readonly progress: RestoreProgress; readonly total: bigint } | undefined> {
    const found = (await admin.listGroupOffsets(this.groupId)).find(
      ({ partition }) => partition.topic === this.#place.topic && partition.partition === 0,
    )
    if (found?.offset.metadata === undefined || found.offset.metadata === '') return undefined
    return { progress: JSON.parse(found.offset.metadata) as RestoreProgress, total: found.offset.offset }
  }
}
