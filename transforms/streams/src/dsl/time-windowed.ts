import { durationOf, shown } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import type { Aggregator, Initializer, Reducer } from '../core/functions.ts'
import { Serdes } from '../core/serde.ts'
import type { Serde } from '../core/serde.ts'
import { SlidingWindowAggregate } from '../processors/sliding-window-aggregate.ts'
import { TimeWindowAggregate } from '../processors/time-window-aggregate.ts'
import type { WindowedAggregate, WindowedAggregateSettings } from '../processors/windowed-table.ts'
import { slidingWindowStoreFactory, timeWindowStoreFactory } from '../stores/materialized-stores.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { SlidingWindows } from '../windows/event-windows.ts'
import type { EmitStrategy } from '../windows/event-windows.ts'
import type { Windows } from '../windows/time-windows.ts'
import type { Windowed } from '../windows/window.ts'
import { WindowedSerdes } from '../windows/windowed-serdes.ts'
import { countInitializer, counting, namedAndMaterialized } from './counting.ts'
import type { KTable } from './ktable.ts'
import { Materialized } from '../stores/materialized.ts'
import type { Named } from './options.ts'
import type { StreamAggregating } from './graph/stream-aggregating.ts'

/**
 * Windows of the user's own kind must move on, as those of this package do.
 *
 * @throws IllegalArgumentException for what is no windows, or windows that never move on
 */
export function checkWindows(windows: Windows | SlidingWindows): void {
  if (windows instanceof SlidingWindows) return
  const given = windows as Partial<Windows> | null | undefined
  if (typeof given?.firstStart !== 'function')
    throw new IllegalArgumentException(`windowedBy needs windows, got ${shown(windows)}`)
  durationOf(windows.sizeMs, 'window size')
  durationOf(windows.gracePeriodMs, 'grace period')
  if (windows.advanceMs !== Number.POSITIVE_INFINITY) durationOf(windows.advanceMs, 'window advance')
  if (windows.advanceMs < 1)
    throw new IllegalArgumentException(`window advance must be at least 1, got ${windows.advanceMs}`)
}

/** The store, processor and keys of windows of either kind. */
export const timeWindowing = {
  factory: (store: NamedStore, windows: Windows | SlidingWindows, emit: EmitStrategy): StoreFactory =>
    windows instanceof SlidingWindows
      ? slidingWindowStoreFactory(store, windows, emit)
      : timeWindowStoreFactory(store, windows, emit),
  supplier: (windows: Windows | SlidingWindows, settings: WindowedAggregateSettings): WindowedAggregate =>
    windows instanceof SlidingWindows
      ? new SlidingWindowAggregate(windows, settings)
      : new TimeWindowAggregate(windows, settings),
  keySerde: (inner: Serde<unknown> | null, windows: Windows | SlidingWindows): Serde<unknown> => {
    const size = windows instanceof SlidingWindows ? windows.timeDifferenceMs : windows.sizeMs
    return WindowedSerdes.timeWindowed(inner, size) as Serde<unknown>
  },
} as const

/** A grouped stream in tumbling, hopping, sliding or unlimited windows. Corresponds to Java's `TimeWindowedKStream`. */
export class TimeWindowedKStream<K, V> {
  readonly #aggregating: StreamAggregating
  readonly #windows: Windows | SlidingWindows
  #emit: EmitStrategy = 'on-window-update'
  /** Only there for the compiler. */
  declare readonly types: { readonly key: K; readonly value: V }

  /** @internal */
  constructor(aggregating: StreamAggregating, windows: Windows | SlidingWindows) {
    checkWindows(windows)
    this.#aggregating = aggregating
    this.#windows = windows
  }

  /** Every update, or final results only. */
  emitStrategy(emit: EmitStrategy): this {
    if (emit === 'on-window-close' && this.#windows.kind === 'unlimited') {
      throw new IllegalArgumentException('ON_WINDOW_CLOSE emit strategy cannot be used for UnlimitedWindows')
    }
    this.#emit = emit
    return this
  }

  /** Counts the records of each key and window. */
  count(materialized?: Materialized<K, bigint>): KTable<Windowed<K>, bigint>
  count(named: Named, materialized?: Materialized<K, bigint>): KTable<Windowed<K>, bigint>
  count(...args: readonly unknown[]): KTable<Windowed<K>, bigint> {
    const [named, materialized] = namedAndMaterialized(args)
    const isSliding = this.#windows instanceof SlidingWindows
    if (materialized !== null && materialized.storeName === null && !isSliding) {
      this.#aggregating.core.builder.names.storeName('KSTREAM-AGGREGATE-')
    }
    const serde = Serdes.int64() as Serde<unknown>
    return this.#build('KSTREAM-AGGREGATE-', named, materialized, serde, countInitializer, counting.next)
  }

  /** Combines the values of each key and window. */
  reduce(reducer: Reducer<V>, materialized?: Materialized<K, V>): KTable<Windowed<K>, V>
  reduce(reducer: Reducer<V>, named: Named, materialized?: Materialized<K, V>): KTable<Windowed<K>, V>
  reduce(reducer: Reducer<V>, ...args: readonly unknown[]): KTable<Windowed<K>, V> {
    const [named, materialized] = namedAndMaterialized(args)
    const serde = this.#aggregating.core.valueSerde
    return this.#build('KSTREAM-REDUCE-', named, materialized, serde, () => null, reducing(reducer))
  }

  /** Aggregates the values of each key and window. */
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    named: Named,
    materialized?: Materialized<K, VA>,
  ): KTable<Windowed<K>, VA>
  aggregate<VA>(
    initializer: Initializer<VA>,
    aggregator: Aggregator<K, V, VA>,
    ...args: readonly unknown[]
  ): KTable<Windowed<K>, VA> {
    const [named, materialized] = namedAndMaterialized(args)
    return this.#build('KSTREAM-AGGREGATE-', named, materialized, null, initializer, aggregator as never)
  }

  #build<VA>(
    prefix: string,
    named: string | null,
    materialized: Materialized<unknown, unknown> | null,
    valueSerde: Serde<unknown> | null,
    initializer: () => unknown,
    aggregator: WindowedAggregateSettings['aggregator'],
  ): KTable<Windowed<K>, VA> {
    const { builder, keySerde } = this.#aggregating.core
    const serdes = { key: keySerde, value: valueSerde }
    const store = builder.named(materialized ?? new Materialized(), prefix, serdes)
    const name = builder.nodeName(named, prefix)
    const windows = this.#windows
    const factory = timeWindowing.factory(store, windows, this.#emit)
    const supplier = timeWindowing.supplier(windows, { factory, emit: this.#emit, initializer, aggregator })
    const keys = timeWindowing.keySerde(store.keySerde, windows)
    return this.#aggregating.build<Windowed<K>, VA>(name, store, supplier, keys, windows.gracePeriodMs)
  }
}

/** A reduction as an aggregation that begins with nothing. */
export function reducing<V>(
  reducer: Reducer<V>,
): (key: unknown, value: unknown, aggregate: unknown) => unknown {
  return (_key, value, aggregate) => (aggregate === null ? value : reducer(aggregate as V, value as V))
}
