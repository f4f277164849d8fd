import { requireKey } from '../../stores/key-value-store.ts'
import { IllegalStateException, NullPointerException } from '../../core/errors.ts'
import type { KeyValue, ValueAndTimestamp } from '../../core/record.ts'
import type { VersionedRecord } from '../../stores/versioned-store.ts'
import type { Windowed } from '../../windows/window.ts'
import { PositionBound } from './position.ts'
import type { QueryIterator } from './query-iterator.ts'

/** In which order rows come (Java: `ResultOrder`). */
export type ResultOrder = 'ANY' | 'ASCENDING' | 'DESCENDING'

/** What a store can be asked. `R` is what it gives. Corresponds to Java's `Query`. */
export abstract class Query<R> {
  /** Only in the type: what the answer is. */
  declare protected readonly answer: R
}

/** The value of a key, of any key-value store. Corresponds to Java's `KeyQuery`. */
export class KeyQuery<K, V> extends Query<V | null> {
  readonly key: K
  /** Whether rows that wait in the record cache are left out. */
  readonly isSkipCache: boolean

  private constructor(key: K, isSkipCache: boolean) {
    super()
    this.key = requireKey(key)
    this.isSkipCache = isSkipCache
  }

  static withKey<K, V>(key: K): KeyQuery<K, V> {
    return new KeyQuery<K, V>(key, false)
  }

  skipCache(): KeyQuery<K, V> {
    return new KeyQuery<K, V>(this.key, true)
  }
}

/** The value of a key and its timestamp, of a table's store. Corresponds to Java's `TimestampedKeyQuery`. */
export class TimestampedKeyQuery<K, V> extends Query<ValueAndTimestamp<V> | null> {
  readonly key: K
  readonly isSkipCache: boolean

  private constructor(key: K, isSkipCache: boolean) {
    super()
    this.key = requireKey(key)
    this.isSkipCache = isSkipCache
  }

  static withKey<K, V>(key: K): TimestampedKeyQuery<K, V> {
    return new TimestampedKeyQuery<K, V>(key, false)
  }

  skipCache(): TimestampedKeyQuery<K, V> {
    return new TimestampedKeyQuery<K, V>(this.key, true)
  }
}

/** Bounds of keys, inclusive; null leaves an end open. */
interface KeyBounds<K> {
  readonly lower: K | null
  readonly upper: K | null
  readonly order: ResultOrder
}

/** Rows by their keys, of any key-value store. Corresponds to Java's `RangeQuery`. */
export class RangeQuery<K, V> extends Query<QueryIterator<KeyValue<K, V>>> {
  readonly bounds: KeyBounds<K>

  private constructor(bounds: KeyBounds<K>) {
    super()
    this.bounds = bounds
  }

  static withRange<K, V>(lower: K | null, upper: K | null): RangeQuery<K, V> {
    return new RangeQuery<K, V>({ lower, upper, order: 'ANY' })
  }

  static withLowerBound<K, V>(lower: K): RangeQuery<K, V> {
    return RangeQuery.withRange<K, V>(requireKey(lower), null)
  }

  static withUpperBound<K, V>(upper: K): RangeQuery<K, V> {
    return RangeQuery.withRange<K, V>(null, requireKey(upper))
  }

  static withNoBounds<K, V>(): RangeQuery<K, V> {
    return RangeQuery.withRange<K, V>(null, null)
  }

  withAscendingKeys(): RangeQuery<K, V> {
    return new RangeQuery<K, V>({ ...this.bounds, order: 'ASCENDING' })
  }

  withDescendingKeys(): RangeQuery<K, V> {
    return new RangeQuery<K, V>({ ...this.bounds, order: 'DESCENDING' })
  }
}

/** Rows by their keys with their timestamps, of a table's store. Corresponds to Java's `TimestampedRangeQuery`. */
export class TimestampedRangeQuery<K, V> extends Query<QueryIterator<KeyValue<K, ValueAndTimestamp<V>>>> {
  readonly bounds: KeyBounds<K>

