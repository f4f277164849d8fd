import { type Kind, KindRouter } from '../core/kind-router.ts'
import { type PlanSource } from '../core/plan-adoption.ts'
import { type KeyBytes } from '../core/plan-lookup.ts'

/** What a partitioner of records needs to know of them. */
export interface StreamPartitionerOptions<K, V> {
  readonly plan: PlanSource
  /** The kind of a record; one without a kind is of the kind with the empty name. */
  readonly kind: (key: K, value: V, topic: string) => Kind
  /**
   * The bytes of a key, as its serde writes them or otherwise: records whose bytes are the same stay in order. Null for a record without
   * a key. Default: texts and bytes as they are, numbers and booleans as texts.
   */
  readonly keyBytes?: (key: K, topic: string) => KeyBytes | null
}

/**
 * A `StreamPartitioner` of Kafka Streams' DSL, for `Produced.streamPartitioner`, `Repartitioned.streamPartitioner` and the like: follows a
 * plan. A topology with several tasks may share one.
 *
 * @throws {TypeError} when called with a key that is an object, where `keyBytes` is not given
 * @throws {RangeError} when called for a topic with fewer partitions than the plan has
 */
export function varietyStreamPartitioner<K, V>({
  plan,
  kind,
  keyBytes = plainKey,
}: StreamPartitionerOptions<K, V>): (topic: string, key: K, value: V, partitions: number) => number {
  const router = new KindRouter(plan)
  return (topic, key, value, partitions) =>
    router.route(kind(key, value, topic), keyBytes(key, topic), partitions)
}

function plainKey(key: unknown): KeyBytes | null {
  if (key === null || key === undefined) return null
  if (typeof key === 'string' || key instanceof Uint8Array) return key
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return String(key)
  throw new TypeError('The variety partitioner needs bytes of a key that is an object: give it keyBytes.')
}
