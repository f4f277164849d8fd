import { IllegalArgumentException, UnsupportedOperationException } from '../../core/errors.ts'
import { SerdeKeyValueStore, type StateStore } from '../../stores/key-value-store.ts'
import { SerdeSessionStore } from '../../stores/session-store.ts'
import { plainKeyValueStore } from '../../stores/store-facades.ts'
import { TimestampedKeyValueStore } from '../../stores/timestamped-stores.ts'
import { SerdeVersionedStore } from '../../stores/versioned-store.ts'
import { SerdeWindowStore } from '../../stores/window-store.ts'
import type { StoreIterator } from '../../state/store.ts'
import type { Position, PositionBound } from './position.ts'
import { QueryIterator } from './query-iterator.ts'
import { QueryResult } from './query-result.ts'
import { readStore } from './read-store.ts'
import {
  KeyQuery,
  MultiVersionedKeyQuery,
  type Query,
  RangeQuery,
  TimestampedKeyQuery,
  TimestampedRangeQuery,
  VersionedKeyQuery,
  WindowKeyQuery,
  WindowRangeQuery,
} from './state-query.ts'

/** The store does not know that kind of query, and why where it knows its kind. */
class Unknown {
  readonly why: string

  constructor(why = '') {
    this.why = why
  }
}

/** Stores that are asked know their rows only by their serdes. */
type AnyKeyValueStore = Pick<
  SerdeKeyValueStore<unknown, unknown>,
  'all' | 'reverseAll' | 'range' | 'reverseRange'
>
type AnyQuery =
  | KeyQuery<unknown, unknown>
  | RangeQuery<unknown, unknown>
  | TimestampedKeyQuery<unknown, unknown>
  | TimestampedRangeQuery<unknown, unknown>
  | WindowKeyQuery<unknown, unknown>
  | WindowRangeQuery<unknown, unknown>
  | VersionedKeyQuery<unknown, unknown>
  | MultiVersionedKeyQuery<unknown, unknown>

/** A store that is asked, with how far it has come. */
export interface QueriedStore {
  readonly store: StateStore
  readonly partition: number
  readonly position: Position
}

/**
 * Asks one store. What fails in the store is the result's failure.
 *
 * @throws IllegalArgumentException for a query that cannot be
 * @throws UnsupportedOperationException for a query that Java reserves
 */
export function runQuery<R>(
  { store, partition, position }: QueriedStore,
  query: Query<R>,
  bound: PositionBound,
  collectInfo: boolean,
): QueryResult<R> {
  const start = performance.now()
  const result = bound.isReachedBy(position, partition)
    ? answerOf(store, query)
    : QueryResult.forFailure<R>(
        'NOT_UP_TO_BOUND',
        `For store partition ${partition}, the current position ${position.toString()} is not yet up to the bound ` +
          bound.toString(),
      )
  if (collectInfo) {
    const nanoseconds = Math.round((performance.now() - start) * 1e6)
    result.addExecutionInfo(`Handled in ${store.constructor.name} in ${nanoseconds}ns`)
  }
  result.setPosition(position)
  return result
}

function answerOf<R>(store: StateStore, query: Query<R>): QueryResult<R> {
  let answer: unknown
  try {
    answer = readStore(store.name, () => answerTo(store, query as unknown as AnyQuery))
  } catch (error) {
    // What is wrong with the question is the asker's to hear of.
    if (error instanceof IllegalArgumentException || error instanceof UnsupportedOperationException)
      throw error
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return QueryResult.forFailure(
      'STORE_EXCEPTION',
      `Store ${store.name} failed on ${nameOf(query)}: ${text}`,
    )
  }
  if (answer instanceof Unknown) {
    return QueryResult.forFailure(
      'UNKNOWN_QUERY_TYPE',
      `This store (${store.name}, a ${store.constructor.name}) doesn't know how to execute the given query ` +
        `(${nameOf(query)})${answer.why}.`,
    )
  }
  return QueryResult.forResult(answer as R)
}

function answerTo(store: StateStore, query: AnyQuery): unknown {
  if (store instanceof SerdeVersionedStore) return ofVersions(store, query)
  if (store instanceof SerdeKeyValueStore) return ofKeyValues(store, query)
  if (store instanceof SerdeWindowStore) return ofWindows(store, query)
  return store instanceof SerdeSessionStore ? ofSessions(store, query) : new Unknown()
}

function ofKeyValues(store: SerdeKeyValueStore<unknown, unknown>, query: AnyQuery): unknown {
  const table = store instanceof TimestampedKeyValueStore ? store : null
  if (query instanceof KeyQuery) {
    if (table === null) return store.get(query.key)
    const row = table.get(query.key)
    return row === null ? null : row.value
  }
  if (query instanceof RangeQuery)
    return rowsOf(table === null ? store : plainKeyValueStore(table), query.bounds)
  if (query instanceof TimestampedKeyQuery && table !== null) return table.get(query.key)
  if (query instanceof TimestampedRangeQuery && table !== null) return rowsOf(table, query.bounds)
  return new Unknown()
}

function rowsOf(
  store: AnyKeyValueStore,
  { lower, upper, order }: RangeQuery<unknown, unknown>['bounds'],
): StoreIterator<unknown> {
  const isReverse = order === 'DESCENDING'
  if (lower === null && upper === null) return rows(isReverse ? store.reverseAll() : store.all())
  return rows(isReverse ? store.reverseRange(lower, upper) : store.range(lower, upper))
}

function ofWindows(store: SerdeWindowStore<unknown, unknown>, query: AnyQuery): unknown {
  if (query instanceof WindowKeyQuery) return rows(store.fetch(query.key, query.timeFrom, query.timeTo))
  if (!(query instanceof WindowRangeQuery)) return new Unknown()
  if (query.times === null)
    return new Unknown(' because WindowStores only supports WindowRangeQuery.withWindowStartRange')
  return rows(store.fetchAll(query.times.from, query.times.to))
}

function ofSessions(store: SerdeSessionStore<unknown, unknown>, query: AnyQuery): unknown {
  if (!(query instanceof WindowRangeQuery)) return new Unknown()
  if (query.key === null) return new Unknown(' because SessionStores only support WindowRangeQuery.withKey')
  return rows(store.fetch(query.key))
}

function ofVersions(store: SerdeVersionedStore<unknown, unknown>, query: AnyQuery): unknown {
  if (query instanceof VersionedKeyQuery) {
    const { key, asOfTimestamp } = query
    return asOfTimestamp === null ? store.get(key) : store.get(key, asOfTimestamp)
  }
  if (query instanceof MultiVersionedKeyQuery) {
    const { from, to } = query.times
    if (from !== null && to !== null && from > to)
      throw new IllegalArgumentException(
        'The `fromTime` timestamp must be smaller than the `toTime` timestamp.',
      )
    const order = query.order === 'ASCENDING' ? 'oldest first' : 'newest first'
    return rows(store.versions(query.key, from ?? -Infinity, to ?? Infinity, order))
  }
  if (query instanceof KeyQuery || query instanceof RangeQuery)
    throw new UnsupportedOperationException(
      `Versioned stores do not support ${nameOf(query)} queries at this time.`,
    )
  return new Unknown()
}

function rows<T>(iterator: StoreIterator<T>): QueryIterator<T> {
  return new QueryIterator(iterator)
}

function nameOf(query: object): string {
  return query.constructor.name
}