  private constructor(bounds: KeyBounds<K>) {
    super()
    this.bounds = bounds
  }

  static withRange<K, V>(lower: K | null, upper: K | null): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>({ lower, upper, order: 'ANY' })
  }

  static withLowerBound<K, V>(lower: K): TimestampedRangeQuery<K, V> {
    return TimestampedRangeQuery.withRange<K, V>(requireKey(lower), null)
  }

  static withUpperBound<K, V>(upper: K): TimestampedRangeQuery<K, V> {
    return TimestampedRangeQuery.withRange<K, V>(null, requireKey(upper))
  }

  static withNoBounds<K, V>(): TimestampedRangeQuery<K, V> {
    return TimestampedRangeQuery.withRange<K, V>(null, null)
  }

  withAscendingKeys(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>({ ...this.bounds, order: 'ASCENDING' })
  }

  withDescendingKeys(): TimestampedRangeQuery<K, V> {
    return new TimestampedRangeQuery<K, V>({ ...this.bounds, order: 'DESCENDING' })
  }
}

/**
 * The windows of a key by their start, of a window store. Of a windowed table the values come with their timestamps, as in Java.
 * Corresponds to Java's `WindowKeyQuery`.
 */
export class WindowKeyQuery<K, V> extends Query<QueryIterator<KeyValue<number, V>>> {
  readonly key: K
  readonly timeFrom: number
  readonly timeTo: number

  private constructor(key: K, timeFrom: number, timeTo: number) {
    super()
    this.key = requireKey(key)
    this.timeFrom = timeFrom
    this.timeTo = timeTo
  }

  /** Bounds are ms since the epoch, inclusive. */
  static withKeyAndWindowStartRange<K, V>(key: K, timeFrom: number, timeTo: number): WindowKeyQuery<K, V> {
    return new WindowKeyQuery<K, V>(key, timeFrom, timeTo)
  }
}

/** Windows of all keys by their start, or the sessions of a key. Corresponds to Java's `WindowRangeQuery`. */
export class WindowRangeQuery<K, V> extends Query<QueryIterator<KeyValue<Windowed<K>, V>>> {
  /** Null: all keys. */
  readonly key: K | null
  readonly times: { readonly from: number; readonly to: number } | null

  private constructor(key: K | null, times: { readonly from: number; readonly to: number } | null) {
    super()
    this.key = key
    this.times = times
  }

  /** All sessions of a key: of a session store. */
  static withKey<K, V>(key: K): WindowRangeQuery<K, V> {
    return new WindowRangeQuery<K, V>(requireKey(key), null)
  }

  /** Windows that start between the bounds (ms since the epoch, inclusive): of a window store. */
  static withWindowStartRange<K, V>(timeFrom: number, timeTo: number): WindowRangeQuery<K, V> {
    return new WindowRangeQuery<K, V>(null, { from: timeFrom, to: timeTo })
  }
}

/** The version of a key that is or was valid, of a versioned store. Corresponds to Java's `VersionedKeyQuery`. */
export class VersionedKeyQuery<K, V> extends Query<VersionedRecord<V> | null> {
  readonly key: K
  /** Null: the newest. */
  readonly asOfTimestamp: number | null

  private constructor(key: K, asOfTimestamp: number | null) {
    super()
    this.key = requireKey(key)
    this.asOfTimestamp = asOfTimestamp
  }

  static withKey<K, V>(key: K): VersionedKeyQuery<K, V> {
    return new VersionedKeyQuery<K, V>(key, null)
  }

  /** The version at that time, ms since the epoch. */
  asOf(asOfTimestamp: number): VersionedKeyQuery<K, V> {
    return new VersionedKeyQuery<K, V>(this.key, asOfTimestamp)
  }
}

