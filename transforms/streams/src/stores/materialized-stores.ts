import { IllegalArgumentException } from '../core/errors.ts'
import type { Serde } from '../core/serde.ts'
import type { Materialized } from './materialized.ts'
import type { EmitStrategy, SessionWindows, SlidingWindows } from '../windows/event-windows.ts'
import type { Windows } from '../windows/time-windows.ts'
import { endOfTime, longText } from '../windows/window.ts'
import { StoreFactory, refusalOf, serdesOr } from './store-factory.ts'
import { SerdeSessionStore } from './session-store.ts'
import { TimestampedKeyValueStore, TimestampedWindowStore } from './timestamped-stores.ts'
import { plainCodec } from './value-codec.ts'
import { SerdeVersionedStore } from './versioned-store.ts'

/** A {@link Materialized} with its store's name settled. Corresponds to Java's `MaterializedInternal`. */
export interface NamedStore {
  readonly materialized: Materialized<unknown, unknown>
  readonly storeName: string
  /** The name if the store may be read by it, null for a store the engine named itself. */
  readonly queryableName: string | null
  keySerde: Serde<unknown> | null
  valueSerde: Serde<unknown> | null
}

function choice(store: NamedStore): boolean | null {
  const { storeSupplier, storeType } = store.materialized
  if (storeSupplier !== null) return storeSupplier.persistent
  return storeType === null ? null : storeType === 'persistent'
}

function describe(store: NamedStore, kind: string): object {
  const { materialized } = store
  return {
    kind: kind === 'any' ? 'materialized' : kind,
    name: store.storeName,
    supplier: materialized.storeSupplier,
    keySerde: store.keySerde,
    valueSerde: store.valueSerde,
    logging: materialized.loggingEnabled,
    caching: materialized.cachingEnabled,
    logConfig: { ...materialized.logConfig },
    retention: materialized.retentionMs,
  }
}

/** The store of a table. Corresponds to Java's `KeyValueStoreMaterializer`. */
export function tableStoreFactory(store: NamedStore): StoreFactory {
  const { materialized } = store
  const supplier = materialized.storeSupplier
  const history = supplier?.kind === 'versioned' ? supplier : null
  const maxEntries = supplier?.kind === 'key-value' ? supplier.maxEntries : undefined
  return new StoreFactory({
    name: store.storeName,
    loggingEnabled: materialized.loggingEnabled,
    logConfig: materialized.logConfig,
    // As in Java: what has versions is never cached.
    cachingEnabled: materialized.cachingEnabled && history === null,
    changelog:
      history === null
        ? { kind: 'compacted' }
        : { kind: 'versioned', historyRetentionMs: history.historyRetentionMs },
    description: describe(store, 'any'),
    make: (environment, factory) => {
      const topic = environment.changelogTopic(factory.name)
      const [keys, values] = serdesOr(environment, store.keySerde, store.valueSerde)
      const engine = environment.engine(choice(store))
      const context = environment.context(factory.name, factory.loggingEnabled)
      if (history !== null) {
        const spec = {
          name: factory.name,
          timestamped: false,
          historyRetentionMs: history.historyRetentionMs,
        }
        const segment = history.segmentIntervalMs
        const bytes = engine.versioned(
          segment === undefined ? spec : { ...spec, segmentIntervalMs: segment },
          context,
        )
        return new SerdeVersionedStore(bytes, keys, values, topic)
      }
      const spec = { name: factory.name, timestamped: true }
      const bytes = engine.keyValue(maxEntries === undefined ? spec : { ...spec, maxEntries }, context)
      return new TimestampedKeyValueStore(bytes, keys, values, topic)
    },
  })
}

/**
 * Windows that are closed wait for the moment when finals are emitted, and until then they must stay visible: Java's segments
 * keep them about so long. A clock that goes on faster has finals emitted at once (`EmitThrottle`).
 */
function finalsLeewayMs(emit: EmitStrategy): number {
  return emit === 'on-window-close' ? 60_000 : 0
}

interface WindowShape {
  readonly sizeMs: number
  /** What must be kept at least, and is by default. */
  readonly neededMs: number
  /** More that is kept beyond a default retention. */
  readonly extraMs: number
  readonly tooShort: (retentionMs: number) => string
}

