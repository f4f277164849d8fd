import { countOf } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import type { Serde } from '../core/serde.ts'
import { SerdeKeyValueStore } from './key-value-store.ts'
import type { KeyValueStore, StateStore } from './key-value-store.ts'
import { SerdeSessionStore } from './session-store.ts'
import type { SessionStore } from './session-store.ts'
import { StoreFactory, serdesOr } from './store-factory.ts'
import type { StoreEnvironment } from './store-factory.ts'
import { sessionSupplier, versionedSupplier, windowSupplier } from './store-suppliers.ts'
import type {
  KeyValueStoreSupplier,
  SessionStoreSupplier,
  VersionedStoreSupplier,
  WindowStoreSupplier,
} from './store-suppliers.ts'
import { TimestampedKeyValueStore, TimestampedWindowStore } from './timestamped-stores.ts'
import { plainCodec } from './value-codec.ts'
import { SerdeVersionedStore } from './versioned-store.ts'
import type { VersionedKeyValueStore } from './versioned-store.ts'
import { SerdeWindowStore } from './window-store.ts'
import type { WindowStore } from './window-store.ts'

/** A store to be added to a topology. Corresponds to Java's `StoreBuilder`. */
export class StoreBuilder<S extends StateStore = StateStore> {
  readonly name: string
  readonly #changelog: StoreFactory['changelog']
  readonly #make: (environment: StoreEnvironment, factory: StoreFactory) => S
  #loggingEnabled = true
  #cachingEnabled = false
  #logConfig: Readonly<Record<string, string>> = {}
  #factory: StoreFactory | null = null
  /** Two builders are two stores, whatever they are made from. */
  readonly #identity = Symbol('store builder')

  constructor(
    name: string,
    changelog: StoreFactory['changelog'],
    make: (environment: StoreEnvironment, factory: StoreFactory) => S,
  ) {
    this.name = name
    this.#changelog = changelog
    this.#make = make
  }

  /** Topic configs of the changelog. */
  withLoggingEnabled(config: Readonly<Record<string, string>> = {}): this {
    this.#loggingEnabled = true
    this.#logConfig = config
    this.#factory = null
    return this
  }

  withLoggingDisabled(): this {
    this.#loggingEnabled = false
    this.#logConfig = {}
    this.#factory = null
    return this
  }

  /** Changes reach the changelog once per key and commit (`statestore.cache.max.bytes`). */
  withCachingEnabled(): this {
    this.#cachingEnabled = true
    this.#factory = null
    return this
  }

  withCachingDisabled(): this {
    this.#cachingEnabled = false
    this.#factory = null
    return this
  }

  /** @internal */
  factory(): StoreFactory {
    this.#factory ??= new StoreFactory({
      name: this.name,
      loggingEnabled: this.#loggingEnabled,
      logConfig: this.#logConfig,
      cachingEnabled: this.#cachingEnabled,
      changelog: this.#changelog,
      description: { builder: this.#identity },
      make: this.#make,
    })
    return this.#factory
  }
}

const keyValueSupplier = (name: string, persistent: boolean, timestamped = false): KeyValueStoreSupplier => ({
  kind: 'key-value',
  name,
  persistent,
  timestamped,
})

function keyValueSpec(supplier: KeyValueStoreSupplier, timestamped: boolean) {
  const spec = { name: supplier.name, timestamped }
  return supplier.maxEntries === undefined ? spec : { ...spec, maxEntries: supplier.maxEntries }
}

const windowSpec = (supplier: WindowStoreSupplier, timestamped: boolean) => ({
  name: supplier.name,
  timestamped,
  retentionMs: supplier.retentionMs,
  windowSizeMs: supplier.windowSizeMs,
  retainDuplicates: supplier.retainDuplicates,
  timeOrdered: false,
  // Rows that cannot be read any more are refused one by one, so that each of them is counted.
  refuseExpired: 'row' as const,
})