/**
 * All versions of a key that are or were valid at some time between two, newest first where not said otherwise. Corresponds to
 * Java's `MultiVersionedKeyQuery` (KIP-968).
 */
export class MultiVersionedKeyQuery<K, V> extends Query<QueryIterator<VersionedRecord<V>>> {
  readonly key: K
  readonly times: { readonly from: number | null; readonly to: number | null }
  readonly order: ResultOrder

  private constructor(key: K, times: MultiVersionedKeyQuery<K, V>['times'], order: ResultOrder) {
    super()
    this.key = requireKey(key)
    this.times = times
    this.order = order
  }

  static withKey<K, V>(key: K): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(key, { from: null, to: null }, 'ANY')
  }

  /** Inclusive, ms since the epoch; null: from the beginning. */
  fromTime(from: number | null): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, { ...this.times, from }, this.order)
  }

  /** Inclusive, ms since the epoch; null: to the newest. */
  toTime(to: number | null): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, { ...this.times, to }, this.order)
  }

  withAscendingTimestamps(): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, this.times, 'ASCENDING')
  }

  withDescendingTimestamps(): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, this.times, 'DESCENDING')
  }
}

interface RequestParts<R> {
  readonly storeName: string
  readonly query: Query<R>
  readonly partitions: ReadonlySet<number> | null
  readonly positionBound: PositionBound
  readonly isRequireActive: boolean
  readonly executionInfoEnabled: boolean
}

/**
 * A query and whom to ask: without more, all tasks of the client, active or standby. Corresponds to Java's `StateQueryRequest`.
 *
 * @example
 * StateQueryRequest.inStore('counts').withQuery(KeyQuery.withKey('sea')).requireActive()
 */
export class StateQueryRequest<R> {
  readonly #parts: RequestParts<R>

  private constructor(parts: RequestParts<R>) {
    this.#parts = parts
  }

  static inStore(storeName: string): { withQuery<R>(query: Query<R>): StateQueryRequest<R> } {
    return {
      withQuery: <R>(query: Query<R>) =>
        new StateQueryRequest<R>({
          storeName,
          query,
          partitions: null,
          positionBound: PositionBound.unbounded(),
          isRequireActive: false,
          executionInfoEnabled: false,
        }),
    }
  }

  /** Only stores that have come so far answer. Active tasks that are required are not held to it, as in Java. */
  withPositionBound(positionBound: PositionBound): StateQueryRequest<R> {
    return this.#with({ positionBound })
  }

  withAllPartitions(): StateQueryRequest<R> {
    return this.#with({ partitions: null })
  }

  withPartitions(partitions: Iterable<number>): StateQueryRequest<R> {
    if (partitions === null || partitions === undefined)
      throw new NullPointerException('partitions cannot be null')
    return this.#with({ partitions: new Set(partitions) })
  }

  /** Only running active tasks answer. */
  requireActive(): StateQueryRequest<R> {
    return this.#with({ isRequireActive: true })
  }

  enableExecutionInfo(): StateQueryRequest<R> {
    return this.#with({ executionInfoEnabled: true })
  }

  getStoreName(): string {
    return this.#parts.storeName
  }

  getQuery(): Query<R> {
    return this.#parts.query
  }

  getPositionBound(): PositionBound {
    return this.#parts.positionBound
  }

  isAllPartitions(): boolean {
    return this.#parts.partitions === null
  }

  /** @throws IllegalStateException when all partitions are asked */
  getPartitions(): ReadonlySet<number> {
    const { partitions } = this.#parts
    if (partitions === null)
      throw new IllegalStateException("Cannot list partitions of an 'all partitions' request")
    return partitions
  }

  isRequireActive(): boolean {
    return this.#parts.isRequireActive
  }

  executionInfoEnabled(): boolean {
    return this.#parts.executionInfoEnabled
  }

  #with(parts: Partial<RequestParts<R>>): StateQueryRequest<R> {
    return new StateQueryRequest<R>({ ...this.#parts, ...parts })
  }
}
