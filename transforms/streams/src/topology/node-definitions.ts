import type { StreamPartitioner, TopicNameExtractor } from '../core/functions.ts'
import type { Deserializer, Serializer } from '../core/serde.ts'
import type { AutoOffsetReset } from '../config/auto-offset-reset.ts'
import type { NodeSupplier } from '../context/node-processor.ts'
import type { TimestampExtractor } from '../config/timestamp-extractors.ts'

/** A source as it stands in the topology. Topic names are not yet prefixed by the application's id. */
export interface SourceDefinition {
  readonly kind: 'source'
  readonly name: string
  readonly predecessors: readonly string[]
  readonly topics: readonly string[]
  readonly pattern: RegExp | null
  readonly keyDeserializer: Deserializer<unknown> | null
  readonly valueDeserializer: Deserializer<unknown> | null
  readonly timestampExtractor: TimestampExtractor<unknown, unknown> | null
  readonly offsetReset: AutoOffsetReset | null
}

export interface ProcessorDefinition {
  readonly kind: 'processor'
  readonly name: string
  readonly predecessors: readonly string[]
  readonly supplier: NodeSupplier
  /** Names of connected stores, in order of connection. */
  readonly stores: Set<string>
}

export interface SinkDefinition {
  readonly kind: 'sink'
  readonly name: string
  readonly predecessors: readonly string[]
  readonly topic: string | TopicNameExtractor<unknown, unknown>
  readonly keySerializer: Serializer<unknown> | null
  readonly valueSerializer: Serializer<unknown> | null
  readonly partitioner: StreamPartitioner<unknown, unknown> | null
}

export type NodeDefinition = SourceDefinition | ProcessorDefinition | SinkDefinition

/** A topic the application creates for itself. */
export interface InternalTopic {
  readonly name: string
  readonly kind: 'repartition' | 'changelog'
  readonly config: Readonly<Record<string, string>>
  /** Given by the user, null when derived. */
  readonly partitions: number | null
}
