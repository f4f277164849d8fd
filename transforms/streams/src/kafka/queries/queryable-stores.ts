import type { ValueAndTimestamp } from '../../core/record.ts'
import { InvalidStateStoreException } from '../../core/errors.ts'
import { nextOrPause, paused, type StoreIterator } from '../../state/store.ts'
import {
  type ReadOnlyKeyValueStore,
  SerdeKeyValueStore,
  type StateStore,
} from '../../stores/key-value-store.ts'
import { SerdeSessionStore, type SessionStore } from '../../stores/session-store.ts'
import { storeWrites } from '../../stores/read-only-store.ts'
import { plainKeyValueStore, plainWindowStore } from '../../stores/store-facades.ts'
import { TimestampedKeyValueStore, TimestampedWindowStore } from '../../stores/timestamped-stores.ts'
import { SerdeVersionedStore, type VersionedKeyValueStore } from '../../stores/versioned-store.ts'
import { SerdeWindowStore, type WindowStore } from '../../stores/window-store.ts'
import { QueryIterator } from './query-iterator.ts'
import { readStore } from './read-store.ts'

/** A window store as queries see it. Corresponds to Java's `ReadOnlyWindowStore`. */
export type ReadOnlyWindowStore<K, V> = Pick<
  WindowStore<K, V>,
  'fetch' | 'backwardFetch' | 'fetchAll' | 'backwardFetchAll' | 'all' | 'backwardAll'
>

/** A session store as queries see it. Corresponds to Java's `ReadOnlySessionStore`. */
export type ReadOnlySessionStore<K, V> = Pick<
  SessionStore<K, V>,
  'fetchSession' | 'findSessions' | 'backwardFindSessions' | 'fetch' | 'backwardFetch' | 'all'
>

/** A versioned store as queries see it. */
export type ReadOnlyVersionedKeyValueStore<K, V> = Pick<VersionedKeyValueStore<K, V>, 'get'>

/** What a store can be asked as. Corresponds to Java's `QueryableStoreType`. */
export interface QueryableStoreType<S> {
  readonly name: string
  /** The store in that form, undefined when it is of another kind. */
  accept(store: StateStore): S | undefined
}

/** A key-value store as queries see it. */
export type QueryableKeyValueStore<K, V> = Pick<
  ReadOnlyKeyValueStore<K, V>,
  'get' | 'range' | 'reverseRange' | 'prefixScan' | 'all' | 'reverseAll' | 'approximateNumEntries'
>

/** The kinds that stores can be asked as. Corresponds to Java's `QueryableStoreTypes`. */
export const QueryableStoreTypes = {
  /** Values alone, also of a table's store. */
  keyValueStore: <K, V>(): QueryableStoreType<QueryableKeyValueStore<K, V>> => ({
    name: 'keyValueStore',
    accept: (store) => {
      if (store instanceof TimestampedKeyValueStore) return plainKeyValueStore<K, V>(store)
      return store instanceof SerdeKeyValueStore ? (store as QueryableKeyValueStore<K, V>) : undefined
    },
  }),
  /** Values with the timestamps of their rows. */
  timestampedKeyValueStore: <K, V>(): QueryableStoreType<
    QueryableKeyValueStore<K, ValueAndTimestamp<V>>
  > => ({
    name: 'timestampedKeyValueStore',
    accept: (store) => (store instanceof TimestampedKeyValueStore ? store : undefined),
  }),
  windowStore: <K, V>(): QueryableStoreType<ReadOnlyWindowStore<K, V>> => ({
    name: 'windowStore',
    accept: (store) => {
      if (store instanceof TimestampedWindowStore) return plainWindowStore<K, V>(store)
      return store instanceof SerdeWindowStore ? (store as ReadOnlyWindowStore<K, V>) : undefined
    },
  }),
  timestampedWindowStore: <K, V>(): QueryableStoreType<ReadOnlyWindowStore<K, ValueAndTimestamp<V>>> => ({
    name: 'timestampedWindowStore',
    accept: (store) => (store instanceof TimestampedWindowStore ? store : undefined),
  }),
  sessionStore: <K, V>(): QueryableStoreType<ReadOnlySessionStore<K, V>> => ({
    name: 'sessionStore',
    accept: (store) =>
      store instanceof SerdeSessionStore ? (store as ReadOnlySessionStore<K, V>) : undefined,
  }),
  /** Ours: Java reads versioned stores by `query` alone. */
  versionedKeyValueStore: <K, V>(): QueryableStoreType<ReadOnlyVersionedKeyValueStore<K, V>> => ({
    name: 'versionedKeyValueStore',
    accept: (store) =>
      store instanceof SerdeVersionedStore
        ? (store as SerdeVersionedStore<unknown, unknown> as ReadOnlyVersionedKeyValueStore<K, V>)
        : undefined,
  }),
} as const

