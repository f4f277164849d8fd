import type { TopicPartition } from '../kafka/port.ts'

/** `topic-partition`: unambiguous, as the last dash always stands before the partition. */
export function topicPartitionName(partition: TopicPartition): string {
  return `${partition.topic}-${partition.partition}`
}

/** A map by topic partition, whichever object names it. Keeps insertion order. */
export class TopicPartitionMap<V> implements Iterable<[TopicPartition, V]> {
  readonly #entries = new Map<string, [TopicPartition, V]>()

  constructor(entries: Iterable<readonly [TopicPartition, V]> = []) {
    for (const [partition, value] of entries) this.set(partition, value)
  }

  get size(): number {
    return this.#entries.size
  }

  get(partition: TopicPartition): V | undefined {
    return this.#entries.get(topicPartitionName(partition))?.[1]
  }

  has(partition: TopicPartition): boolean {
    return this.#entries.has(topicPartitionName(partition))
  }

  set(partition: TopicPartition, value: V): this {
    this.#entries.set(topicPartitionName(partition), [partition, value])
    return this
  }

  delete(partition: TopicPartition): boolean {
    return this.#entries.delete(topicPartitionName(partition))
  }

  clear(): void {
    this.#entries.clear()
  }

  keys(): TopicPartition[] {
    return [...this.#entries.values()].map(([partition]) => partition)
  }

  values(): V[] {
    return [...this.#entries.values()].map(([, value]) => value)
  }

  [Symbol.iterator](): Iterator<[TopicPartition, V]> {
    return this.#entries.values()
  }
}