/** Makes suppliers and builders of stores. Corresponds to Java's `Stores`. */
export const Stores = {
  inMemoryKeyValueStore: (name: string): KeyValueStoreSupplier => keyValueSupplier(name, false),
  persistentKeyValueStore: (name: string): KeyValueStoreSupplier => keyValueSupplier(name, true),
  persistentTimestampedKeyValueStore: (name: string): KeyValueStoreSupplier =>
    keyValueSupplier(name, true, true),
  /** In memory, at most that many rows: the least recently used one goes. */
  lruMap: (name: string, maxEntries: number): KeyValueStoreSupplier => {
    if (Number.isSafeInteger(maxEntries) && maxEntries < 0)
      throw new IllegalArgumentException('maxCacheSize cannot be negative')
    return { ...keyValueSupplier(name, false), maxEntries: countOf(maxEntries, 'maxCacheSize', 1) }
  },
  persistentVersionedKeyValueStore: (
    name: string,
    historyRetentionMs: number,
    segmentIntervalMs?: number,
  ): VersionedStoreSupplier => versionedSupplier(name, historyRetentionMs, segmentIntervalMs),
  inMemoryWindowStore: (name: string, retentionMs: number, windowSizeMs: number, retainDuplicates: boolean) =>
    windowSupplier(name, retentionMs, windowSizeMs, retainDuplicates, {
      persistent: false,
      timestamped: false,
    }),
  persistentWindowStore: (
    name: string,
    retentionMs: number,
    windowSizeMs: number,
    retainDuplicates: boolean,
  ) =>
    windowSupplier(name, retentionMs, windowSizeMs, retainDuplicates, {
      persistent: true,
      timestamped: false,
    }),
  persistentTimestampedWindowStore: (
    name: string,
    retentionMs: number,
    windowSizeMs: number,
    retainDuplicates: boolean,
  ) =>
    windowSupplier(name, retentionMs, windowSizeMs, retainDuplicates, {
      persistent: true,
      timestamped: true,
    }),
  inMemorySessionStore: (name: string, retentionMs: number): SessionStoreSupplier =>
    sessionSupplier(name, retentionMs, false),
  persistentSessionStore: (name: string, retentionMs: number): SessionStoreSupplier =>
    sessionSupplier(name, retentionMs, true),

  keyValueStoreBuilder: <K, V>(
    supplier: KeyValueStoreSupplier,
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
  ): StoreBuilder<KeyValueStore<K, V>> =>
    new StoreBuilder(supplier.name, { kind: 'compacted' }, (environment, factory) => {
      const [keys, values] = serdesOr(environment, keySerde, valueSerde)
      const topic = environment.changelogTopic(factory.name)
      const context = environment.context(factory.name, factory.loggingEnabled)
      const bytes = environment.engine(supplier.persistent).keyValue(keyValueSpec(supplier, false), context)
      return new SerdeKeyValueStore<K, V>(bytes, keys, plainCodec(values, topic), topic)
    }),

  timestampedKeyValueStoreBuilder: <K, V>(
    supplier: KeyValueStoreSupplier,
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
  ): StoreBuilder<KeyValueStore<K, ValueAndTimestamp<V>>> =>
    new StoreBuilder(supplier.name, { kind: 'compacted' }, (environment, factory) => {
      const [keys, values] = serdesOr(environment, keySerde, valueSerde)
      const context = environment.context(factory.name, factory.loggingEnabled)
      const bytes = environment.engine(supplier.persistent).keyValue(keyValueSpec(supplier, true), context)
      return new TimestampedKeyValueStore<K, V>(bytes, keys, values, environment.changelogTopic(factory.name))
    }),

  versionedKeyValueStoreBuilder: <K, V>(
    supplier: VersionedStoreSupplier,
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
  ): StoreBuilder<VersionedKeyValueStore<K, V>> =>
    new StoreBuilder(
      supplier.name,
      { kind: 'versioned', historyRetentionMs: supplier.historyRetentionMs },
      (environment, factory) => {
        const [keys, values] = serdesOr(environment, keySerde, valueSerde)
        const { name, historyRetentionMs, segmentIntervalMs } = supplier
        const spec = { name, timestamped: false, historyRetentionMs }
        const bytes = environment
          .engine(supplier.persistent)
          .versioned(
            segmentIntervalMs === undefined ? spec : { ...spec, segmentIntervalMs },
            environment.context(factory.name, factory.loggingEnabled),
          )
        return new SerdeVersionedStore<K, V>(bytes, keys, values, environment.changelogTopic(factory.name))
      },
    ),

  windowStoreBuilder: <K, V>(
    supplier: WindowStoreSupplier,
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
  ): StoreBuilder<WindowStore<K, V>> =>
    new StoreBuilder(
      supplier.name,
      { kind: 'windowed', retentionMs: supplier.retentionMs },
      (environment, factory) => {
        const [keys, values] = serdesOr(environment, keySerde, valueSerde)
        const topic = environment.changelogTopic(factory.name)
        const context = environment.context(factory.name, factory.loggingEnabled)
        const bytes = environment.engine(supplier.persistent).window(windowSpec(supplier, false), context)
        return new SerdeWindowStore<K, V>(
          bytes,
          keys,
          plainCodec(values, topic),
          topic,
          supplier.windowSizeMs,
        )
      },
    ),

  timestampedWindowStoreBuilder: <K, V>(
    supplier: WindowStoreSupplier,
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
  ): StoreBuilder<WindowStore<K, ValueAndTimestamp<V>>> =>
    new StoreBuilder(
      supplier.name,
      { kind: 'windowed', retentionMs: supplier.retentionMs },
      (environment, factory) => {
        const [keys, values] = serdesOr(environment, keySerde, valueSerde)
        const topic = environment.changelogTopic(factory.name)
        const context = environment.context(factory.name, factory.loggingEnabled)
        const bytes = environment.engine(supplier.persistent).window(windowSpec(supplier, true), context)
        return new TimestampedWindowStore<K, V>(bytes, keys, values, topic, supplier.windowSizeMs)
      },
    ),

  sessionStoreBuilder: <K, V>(
    supplier: SessionStoreSupplier,
    keySerde: Serde<K> | null,
    valueSerde: Serde<V> | null,
  ): StoreBuilder<SessionStore<K, V>> =>
    new StoreBuilder(
      supplier.name,
      { kind: 'windowed', retentionMs: supplier.retentionMs },
      (environment, factory) => {
        const [keys, values] = serdesOr(environment, keySerde, valueSerde)
        const topic = environment.changelogTopic(factory.name)
        const bytes = environment.engine(supplier.persistent).session(
          {
            name: supplier.name,
            timestamped: false,
            retentionMs: supplier.retentionMs,
            timeOrdered: false,
            refuseExpired: 'row',
          },
          environment.context(factory.name, factory.loggingEnabled),
        )
        return new SerdeSessionStore<K, V>(bytes, keys, plainCodec(values, topic), topic)
      },
    ),
} as const
