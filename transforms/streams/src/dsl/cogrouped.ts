import type { Aggregator, Initializer, Merger } from '../core/functions.ts'
import type { Serde } from '../core/serde.ts'
import { settled } from '../core/synchronous.ts'
import { stateless } from '../processors/stateless.ts'
import { SessionWindowAggregate } from '../processors/session-window-aggregate.ts'
import { StreamAggregate } from '../processors/stream-aggregate.ts'
import type { AggregateFunctions } from '../processors/stream-aggregate.ts'
import type { TableSupplier } from '../processors/table-view.ts'
import { sessionStoreFactory, tableStoreFactory } from '../stores/materialized-stores.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { SessionWindows } from '../windows/event-windows.ts'
import type { SlidingWindows } from '../windows/event-windows.ts'
import type { Windows } from '../windows/time-windows.ts'
import type { Windowed } from '../windows/window.ts'
import { WindowedSerdes } from '../windows/windowed-serdes.ts'
import { GracePeriodNode, ProcessorGraphNode } from './graph/graph-node.ts'
import type { InternalStreamsBuilder } from './graph/internal-streams-builder.ts'
import { namedAndMaterialized } from './counting.ts'
import type { KGroupedStream } from './kgrouped-stream.ts'
import type { KTable } from './ktable.ts'
import { Materialized } from '../stores/materialized.ts'
import type { Named } from './options.ts'
import { cogroupParent } from './graph/stream-aggregating.ts'
import type { StreamAggregating } from './graph/stream-aggregating.ts'
import { checkWindows, timeWindowing } from './time-windowed.ts'

const prefix = 'COGROUPKSTREAM-AGGREGATE-'

type AnyAggregator = AggregateFunctions['next']

interface CogroupPlan {
  readonly named: string | null
  readonly store: NamedStore
  readonly factory: StoreFactory
  readonly keySerde: Serde<unknown> | null
  readonly graceMs: number | null
  readonly supplier: (aggregator: AnyAggregator) => TableSupplier
}

/** Groups whose aggregations share one store. */
class Cogroups {
  readonly builder: InternalStreamsBuilder
  readonly #groups = new Map<StreamAggregating, AnyAggregator>()

  constructor(builder: InternalStreamsBuilder) {
    this.builder = builder
  }

  add(group: StreamAggregating, aggregator: AnyAggregator): void {
    this.#groups.set(group, aggregator)
  }

  named(materialized: Materialized<unknown, unknown> | null): NamedStore {
    const [first] = this.#groups.keys()
    // Java's table has no key serde of its own here; the groups' one is right whenever it is known.
    return this.builder.named(materialized ?? new Materialized(), prefix, {
      key: first?.core.keySerde ?? null,
    })
  }