function windowStoreFactory(store: NamedStore, shape: WindowShape, emit: EmitStrategy): StoreFactory {
  const { materialized } = store
  const retentionMs = materialized.retentionMs ?? shape.neededMs
  if (shape.neededMs > retentionMs) throw new IllegalArgumentException(shape.tooShort(retentionMs))
  const supplier = materialized.storeSupplier?.kind === 'window' ? materialized.storeSupplier : null
  const extraMs = (materialized.retentionMs === null ? shape.extraMs : 0) + finalsLeewayMs(emit)
  const keptMs = supplier?.retentionMs ?? Math.min(retentionMs + extraMs, endOfTime)
  return new StoreFactory({
    name: store.storeName,
    loggingEnabled: materialized.loggingEnabled,
    logConfig: materialized.logConfig,
    // As in Java: finals are read from the rows themselves.
    cachingEnabled: materialized.cachingEnabled && emit !== 'on-window-close',
    changelog: { kind: 'windowed', retentionMs: supplier?.retentionMs ?? retentionMs },
    description: describe(store, 'any'),
    make: (environment, factory) => {
      const topic = environment.changelogTopic(factory.name)
      const [keys, values] = serdesOr(environment, store.keySerde, store.valueSerde)
      const bytes = environment.engine(choice(store)).window(
        {
          name: factory.name,
          timestamped: true,
          retentionMs: keptMs,
          windowSizeMs: shape.sizeMs,
          retainDuplicates: supplier?.retainDuplicates ?? false,
          timeOrdered: emit === 'on-window-close',
          refuseExpired: refusalOf(environment, choice(store)),
        },
        environment.context(factory.name, factory.loggingEnabled),
      )
      return new TimestampedWindowStore(bytes, keys, values, topic, shape.sizeMs)
    },
  })
}

/** The store of tumbling, hopping and unlimited windows. Corresponds to Java's `WindowStoreMaterializer`. */
export function timeWindowStoreFactory(
  store: NamedStore,
  windows: Windows,
  emit: EmitStrategy,
): StoreFactory {
  return windowStoreFactory(
    store,
    {
      sizeMs: windows.sizeMs,
      neededMs: Math.min(windows.sizeMs + windows.gracePeriodMs, endOfTime),
      extraMs: 0,
      tooShort: (retentionMs) =>
        `The retention period of the window store ${store.storeName} must be no smaller than its window size plus the ` +
        `grace period. Got size=[${longText(windows.sizeMs)}], grace=[${windows.gracePeriodMs}], retention=[${retentionMs}]`,
    },
    emit,
  )
}

/** The store of sliding windows. Corresponds to Java's `SlidingWindowStoreMaterializer`. */
export function slidingWindowStoreFactory(
  store: NamedStore,
  windows: SlidingWindows,
  emit: EmitStrategy,
): StoreFactory {
  const { timeDifferenceMs, gracePeriodMs } = windows
  return windowStoreFactory(
    store,
    {
      sizeMs: timeDifferenceMs,
      neededMs: Math.min(timeDifferenceMs * 2 + gracePeriodMs, endOfTime),
      extraMs: timeDifferenceMs + 2,
      tooShort: (retentionMs) =>
        `The retention period of the window store ${store.storeName} must be no smaller than 2 * time difference plus ` +
        `the grace period. Got time difference=[${timeDifferenceMs}], grace=[${gracePeriodMs}], retention=[${retentionMs}]`,
    },
    emit,
  )
}

/** The store of session windows. Corresponds to Java's `SessionStoreMaterializer`. */
export function sessionStoreFactory(
  store: NamedStore,
  windows: SessionWindows,
  emit: EmitStrategy,
): StoreFactory {
  const { materialized } = store
  const { inactivityGapMs, gracePeriodMs } = windows
  const neededMs = Math.min(inactivityGapMs + gracePeriodMs, endOfTime)
  const retentionMs = materialized.retentionMs ?? neededMs
  if (neededMs > retentionMs) {
    throw new IllegalArgumentException(
      `The retention period of the session store ${store.storeName} must be no smaller than the session inactivity gap ` +
        `plus the grace period. Got gap=[${inactivityGapMs}], grace=[${gracePeriodMs}], retention=[${retentionMs}]`,
    )
  }
  const supplier = materialized.storeSupplier?.kind === 'session' ? materialized.storeSupplier : null
  // Java's default hides a session one millisecond before the operator would call its records late (its session is then
  // split in two); one more gap lets every record that is still accepted find the sessions it may join.
  const extraMs = (materialized.retentionMs === null ? inactivityGapMs + 1 : 0) + finalsLeewayMs(emit)
  const keptMs = supplier?.retentionMs ?? Math.min(retentionMs + extraMs, endOfTime)
  return new StoreFactory({
    name: store.storeName,
    loggingEnabled: materialized.loggingEnabled,
    logConfig: materialized.logConfig,
    // As in Java: finals are read from the rows themselves.
    cachingEnabled: materialized.cachingEnabled && emit !== 'on-window-close',
    changelog: { kind: 'windowed', retentionMs: supplier?.retentionMs ?? retentionMs },
    description: describe(store, 'any'),
    make: (environment, factory) => {
      const topic = environment.changelogTopic(factory.name)
      const [keys, values] = serdesOr(environment, store.keySerde, store.valueSerde)
      const bytes = environment.engine(choice(store)).session(
        {
          name: factory.name,
          timestamped: false,
          retentionMs: keptMs,
          timeOrdered: emit === 'on-window-close',
          refuseExpired: refusalOf(environment, choice(store)),
        },
        environment.context(factory.name, factory.loggingEnabled),
      )
      return new SerdeSessionStore(bytes, keys, plainCodec(values, topic), topic)
    },
  })
}
