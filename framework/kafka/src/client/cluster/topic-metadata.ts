import type { TopicPartition } from '@spillway/api'
import type { Cluster, TopicMetadata } from './cluster.ts'
import { ErrorCode, check } from './protocol-errors.ts'

/** Topics as a producer knows them: asked for when first used, when stale, and when too old. */
export class TopicMetadataCache {
  readonly #cluster: Cluster
  readonly #maxAgeMs: number
  readonly #allowAutoCreate: boolean
  readonly #topics = new Map<string, { readonly topic: TopicMetadata; readAt: number }>()

  constructor(cluster: Cluster, allowAutoCreate: boolean, maxAgeMs = 300_000) {
    this.#cluster = cluster
    this.#allowAutoCreate = allowAutoCreate
    this.#maxAgeMs = maxAgeMs
  }

  /** One attempt. @throws BrokerError for a topic that does not exist or cannot be described */
  async topic(name: string): Promise<TopicMetadata> {
    const known = this.#topics.get(name)
    if (known !== undefined && this.#cluster.clock.monotonic() - known.readAt < this.#maxAgeMs)
      return known.topic
    const { topics, errors } = await this.#cluster.metadata([name], this.#allowAutoCreate)
    check(errors.get(name) ?? ErrorCode.none, `reading the metadata of topic ${name}`)
    const topic = topics.get(name)
    if (topic === undefined || topic.partitions.length === 0) {
      check(ErrorCode.unknownTopicOrPartition, `reading the metadata of topic ${name}`)
    }
    this.#topics.set(name, { topic: topic as TopicMetadata, readAt: this.#cluster.clock.monotonic() })
    return topic as TopicMetadata
  }

  /** Number of partitions as last heard, however old; 0 where the topic was never seen. */
  partitions(name: string): number {
    return this.#topics.get(name)?.topic.partitions.length ?? 0
  }

  /** The topic, undefined where it is not known (any more). */
  known(name: string): TopicMetadata | undefined {
    const found = this.#topics.get(name)
    return found !== undefined && this.#cluster.clock.monotonic() - found.readAt < this.#maxAgeMs
      ? found.topic
      : undefined
  }

  /** One attempt. Node id of the leader. */
  async leaderOf({ topic, partition }: TopicPartition): Promise<number> {
    const leader = (await this.topic(topic)).partitions[partition]?.leader ?? -1
    if (leader < 0) {
      this.forget(topic)
      check(ErrorCode.leaderNotAvailable, `finding the leader of ${topic}-${partition}`)
    }
    return leader
  }

  /** Leaders have moved, or the topic is gone. */
  forget(name: string): void {
    const known = this.#topics.get(name)
    if (known !== undefined) known.readAt = -Infinity
  }
}
