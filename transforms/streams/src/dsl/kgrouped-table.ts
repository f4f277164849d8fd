import type { Aggregator, Initializer, Reducer } from '../core/functions.ts'
import { Serdes } from '../core/serde.ts'
import type { Serde } from '../core/serde.ts'
import { settled } from '../core/synchronous.ts'
import { TableAggregate } from '../processors/table-aggregate.ts'
import type { TableAggregateFunctions } from '../processors/table-aggregate.ts'
import { tableStoreFactory } from '../stores/materialized-stores.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import { validateName } from '../core/names.ts'
import { ProcessorGraphNode } from './graph/graph-node.ts'
import type { StreamCore } from './graph/internal-streams-builder.ts'
import { namedAndMaterialized } from './counting.ts'
import type { KTable } from './ktable.ts'
import { Materialized } from '../stores/materialized.ts'
import type { Named } from './options.ts'
import { TableRepartitionNode } from './graph/repartition-nodes.ts'

const counting: TableAggregateFunctions = {
  kind: 'aggregate',
  first: () => 1n,
  add: (_key, _value, count) => (count as bigint) + 1n,
  subtract: (_key, _value, count) => (count as bigint) - 1n,
}

/** A table grouped by another key. Corresponds to Java's `KGroupedTable`. */
export class KGroupedTable<K, V> {
  readonly #core: StreamCore
  readonly #groupName: string | null
  #repartition: TableRepartitionNode | null = null
  #sourceName = ''
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: V }

  /** @internal */
  constructor(core: StreamCore, groupName: string | null) {
    this.#core = core
    this.#groupName = groupName
  }

  /** Counts the rows of each group; a group that lost all its rows stays, with 0. */
  count(materialized?: Materialized<K, bigint>): KTable<K, bigint>
  count(named: Named, materialized?: Materialized<K, bigint>): KTable<K, bigint>
  count(...args: readonly unknown[]): KTable<K, bigint> {
    const [named, materialized] = namedAndMaterialized(args)
    return this.#build<bigint>(
      'KTABLE-AGGREGATE-',
      named,
      materialized,
      Serdes.int64() as Serde<unknown>,
      counting,
    )
  }

  /** Combines the rows of each group; the subtractor takes a row out again. */
  reduce(adder: Reducer<V>, subtractor: Reducer<V>, materialized?: Materialized<K, V>): KTable<K, V>
  reduce(
    adder: Reducer<V>,
    subtractor: Reducer<V>,
    named: Named,
    materialized?: Materialized<K, V>,
  ): KTable<K, V>
  reduce(adder: Reducer<V>, subtractor: Reducer<V>, ...args: readonly unknown[]): KTable<K, V> {
    const [named, materialized] = namedAndMaterialized(args)
    const functions: TableAggregateFunctions = {
      kind: 'reduce',
      first: (_key, value) => value,
      add: (_key, value, aggregate) => adder(aggregate as V, value as V),
      subtract: (_key, value, aggregate) => subtractor(aggregate as V, value as V),
    }
    return this.#build<V>('KTABLE-REDUCE-', named, materialized, this.#core.valueSerde, functions)
  }

  /** Aggregates the rows of each group; the subtractor takes a row out again. */
  aggregate<VA>(
    initializer: Initializer<VA>,
    adder: Aggregator<K, V, VA>,
    subtractor: Aggregator<K, V, VA>,
    materialized?: Materialized<K, VA>,
  ): KTable<K, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    adder: Aggregator<K, V, VA>,
    subtractor: Aggregator<K, V, VA>,
    named: Named,
    materialized?: Materialized<K, VA>,
  ): KTable<K, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    adder: Aggregator<K, V, VA>,
    subtractor: Aggregator<K, V, VA>,
    ...args: readonly unknown[]
  ): KTable<K, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    const add = adder as TableAggregateFunctions['add']
    const functions: TableAggregateFunctions = {
      kind: 'aggregate',
      first: (key, value) => add(key, value, settled(initializer(), 'the initializer')),
      add,
      subtract: subtractor as TableAggregateFunctions['subtract'],
    }
    return this.#build<VA>('KTABLE-AGGREGATE-', named, materialized, null, functions)
  }

  #build<VA>(
    prefix: string,
    named: string | null,
    materialized: Materialized<unknown, unknown> | null,
    valueSerde: Serde<unknown> | null,
    functions: TableAggregateFunctions,
  ): KTable<K, VA> {
    const { builder, keySerde } = this.#core
    if (named !== null) validateName(named)
    const given = materialized ?? new Materialized<unknown, unknown>()
    const store = builder.named(given, 'KTABLE-AGGREGATE-', { key: keySerde, value: valueSerde })
    const sinkName = builder.names.suffixedOr(named, '-sink', 'KSTREAM-SINK-')
    const sourceName = builder.names.suffixedOr(named, '-source', 'KSTREAM-SOURCE-')
    const name = builder.names.nameOr(named, prefix)
    const repartition = this.#repartitionNode(store, sinkName, sourceName)
    builder.add(this.#core.node, repartition)
    const supplier = new TableAggregate(tableStoreFactory(store), functions)
    const node = new ProcessorGraphNode(name, supplier)
    node.isOutputVersioned = given.storeSupplier?.kind === 'versioned'
    builder.add(repartition, node)
    const core = {
      builder,
      name,
      node,
      keySerde: store.keySerde,
      valueSerde: store.valueSerde,
      sources: new Set([this.#sourceName]),
    }
    return core.builder.create.table<K, VA>(core, supplier, store.queryableName)
  }

  /** A group with a name has one topic for all its aggregations; without, each has its own. */
  #repartitionNode(store: NamedStore, sinkName: string, sourceName: string): TableRepartitionNode {
    if (this.#repartition === null || this.#groupName === null) {
      const topic = `${this.#groupName ?? store.storeName}-repartition`
      const { keySerde, valueSerde } = this.#core
      this.#repartition = new TableRepartitionNode({ topic, sinkName, sourceName, keySerde, valueSerde })
      this.#sourceName = sourceName
    }
    return this.#repartition
  }
}
