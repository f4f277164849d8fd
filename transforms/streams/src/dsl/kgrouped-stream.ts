import type { Aggregator, Initializer, Reducer } from '../core/functions.ts'
import { Serdes } from '../core/serde.ts'
import { settled } from '../core/synchronous.ts'
import { StreamAggregate } from '../processors/stream-aggregate.ts'
import type { AggregateFunctions } from '../processors/stream-aggregate.ts'
import { tableStoreFactory } from '../stores/materialized-stores.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import type { SlidingWindows } from '../windows/event-windows.ts'
import { SessionWindows } from '../windows/event-windows.ts'
import type { Windows } from '../windows/time-windows.ts'
import { CogroupedKStream } from './cogrouped.ts'
import { countInitializer, counting, namedAndMaterialized } from './counting.ts'
import type { StreamCore } from './graph/internal-streams-builder.ts'
import type { KTable } from './ktable.ts'
import type { Named } from './options.ts'
import { Materialized } from '../stores/materialized.ts'
import { SessionWindowedKStream } from './session-windowed.ts'
import { StreamAggregating } from './graph/stream-aggregating.ts'
import { TimeWindowedKStream } from './time-windowed.ts'

/** A stream grouped by key. Corresponds to Java's `KGroupedStream`. */
export class KGroupedStream<K, V> {
  /** @internal */
  readonly aggregating: StreamAggregating
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: V }

  /** @internal */
  constructor(core: StreamCore, groupName: string | null, repartitionRequired: boolean) {
    this.aggregating = new StreamAggregating(core, groupName, repartitionRequired)
  }

  /** Counts the records of each key; records without key or value are not counted. */
  count(materialized?: Materialized<K, bigint>): KTable<K, bigint>
  count(named: Named, materialized?: Materialized<K, bigint>): KTable<K, bigint>
  count(...args: readonly unknown[]): KTable<K, bigint> {
    const [named, materialized] = namedAndMaterialized(args)
    // Java uses up one number more for a given store without name.
    if (materialized !== null && materialized.storeName === null) {
      this.aggregating.core.builder.names.storeName('KSTREAM-AGGREGATE-')
    }
    const store = this.#named(materialized, 'KSTREAM-AGGREGATE-', Serdes.int64() as never)
    return this.#aggregate<bigint>('KSTREAM-AGGREGATE-', named, store, counting, countInitializer)
  }

  /** Combines the values of each key; the first one is taken as it is. */
  reduce(reducer: Reducer<V>, materialized?: Materialized<K, V>): KTable<K, V>
  reduce(reducer: Reducer<V>, named: Named, materialized?: Materialized<K, V>): KTable<K, V>
  reduce(reducer: Reducer<V>, ...args: readonly unknown[]): KTable<K, V> {
    const [named, materialized] = namedAndMaterialized(args)
    const store = this.#named(materialized, 'KSTREAM-REDUCE-', this.aggregating.core.valueSerde)
    const functions: AggregateFunctions = {
      first: (_key, value) => value,
      next: (_key, value, aggregate) => reducer(aggregate as V, value as V),
    }
    return this.#aggregate<V>('KSTREAM-REDUCE-', named, store, functions, null)
  }

  /** Aggregates the values of each key; an aggregate of null deletes the row. */
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    materialized?: Materialized<K, VA>,
  ): KTable<K, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    named: Named,
    materialized?: Materialized<K, VA>,
  ): KTable<K, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    ...args: readonly unknown[]
  ): KTable<K, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    const store = this.#named(materialized, 'KSTREAM-AGGREGATE-', null)
    const next = aggregator as AggregateFunctions['next']
    const functions: AggregateFunctions = {
      first: (key, value) => next(key, value, settled(initializer(), 'the initializer')),
      next,
    }
    return this.#aggregate<VA>('KSTREAM-AGGREGATE-', named, store, functions, initializer)
  }

  /** Aggregates by windows of time. */
  windowedBy(windows: Windows | SlidingWindows): TimeWindowedKStream<K, V>
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>
  windowedBy(
    windows: Windows | SlidingWindows | SessionWindows,
  ): TimeWindowedKStream<K, V> | SessionWindowedKStream<K, V> {
    if (windows instanceof SessionWindows) return new SessionWindowedKStream<K, V>(this.aggregating, windows)
    return new TimeWindowedKStream<K, V>(this.aggregating, windows)
  }

  /** Aggregates several grouped streams into one table. */
  cogroup<VA>(aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA> {
    return new CogroupedKStream<K, VA>(this.aggregating.core.builder).cogroup(this, aggregator)
  }

  #named(
    materialized: Materialized<unknown, unknown> | null,
    prefix: string,
    value: StreamCore['valueSerde'],
  ): NamedStore {
    const { builder, keySerde } = this.aggregating.core
    return builder.named(materialized ?? new Materialized(), prefix, { key: keySerde, value })
  }

  #aggregate<VA>(
    prefix: string,
    named: string | null,
    store: NamedStore,
    functions: AggregateFunctions,
    initializer: (() => unknown) | null,
  ): KTable<K, VA> {
    const name = this.aggregating.core.builder.nodeName(named, prefix)
    const supplier = new StreamAggregate(tableStoreFactory(store), functions, initializer)
    return this.aggregating.build<K, VA>(name, store, supplier, store.keySerde, null)
  }
}
