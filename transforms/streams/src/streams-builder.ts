import { TopologyException } from './core/errors.ts'
import { GlobalKTable } from './dsl/global-ktable.ts'
import { StateStoreNode } from './dsl/graph/graph-node.ts'
import { InternalStreamsBuilder } from './dsl/graph/internal-streams-builder.ts'
import { KStream } from './dsl/kstream.ts'
import { KTable } from './dsl/ktable.ts'
import { Consumed } from './dsl/options.ts'
import { Materialized } from './stores/materialized.ts'
import { StreamSourceNode, TableSourceNode, sourceDefinition } from './dsl/graph/source-nodes.ts'
import { userSupplier } from './context/user-processors.ts'
import type { ProcessorSupplier } from './context/processor.ts'
import { TableSource } from './processors/table-source.ts'
import { storeView } from './processors/table-view.ts'
import { checkConfig } from './config/streams-config.ts'
import type { StreamsConfig } from './config/streams-config.ts'
import type { StoreBuilder } from './stores/stores.ts'
import { Topology } from './topology/topology.ts'

type AnyConsumed = Consumed<unknown, unknown>
type AnyMaterialized = Materialized<unknown, unknown>

/**
 * Begins topologies written in the DSL. Corresponds to Java's `StreamsBuilder`.
 *
 * @example
 * const builder = new StreamsBuilder()
 * builder
 *   .stream('lines', Consumed.with(Serdes.string(), Serdes.string()))
 *   .flatMapValues((line) => line.split(' '))
 *   .to('words', Produced.with(Serdes.string(), Serdes.string()))
 * const topology = builder.build()
 */
export class StreamsBuilder {
  readonly #builder = new InternalStreamsBuilder({
    stream: (core) => new KStream(core),
    table: (core, supplier, storeName) => new KTable(core, supplier, storeName),
  })

  /** Reads topics, by name or pattern, as a stream. */
  stream<K, V>(topics: string | readonly string[] | RegExp, consumed?: Consumed<K, V>): KStream<K, V> {
    const options = (consumed ?? new Consumed()) as AnyConsumed
    const name = this.#builder.nodeName(options.name, 'KSTREAM-SOURCE-')
    const node = new StreamSourceNode(name, typeof topics === 'string' ? [topics] : topics, options)
    this.#builder.add(this.#builder.root, node)
    return new KStream<K, V>({
      builder: this.#builder,
      name,
      node,
      keySerde: options.keySerde,
      valueSerde: options.valueSerde,
      sources: new Set([name]),
      repartitionRequired: false,
    })
  }

  /** Reads a topic as a table: each record is the new row of its key. */
  table<K, V>(topic: string, materialized: Materialized<K, V>): KTable<K, V>
  table<K, V>(topic: string, consumed?: Consumed<K, V>, materialized?: Materialized<K, V>): KTable<K, V>
  table<K, V>(
    topic: string,
    first?: Consumed<K, V> | Materialized<K, V>,
    second?: Materialized<K, V>,
  ): KTable<K, V> {
    const { consumed, materialized } = tableOptions(first, second)
    const serdes = { key: consumed.keySerde, value: consumed.valueSerde }
    const store = this.#builder.named(materialized, `${topic}-`, serdes)
    const [sourceName, name] = this.#sourceNames(consumed)
    const table = new TableSource(store)
    const node = new TableSourceNode({ name, sourceName, topic, consumed, table, isGlobal: false })
    node.isOutputVersioned = materialized.storeSupplier?.kind === 'versioned'
    this.#builder.add(this.#builder.root, node)
    const { keySerde, valueSerde } = store
    const core = { builder: this.#builder, name, node, keySerde, valueSerde, sources: new Set([sourceName]) }
    return new KTable<K, V>(core, table, store.queryableName)
  }

  /** Reads a topic as a table of which every instance has all rows. */
  globalTable<K, V>(topic: string, materialized: Materialized<K, V>): GlobalKTable<K, V>
  globalTable<K, V>(
    topic: string,
    consumed?: Consumed<K, V>,
    materialized?: Materialized<K, V>,
  ): GlobalKTable<K, V>
  globalTable<K, V>(
    topic: string,
    first?: Consumed<K, V> | Materialized<K, V>,
    second?: Materialized<K, V>,
  ): GlobalKTable<K, V> {
    const { consumed, materialized } = tableOptions(first, second)
    if (materialized.storeSupplier?.kind === 'versioned')
      throw new TopologyException('GlobalTables cannot be versioned.')
    const given = Object.assign(new Materialized<unknown, unknown>(), materialized).withLoggingDisabled()
    const store = this.#builder.named(given, `${topic}-`, {
      key: consumed.keySerde,
      value: consumed.valueSerde,
    })
    const [sourceName, name] = this.#sourceNames(consumed)
    const table = new TableSource(store)
    table.materialize()
    const node = new TableSourceNode({ name, sourceName, topic, consumed, table, isGlobal: true })
    this.#builder.add(this.#builder.root, node)
    return new GlobalKTable<K, V>(storeView(store.storeName), store.queryableName)
  }

  /** Adds a store for processors to connect to. */
  addStateStore(store: StoreBuilder): this {
    const write = (topology: InternalStreamsBuilder['topology']) => topology.addStateStore(store.factory())
    this.#builder.add(this.#builder.root, new StateStoreNode(store.name, write))
    return this
  }

  /** Adds a store that a processor of yours fills from a topic, on every instance. */
  addGlobalStore<K, V>(
    store: StoreBuilder,
    topic: string,
    consumed: Consumed<K, V>,
    supplier: ProcessorSupplier<K, V, never, never>,
  ): this {
    const options = consumed as AnyConsumed
    const [sourceName, name] = this.#sourceNames(options)
    const processor = userSupplier(supplier as never)
    const filled = { get: () => processor.get(), stores: () => [store.factory()] }
    const node = new StateStoreNode(store.name, (topology) =>
      topology.addGlobalStore(sourceDefinition(sourceName, [topic], options), name, filled),
    )
    this.#builder.add(this.#builder.root, node)
    return this
  }

  /**
   * Writes the topology down, optimized as configured by `topology.optimization`.
   *
   * @throws TopologyException when it cannot work as written, IllegalArgumentException for a setting that cannot be
   */
  build(config: StreamsConfig = {}): Topology {
    checkConfig(config)
    return new Topology(this.#builder.build(config))
  }

  #sourceNames(consumed: AnyConsumed): readonly [string, string] {
    const { names } = this.#builder
    const source = names.suffixedOr(consumed.name, '-source', 'KSTREAM-SOURCE-')
    return [source, this.#builder.nodeName(consumed.name, 'KTABLE-SOURCE-')]
  }
}

function tableOptions(
  first: unknown,
  second: unknown,
): { readonly consumed: AnyConsumed; readonly materialized: AnyMaterialized } {
  const consumed = (first instanceof Consumed ? first : new Consumed()) as AnyConsumed
  const found = first instanceof Materialized ? first : second
  const materialized = (found instanceof Materialized ? found : new Materialized()) as AnyMaterialized
  // Serdes may be given at either place.
  const full = Object.assign(new Consumed<unknown, unknown>(), consumed)
  full.keySerde ??= materialized.keySerde
  full.valueSerde ??= materialized.valueSerde
  return { consumed: full, materialized }
}
