import type { KeyValueLike, RecordContext } from './record.ts'

/** Corresponds to Java's `Predicate`. */
export type Predicate<K, V> = (key: K, value: V) => boolean
/** Corresponds to Java's `KeyValueMapper`. */
export type KeyValueMapper<K, V, R> = (key: K, value: V) => R
/** Corresponds to Java's `ValueMapper` and `ValueMapperWithKey`: the key comes second, and is only to be read. */
export type ValueMapper<K, V, VR> = (value: V, key: K) => VR
/** Corresponds to Java's `ForeachAction`. */
export type ForeachAction<K, V> = (key: K, value: V) => void
/** Corresponds to Java's `ValueJoiner` and `ValueJoinerWithKey`: the key comes last. */
export type ValueJoiner<K, V1, V2, VR> = (left: V1, right: V2, key: K) => VR
/** Corresponds to Java's `Initializer`. */
export type Initializer<VA> = () => VA
/** Corresponds to Java's `Aggregator`. Null deletes the row. */
export type Aggregator<K, V, VA> = (key: K, value: V, aggregate: VA) => VA | null
/** Corresponds to Java's `Reducer`. Null deletes the row. */
export type Reducer<V> = (aggregate: V, value: V) => V | null
/** Corresponds to Java's `Merger`: joins two sessions' aggregates. */
export type Merger<K, VA> = (key: K, left: VA, right: VA) => VA
/** Corresponds to Java's `TopicNameExtractor`. */
export type TopicNameExtractor<K, V> = (key: K, value: V, context: RecordContext) => string
/** Corresponds to Java's `StreamPartitioner`: the partitions to write to, several for a multicast, none to drop, null for the default. */
export type StreamPartitioner<K, V> = (
  topic: string,
  key: K,
  value: V,
  partitions: number,
) => number | readonly number[] | null
/** What `map` and `groupBy` of a table give. */
export type PairMapper<K, V, KR, VR> = (key: K, value: V) => KeyValueLike<KR, VR>