  build<K, V>(plan: CogroupPlan): KTable<K, V> {
    const { builder } = this
    const { store, graceMs } = plan
    const groups = [...this.#groups.keys()]
    const parents = groups.map((group) => cogroupParent(group, store.storeName, store.queryableName !== null))
    builder.copartition(...groups.map((group) => group.core))
    const suppliers: TableSupplier[] = []
    const nodes: ProcessorGraphNode[] = []
    for (const [index, group] of groups.entries()) {
      const supplier = plan.supplier(this.#groups.get(group) as AnyAggregator)
      const name = builder.names.suffixedOr(plan.named, `-cogroup-agg-${index}`, prefix)
      const node =
        graceMs === null
          ? new ProcessorGraphNode(name, supplier)
          : new GracePeriodNode(name, supplier, graceMs)
      if (graceMs === null) node.isOutputVersioned = store.materialized.storeSupplier?.kind === 'versioned'
      suppliers.push(supplier)
      nodes.push(node)
      builder.add(parents[index] as (typeof parents)[number], node)
    }
    const mergeName = builder.names.suffixedOr(plan.named, '-cogroup-merge', 'COGROUPKSTREAM-MERGE-')
    const merged = mergedTable(suppliers)
    const merge = new ProcessorGraphNode(mergeName, merged)
    builder.add(nodes, merge)
    const core = {
      builder,
      name: mergeName,
      node: merge,
      keySerde: plan.keySerde,
      valueSerde: store.valueSerde,
      sources: new Set([mergeName]),
    }
    return core.builder.create.table<K, V>(core, merged, store.queryableName)
  }
}

/** All groups' changes as those of one table. Corresponds to Java's `KTablePassThrough`. */
function mergedTable(suppliers: readonly TableSupplier[]): TableSupplier {
  return {
    get: () => stateless.passThrough().get(),
    view: () => (suppliers[0] as TableSupplier).view(),
    enableSendingOldValues: (force) => {
      for (const supplier of suppliers) supplier.enableSendingOldValues(force)
      return true
    },
  }
}

/** Several grouped streams that are aggregated into one table. Corresponds to Java's `CogroupedKStream`. */
export class CogroupedKStream<K, VA> {
  readonly #groups: Cogroups
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: VA }

  /** @internal */
  constructor(builder: InternalStreamsBuilder) {
    this.#groups = new Cogroups(builder)
  }

  /** Adds a group with its own aggregator. */
  cogroup<V>(group: KGroupedStream<K, V>, aggregator: Aggregator<K, V, VA>): this {
    this.#groups.add(group.aggregating, aggregator as AnyAggregator)
    return this
  }

  /** Aggregates all groups by key. */
  aggregate(initializer: Initializer<VA>, materialized?: Materialized<K, VA>): KTable<K, VA>
  aggregate(initializer: Initializer<VA>, named: Named, materialized?: Materialized<K, VA>): KTable<K, VA>
  aggregate(initializer: Initializer<VA>, ...args: readonly unknown[]): KTable<K, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    const store = this.#groups.named(materialized)
    const factory = tableStoreFactory(store)
    const supplier = (next: AnyAggregator): TableSupplier =>
      new StreamAggregate(
        factory,
        { first: (key, value) => next(key, value, settled(initializer(), 'the initializer')), next },
        initializer,
      )
    return this.#groups.build<K, VA>({
      named,
      store,
      factory,
      keySerde: store.keySerde,
      graceMs: null,
      supplier,
    })
  }

  /** Aggregates all groups by windows. */
  windowedBy(windows: Windows | SlidingWindows): TimeWindowedCogroupedKStream<K, VA>
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, VA>
  windowedBy(
    windows: Windows | SlidingWindows | SessionWindows,
  ): TimeWindowedCogroupedKStream<K, VA> | SessionWindowedCogroupedKStream<K, VA> {
    if (windows instanceof SessionWindows)
      return new SessionWindowedCogroupedKStream<K, VA>(this.#groups, windows)
    return new TimeWindowedCogroupedKStream<K, VA>(this.#groups, windows)
  }
}

/** Corresponds to Java's `TimeWindowedCogroupedKStream`. */
export class TimeWindowedCogroupedKStream<K, VA> {
  readonly #groups: Cogroups
  readonly #windows: Windows | SlidingWindows
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: VA }

  /** @internal */
  constructor(groups: Cogroups, windows: Windows | SlidingWindows) {
    checkWindows(windows)
    this.#groups = groups
    this.#windows = windows
  }

  /** Aggregates all groups by key and window. */
  aggregate(initializer: Initializer<VA>, materialized?: Materialized<K, VA>): KTable<Windowed<K>, VA>
  aggregate(
    initializer: Initializer<VA>,
    named: Named,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate(initializer: Initializer<VA>, ...args: readonly unknown[]): KTable<Windowed<K>, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    const windows = this.#windows
    const store = this.#groups.named(materialized)
    const factory = timeWindowing.factory(store, windows, 'on-window-update')
    const graceMs = windows.gracePeriodMs
    const keySerde = timeWindowing.keySerde(store.keySerde, windows)
    const supplier = (aggregator: AnyAggregator): TableSupplier =>
      timeWindowing.supplier(windows, { factory, emit: 'on-window-update', initializer, aggregator })
    return this.#groups.build<Windowed<K>, VA>({ named, store, factory, keySerde, graceMs, supplier })
  }
}

/** Corresponds to Java's `SessionWindowedCogroupedKStream`. */
export class SessionWindowedCogroupedKStream<K, VA> {
  readonly #groups: Cogroups
  readonly #windows: SessionWindows
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: VA }

  /** @internal */
  constructor(groups: Cogroups, windows: SessionWindows) {
    this.#groups = groups
    this.#windows = windows
  }

  /** Aggregates all groups by key and session. */
  aggregate(
    initializer: Initializer<VA>,
    merger: Merger<K, VA>,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate(
    initializer: Initializer<VA>,
    merger: Merger<K, VA>,
    named: Named,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate(
    initializer: Initializer<VA>,
    merger: Merger<K, VA>,
    ...args: readonly unknown[]
  ): KTable<Windowed<K>, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    const windows = this.#windows
    const store = this.#groups.named(materialized)
    const factory = sessionStoreFactory(store, windows, 'on-window-update')
    const graceMs = windows.gracePeriodMs + windows.inactivityGapMs
    const keySerde = WindowedSerdes.sessionWindowed(store.keySerde) as Serde<unknown>
    const supplier = (aggregator: AnyAggregator): TableSupplier =>
      new SessionWindowAggregate(windows, merger as never, {
        factory,
        emit: 'on-window-update',
        initializer,
        aggregator,
      })
    return this.#groups.build<Windowed<K>, VA>({ named, store, factory, keySerde, graceMs, supplier })
  }
}
