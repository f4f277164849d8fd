import { InvalidStateStoreException } from '../core/errors.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { versionedLatest } from '../state/store.ts'
import type { StateStore } from './key-value-store.ts'
import { TimestampedKeyValueStore } from './timestamped-stores.ts'
import { SerdeVersionedStore } from './versioned-store.ts'

/** A table's rows, whether only the newest is kept or all versions. Corresponds to Java's `KeyValueStoreWrapper`. */
export interface TableStore<K, V> {
  readonly isVersioned: boolean
  get(key: K): ValueAndTimestamp<V> | null
  getAsOf(key: K, timestamp: number): ValueAndTimestamp<V> | null
  /** Returns until when the row is valid: `versionedLatest`, or `versionedNotPut` when it was too old to be kept. */
  put(key: K, value: V | null, timestamp: number): number
  /** The store of plain rows, for what writes behind; null: there is none. */
  readonly rows: TimestampedKeyValueStore<K, V> | null
}

class PlainTable<K, V> implements TableStore<K, V> {
  readonly isVersioned = false
  readonly rows: TimestampedKeyValueStore<K, V>

  constructor(store: TimestampedKeyValueStore<K, V>) {
    this.rows = store
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.rows.get(key)
  }

  getAsOf(): ValueAndTimestamp<V> | null {
    throw new InvalidStateStoreException('get(key, timestamp) is only supported for versioned stores')
  }

  put(key: K, value: V | null, timestamp: number): number {
    this.rows.put(key, value === null || value === undefined ? null : { value, timestamp })
    return versionedLatest
  }
}

class VersionedTable<K, V> implements TableStore<K, V> {
  readonly isVersioned = true
  readonly rows = null
  readonly #store: SerdeVersionedStore<K, V>

  constructor(store: SerdeVersionedStore<K, V>) {
    this.#store = store
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.#store.get(key)
  }

  getAsOf(key: K, timestamp: number): ValueAndTimestamp<V> | null {
    return this.#store.get(key, timestamp)
  }

  put(key: K, value: V | null, timestamp: number): number {
    return this.#store.put(key, value === undefined ? null : value, timestamp)
  }
}

/** @throws InvalidStateStoreException when the store is no store of a table */
export function tableStoreOf<K, V>(store: unknown): TableStore<K, V> {
  if (store instanceof TimestampedKeyValueStore) return new PlainTable<K, V>(store)
  if (store instanceof SerdeVersionedStore) return new VersionedTable<K, V>(store)
  throw new InvalidStateStoreException(
    'KTable source state store must implement either TimestampedKeyValueStoreWithHeaders, or VersionedKeyValueStore. ' +
      `Got: ${(store as StateStore | null)?.name ?? 'null'}`,
  )
}