type Read = (...args: readonly unknown[]) => unknown

/**
 * The stores of one name in several tasks as one, to be read. A key lies in one of them; iterations go through one after the other.
 * Corresponds to Java's `CompositeReadOnlyKeyValueStore` and its likes.
 */
export function compositeStore<S extends object>(name: string, stores: () => readonly S[]): S {
  const reads = new Map<string | symbol, Read>()
  const read =
    (method: string | symbol): Read =>
    (...args) => {
      let sum: number | undefined
      let found: unknown = null
      const [...left] = stores()
      for (let store = left.shift(); store !== undefined; store = left.shift()) {
        const of = store
        const result = readStore(name, () => call(of, method, args))
        if (isIterator(result)) {
          const next = (each: object): StoreIterator<unknown> =>
            call(each, method, args) as StoreIterator<unknown>
          return new QueryIterator(new ConcatenatedIterator(name, result, left, next))
        }
        if (method === 'approximateNumEntries') sum = (sum ?? 0) + (result as number)
        else if (result !== null && result !== undefined) {
          found = result
          break
        }
      }
      return sum ?? found
    }
  return new Proxy<S>({} as S, {
    get: (_target, method) => {
      if (storeWrites.has(method)) throw new InvalidStateStoreException(`Store ${name} is only read here`)
      if (method === 'then' || typeof method === 'symbol') return undefined
      let known = reads.get(method)
      if (known === undefined) {
        known = read(method)
        reads.set(method, known)
      }
      return known
    },
  })
}

function call(store: object, method: string | symbol, args: readonly unknown[]): unknown {
  const found: unknown = Reflect.get(store, method)
  if (typeof found !== 'function') throw new InvalidStateStoreException(`A store has no ${String(method)}()`)
  return Reflect.apply(found as Read, store, [...args])
}

function isIterator(value: unknown): value is StoreIterator<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && Symbol.dispose in value
}

/** Rows of one store after those of another. */
class ConcatenatedIterator implements StoreIterator<unknown> {
  readonly #storeName: string
  readonly #next: (store: object) => StoreIterator<unknown>
  #current: StoreIterator<unknown>
  #left: readonly object[]

  constructor(
    storeName: string,
    first: StoreIterator<unknown>,
    left: readonly object[],
    next: (store: object) => StoreIterator<unknown>,
  ) {
    this.#storeName = storeName
    this.#current = first
    this.#left = left
    this.#next = next
  }

  next(): IteratorResult<unknown, undefined> {
    const step = this.#step((rows) => rows.next())
    return step === paused ? this.next() : step
  }

  nextOrPause(): IteratorResult<unknown, undefined> | typeof paused {
    return this.#step(nextOrPause)
  }

  #step(
    nextOf: (rows: StoreIterator<unknown>) => IteratorResult<unknown, undefined> | typeof paused,
  ): IteratorResult<unknown, undefined> | typeof paused {
    return readStore(this.#storeName, () => {
      for (;;) {
        const step = nextOf(this.#current)
        if (step === paused) return paused
        const [store, ...left] = this.#left
        if (step.done !== true || store === undefined) return step
        this.#current.close()
        this.#current = this.#next(store)
        this.#left = left
      }
    })
  }

  return(): IteratorResult<unknown, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.iterator](): StoreIterator<unknown> {
    return this
  }

  close(): void {
    this.#left = []
    this.#current.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
