import { durationOf, shown } from '../core/arguments.ts'
import { IllegalArgumentException } from '../core/errors.ts'
import { validateName } from '../core/names.ts'
import { SerdeOptions } from '../core/options.ts'
import type { Serde } from '../core/serde.ts'
import type { StoreSupplier } from './store-suppliers.ts'

/** How a table or aggregation is stored. Corresponds to Java's `Materialized`. */
export class Materialized<K, V> extends SerdeOptions<K, V> {
  storeName: string | null = null
  storeSupplier: StoreSupplier | null = null
  storeType: 'in-memory' | 'persistent' | null = null
  retentionMs: number | null = null
  loggingEnabled = true
  cachingEnabled = true
  logConfig: Readonly<Record<string, string>> = {}

  /** Names the store, or gives a supplier of {@link Stores}; a named store can be read by that name. */
  static as<K, V>(store: string | StoreSupplier): Materialized<K, V> {
    const materialized = new Materialized<K, V>()
    if (typeof store === 'string') {
      validateName(store)
      materialized.storeName = store
    } else {
      materialized.storeSupplier = store
      materialized.storeName = store.name
    }
    return materialized
  }

  static with<K, V>(keySerde: Serde<K> | null, valueSerde: Serde<V> | null): Materialized<K, V> {
    const materialized = new Materialized<K, V>()
    materialized.keySerde = keySerde
    materialized.valueSerde = valueSerde
    return materialized
  }

  /** Keep windows that long; at least size + grace. */
  withRetention(retentionMs: number): this {
    durationOf(retentionMs, 'retention')
    if (retentionMs < 0) throw new IllegalArgumentException('Retention must not be negative.')
    this.retentionMs = retentionMs
    return this
  }

  withStoreType(type: 'in-memory' | 'persistent'): this {
    if (type !== 'in-memory' && type !== 'persistent')
      throw new IllegalArgumentException(`store type must be in-memory or persistent, got ${shown(type)}`)
    this.storeType = type
    return this
  }

  /** Topic configs of the changelog. */
  withLoggingEnabled(config: Readonly<Record<string, string>> = {}): this {
    this.loggingEnabled = true
    this.logConfig = config
    return this
  }

  withLoggingDisabled(): this {
    this.loggingEnabled = false
    this.logConfig = {}
    return this
  }

  withCachingEnabled(): this {
    this.cachingEnabled = true
    return this
  }

  withCachingDisabled(): this {
    this.cachingEnabled = false
    return this
  }
}
