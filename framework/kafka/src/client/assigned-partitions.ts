import { type TopicPartition, topicPartitionName } from '@spillway/api'
import type { Fetcher } from './fetch/fetcher.ts'
import { PartitionState } from './fetch/partition-state.ts'

/** The partitions that a consumer reads, whether a group gave them to it or its caller (Java: `SubscriptionState`). */
export class AssignedPartitions {
  readonly #fetcher: () => Fetcher
  readonly #states = new Map<string, PartitionState>()

  constructor(fetcher: () => Fetcher) {
    this.#fetcher = fetcher
  }

  get isEmpty(): boolean {
    return this.#states.size === 0
  }

  states(): IterableIterator<PartitionState> {
    return this.#states.values()
  }

  stateOf(partition: TopicPartition): PartitionState | undefined {
    return this.#states.get(topicPartitionName(partition))
  }

  list(): TopicPartition[] {
    return [...this.#states.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Those that are there already stay as they are. */
  add(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = topicPartitionName(partition)
      if (!this.#states.has(key)) this.#states.set(key, new PartitionState(partition))
    }
  }

  /** Drops what was fetched ahead of them. */
  remove(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const state = this.stateOf(partition)
      if (state !== undefined) this.#fetcher().remove(state)
      this.#states.delete(topicPartitionName(partition))
    }
  }

  /** Keeps and adds so that these remain, and no others. */
  replace(partitions: readonly TopicPartition[]): void {
    const wanted = new Set(partitions.map(topicPartitionName))
    this.remove(this.list().filter((partition) => !wanted.has(topicPartitionName(partition))))
    this.add(partitions)
  }
}
