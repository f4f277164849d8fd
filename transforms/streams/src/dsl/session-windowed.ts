import type { Aggregator, Initializer, Merger, Reducer } from '../core/functions.ts'
import { Serdes } from '../core/serde.ts'
import type { Serde } from '../core/serde.ts'
import { SessionWindowAggregate } from '../processors/session-window-aggregate.ts'
import { sessionStoreFactory } from '../stores/materialized-stores.ts'
import type { EmitStrategy, SessionWindows } from '../windows/event-windows.ts'
import type { Windowed } from '../windows/window.ts'
import { WindowedSerdes } from '../windows/windowed-serdes.ts'
import { countInitializer, counting, namedAndMaterialized } from './counting.ts'
import type { KTable } from './ktable.ts'
import { Materialized } from '../stores/materialized.ts'
import type { Named } from './options.ts'
import type { StreamAggregating } from './graph/stream-aggregating.ts'
import { reducing } from './time-windowed.ts'

/** What makes up a session aggregation. */
interface SessionFunctions {
  readonly initializer: () => unknown
  readonly aggregator: (key: unknown, value: unknown, aggregate: unknown) => unknown
  readonly merger: (key: unknown, left: unknown, right: unknown) => unknown
}

/** A grouped stream in sessions. Corresponds to Java's `SessionWindowedKStream`. */
export class SessionWindowedKStream<K, V> {
  readonly #aggregating: StreamAggregating
  readonly #windows: SessionWindows
  #emit: EmitStrategy = 'on-window-update'
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: V }

  /** @internal */
  constructor(aggregating: StreamAggregating, windows: SessionWindows) {
    this.#aggregating = aggregating
    this.#windows = windows
  }

  /** Every update, or final results only. */
  emitStrategy(emit: EmitStrategy): this {
    this.#emit = emit
    return this
  }

  /** Counts the records of each session. */
  count(materialized?: Materialized<K, bigint>): KTable<Windowed<K>, bigint>
  count(named: Named, materialized?: Materialized<K, bigint>): KTable<Windowed<K>, bigint>
  count(...args: readonly unknown[]): KTable<Windowed<K>, bigint> {
    const [named, materialized] = namedAndMaterialized(args)
    if (materialized !== null && materialized.storeName === null) {
      this.#aggregating.core.builder.names.storeName('KSTREAM-AGGREGATE-')
    }
    const functions: SessionFunctions = {
      initializer: countInitializer,
      aggregator: counting.next,
      merger: (_key, left, right) => (left as bigint) + (right as bigint),
    }
    return this.#build('KSTREAM-AGGREGATE-', named, materialized, Serdes.int64() as Serde<unknown>, functions)
  }

  /** Combines the values of each session. */
  reduce(reducer: Reducer<V>, materialized?: Materialized<K, V>): KTable<Windowed<K>, V>
  reduce(reducer: Reducer<V>, named: Named, materialized?: Materialized<K, V>): KTable<Windowed<K>, V>
  reduce(reducer: Reducer<V>, ...args: readonly unknown[]): KTable<Windowed<K>, V> {
    const [named, materialized] = namedAndMaterialized(args)
    const aggregator = reducing(reducer)
    const functions: SessionFunctions = {
      initializer: () => null,
      aggregator,
      merger: (key, left, right) => aggregator(key, right, left),
    }
    return this.#build('KSTREAM-REDUCE-', named, materialized, this.#aggregating.core.valueSerde, functions)
  }

  /** Aggregates the values of each session; the merger joins two sessions that a record connects. */
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    merger: Merger<K, VA>,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    merger: Merger<K, VA>,
    named: Named,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    merger: Merger<K, VA>,
    ...args: readonly unknown[]
  ): KTable<Windowed<K>, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    const functions = { initializer, aggregator, merger } as SessionFunctions
    return this.#build('KSTREAM-AGGREGATE-', named, materialized, null, functions)
  }

  #build<VA>(
    prefix: string,
    named: string | null,
    materialized: Materialized<unknown, unknown> | null,
    valueSerde: Serde<unknown> | null,
    functions: SessionFunctions,
  ): KTable<Windowed<K>, VA> {
    const { builder, keySerde } = this.#aggregating.core
    const serdes = { key: keySerde, value: valueSerde }
    const store = builder.named(materialized ?? new Materialized(), prefix, serdes)
    const name = builder.nodeName(named, prefix)
    const factory = sessionStoreFactory(store, this.#windows, this.#emit)
    const { initializer, aggregator, merger } = functions
    const settings = { factory, emit: this.#emit, initializer, aggregator }
    const supplier = new SessionWindowAggregate(this.#windows, merger, settings)
    const keys = WindowedSerdes.sessionWindowed(store.keySerde) as Serde<unknown>
    const graceMs = this.#windows.gracePeriodMs + this.#windows.inactivityGapMs
    return this.#aggregating.build<Windowed<K>, VA>(name, store, supplier, keys, graceMs)
  }
}
