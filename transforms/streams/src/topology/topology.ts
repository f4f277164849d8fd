import type { StreamPartitioner, TopicNameExtractor } from '../core/functions.ts'
import type { AnySerde, Deserializer, Serializer } from '../core/serde.ts'
import type { AutoOffsetReset } from '../config/auto-offset-reset.ts'
import { NullPointerException } from '../core/errors.ts'
import { userSupplier } from '../context/user-processors.ts'
import type { ProcessorSupplier } from '../context/processor.ts'
import { checkConfig, numberSetting } from '../config/streams-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import type { TimestampExtractor } from '../config/timestamp-extractors.ts'
import type { StoreBuilder } from '../stores/stores.ts'
import type { TopologyDescription } from './describe.ts'
import { InternalTopologyBuilder } from './internal-topology-builder.ts'
import type { InternalTopic, SourceDefinition } from './node-definitions.ts'
import { generalTopicConfigs } from './topic-configs.ts'

/** Options of a source of the Processor API. */
export interface SourceOptions {
  readonly keySerde?: AnySerde | Deserializer<unknown>
  readonly valueSerde?: AnySerde | Deserializer<unknown>
  readonly timestampExtractor?: TimestampExtractor<never, never>
  readonly offsetReset?: AutoOffsetReset
}

/** Options of a sink of the Processor API. */
export interface SinkOptions {
  readonly keySerde?: AnySerde | Serializer<never>
  readonly valueSerde?: AnySerde | Serializer<never>
  readonly partitioner?: StreamPartitioner<never, never>
}

function deserializerOf(given: AnySerde | Deserializer<unknown> | undefined): Deserializer<unknown> | null {
  if (given === undefined) return null
  return 'deserializer' in given ? given.deserializer : given
}

function serializerOf(given: AnySerde | Serializer<never> | undefined): Serializer<unknown> | null {
  if (given === undefined) return null
  return ('serializer' in given ? given.serializer : given) as Serializer<unknown>
}

function requireName(name: string): string {
  if (name === null || name === undefined) throw new NullPointerException('name must not be null')
  return name
}

/**
 * A graph of sources, processors, stores and sinks: built by the DSL, or by hand with this class.
 * Corresponds to Java's `Topology`.
 */
export class Topology {
  /** @internal */
  readonly builder: InternalTopologyBuilder

  /** @internal The argument is the DSL's. */
  constructor(builder: InternalTopologyBuilder = new InternalTopologyBuilder()) {
    this.builder = builder
  }

  /** Reads topics, by names or pattern. */
  addSource(name: string, topics: string | readonly string[] | RegExp, options: SourceOptions = {}): this {
    this.builder.addSource(this.#source(name, topics, options))
    return this
  }

  /** Runs a processor on the records of its parents. */
  addProcessor<KIn, VIn, KOut, VOut>(
    name: string,
    supplier: ProcessorSupplier<KIn, VIn, KOut, VOut>,
    ...parents: readonly string[]
  ): this {
    const node = userSupplier(supplier as never)
    this.builder.addProcessor({ name: requireName(name), predecessors: parents, supplier: node })
    for (const factory of node.stores?.() ?? []) this.builder.addStateStore(factory, [name])
    return this
  }

  /** Writes the records of its parents to a topic, or to the topic that a function picks for each. */
  addSink<K, V>(name: string, topic: string | TopicNameExtractor<K, V>, ...parents: readonly string[]): this
  addSink<K, V>(
    name: string,
    topic: string | TopicNameExtractor<K, V>,
    options: SinkOptions,
    ...parents: readonly string[]
  ): this
  addSink<K, V>(
    name: string,
    topic: string | TopicNameExtractor<K, V>,
    ...rest: readonly (SinkOptions | string)[]
  ): this {
    const options = rest.find((item) => typeof item !== 'string') ?? {}
    this.builder.addSink({
      name: requireName(name),
      predecessors: rest.filter((item) => typeof item === 'string'),
      topic: topic as string | TopicNameExtractor<unknown, unknown>,
      keySerializer: serializerOf(options.keySerde),
      valueSerializer: serializerOf(options.valueSerde),
      partitioner: (options.partitioner ?? null) as StreamPartitioner<unknown, unknown> | null,
    })
    return this
  }

  /** Adds a store and connects it to processors. */
  addStateStore(store: StoreBuilder, ...processors: readonly string[]): this {
    this.builder.addStateStore(store.factory(), processors)
    return this
  }

  connectProcessorAndStateStores(processor: string, ...stores: readonly string[]): this {
    this.builder.connectProcessorAndStateStores(processor, stores)
    return this
  }

  /** Adds a store that a processor fills from a topic, on every instance. */
  addGlobalStore<K, V>(
    store: StoreBuilder,
    sourceName: string,
    topic: string,
    processorName: string,
    supplier: ProcessorSupplier<K, V, never, never>,
    options: SourceOptions = {},
  ): this {
    const processor = userSupplier(supplier as never)
    this.builder.addGlobalStore(this.#source(sourceName, topic, options), processorName, {
      get: () => processor.get(),
      stores: () => [store.factory()],
    })
    return this
  }

  /** What the topology is made of; its text equals Java's, byte by byte. */
  describe(): TopologyDescription {
    return this.builder.describe()
  }

  /** The repartition and changelog topics that the topology needs, with their configs. */
  internalTopics(config: StreamsConfig): readonly InternalTopic[] {
    checkConfig(config)
    const key = 'windowstore.changelog.additional.retention.ms'
    return this.builder.internalTopics(
      String(config['application.id']),
      generalTopicConfigs(config),
      numberSetting(config, key, 86_400_000),
    )
  }

  #source(
    name: string,
    topics: string | readonly string[] | RegExp,
    options: SourceOptions,
  ): SourceDefinition {
    return {
      kind: 'source',
      name: requireName(name),
      predecessors: [],
      topics: typeof topics === 'string' ? [topics] : topics instanceof RegExp ? [] : topics,
      pattern: topics instanceof RegExp ? topics : null,
      keyDeserializer: deserializerOf(options.keySerde),
      valueDeserializer: deserializerOf(options.valueSerde),
      timestampExtractor: (options.timestampExtractor ?? null) as TimestampExtractor | null,
      offsetReset: options.offsetReset ?? null,
    }
  }
}
