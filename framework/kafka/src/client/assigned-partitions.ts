import type { TopicPartition } from '@spillway/api'
import type { Fetcher } from './fetch/fetcher.ts'
import { PartitionState, partitionKey } from './fetch/partition-state.ts'

/** The partitions that a consumer reads, whether a group gave them to it or its caller (Java: `SubscriptionState`). */
export class AssignedPartitions {
  readonly #fetcher: () => Fetcher
  readonly #states = new Map<string, PartitionState>()

  constructor(fetcher: () => Fetcher) {
    this.#fetcher = fetcher
  }

  states(): IterableIterator<PartitionState> {
    return this.#states.values()
  }

  stateOf(partition: TopicPartition): PartitionState | undefined {
    return this.#states.get(partitionKey(partition))
  }

  list(): TopicPartition[] {
    return [...this.#states.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Those that are there already stay as they are. */
  add(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = partitionKey(partition)
      if (!this.#states.has(key)) this.#states.set(key, new PartitionState(partition))
    }
  }

  /** Drops what was fetched ahead of them. */
  remove(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const state = this.stateOf(partition)
      if (state !== undefined) this.#fetcher().remove(state)
      this.#states.delete(partitionKey(partition))
    }
  }

  /** Keeps and adds so that these remain, and no others. */
  replace(partitions: readonly TopicPartition[]): void {
    const wanted = new Set(partitions.map(partitionKey))
    this.remove(this.list().filter((partition) => !wanted.has(partitionKey(partition))))
    this.add(partitions)
  }
}
