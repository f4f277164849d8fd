import {
  InvalidStateStoreException,
  InvalidStateStorePartitionException,
  StateStoreMigratedException,
  StreamsNotStartedException,
  StreamsStoppedException,
  UnknownStateStoreException,
} from '../../core/errors.ts'
import type { StateStore } from '../../stores/key-value-store.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import type { KafkaStreamsState } from '../client-state.ts'
import type { LocalTask, LocalThread } from './local-tasks.ts'
import { PositionBound } from './position.ts'
import { QueryResult, StateQueryResult } from './query-result.ts'
import { compositeStore, type QueryableStoreType } from './queryable-stores.ts'
import { runQuery } from './run-query.ts'
import type { StateQueryRequest } from './state-query.ts'
import type { StoreQueryParameters } from './store-query-parameters.ts'

export interface StoreQueriesSettings {
  readonly topology: InternalTopologyBuilder
  readonly state: () => KafkaStreamsState
  /** Global stores, once they are filled. */
  readonly global: () => ReadonlyMap<string, StateStore> | undefined
  readonly threads: () => readonly LocalThread[]
}

/**
 * Answers queries from the stores of this client's tasks. Corresponds to Java's `QueryableStoreProvider`, and to
 * `KafkaStreams.query`. What it reads is what tasks have written, committed or not, as in Java.
 */
export class StoreQueries {
  readonly #settings: StoreQueriesSettings

  constructor(settings: StoreQueriesSettings) {
    this.#settings = settings
  }

  /** See `KafkaStreams.store`. */
  store<S extends object>(parameters: StoreQueryParameters<S>): S {
    const { storeName } = parameters
    this.requireStore(storeName)
    return compositeStore(storeName, () => this.#stores(parameters))
  }

  /** See `KafkaStreams.query`. */
  query<R>(request: StateQueryRequest<R>): StateQueryResult<R> {
    const storeName = request.getStoreName()
    this.requireStore(storeName)
    const state = this.#settings.state()
    if (state === 'CREATED')
      throw new StreamsNotStartedException(
        'KafkaStreams has not been started, you can retry after calling start().',
      )
    if (!isAlive(state))
      throw new StreamsStoppedException(
        `KafkaStreams has been stopped (${state}). This instance can no longer serve queries.`,
      )
    const result = new StateQueryResult<R>()
    if (this.#settings.topology.globalStores.has(storeName)) {
      // As in Java, KAFKA-13523.
      result.setGlobalResult(
        QueryResult.forFailure(
          'UNKNOWN_QUERY_TYPE',
          'Global stores do not yet support the KafkaStreams#query API. Use KafkaStreams#store instead.',
        ),
      )
      return result
    }
    for (const thread of this.#settings.threads())
      for (const task of thread.tasks) this.#ask(request, thread, task, result)
    if (request.isAllPartitions()) return result
    for (const partition of request.getPartitions()) {
      if (result.getPartitionResults().has(partition)) continue
      result.addResult(
        partition,
        QueryResult.forFailure(
          'NOT_PRESENT',
          'The requested partition was not present at the time of the query.',
        ),
      )
    }
    return result
  }

  /** @throws UnknownStateStoreException for a store that the topology does not have */
  requireStore(storeName: string): void {
    const { stores, globalStores } = this.#settings.topology
    if (stores.has(storeName) || globalStores.has(storeName)) return
    throw new UnknownStateStoreException(
      `Cannot get state store ${storeName} because no such store is registered in the topology.`,
    )
  }

  #ask<R>(
    request: StateQueryRequest<R>,
    thread: LocalThread,
    task: LocalTask,
    result: StateQueryResult<R>,
  ): void {
    const { partition, isActive } = task
    if (!request.isAllPartitions() && !request.getPartitions().has(partition)) return
    const storeName = request.getStoreName()
    const store = task.stores.get(storeName)
    if (store === undefined) return
    if (request.isRequireActive() && (!isActive || !task.isRunning)) {
      result.addResult(
        partition,
        QueryResult.forFailure(
          'NOT_ACTIVE',
          `Query requires a running active task, but partition was in state ${thread.state} and was ` +
            `${isActive ? 'active' : 'not active'}.`,
        ),
      )
      return
    }
    const bound = request.isRequireActive() ? PositionBound.unbounded() : request.getPositionBound()
    const position = task.position(storeName)
    const queried = { store, partition, position }
    result.addResult(partition, runQuery(queried, request.getQuery(), bound, request.executionInfoEnabled()))
  }

  #stores<S>(parameters: StoreQueryParameters<S>): readonly S[] {
    const { storeName, queryableStoreType } = parameters
    const { state, global } = this.#settings
    if (!isAlive(state())) {
      throw new InvalidStateStoreException(
        `Cannot get state store ${storeName} because the client is ${state()}, not RUNNING`,
      )
    }
    if (this.#settings.topology.globalStores.has(storeName)) {
      const store = global()?.get(storeName)
      if (store === undefined)
        throw new InvalidStateStoreException(`the state store, ${storeName}, is not open.`)
      return [accepted(store, queryableStoreType)]
    }
    const found = this.#tasks(parameters).flatMap((task) => task.stores.get(storeName) ?? [])
    if (found.length > 0) return found.map((store) => accepted(store, queryableStoreType))
    if (parameters.partition !== null)
      throw new InvalidStateStorePartitionException(
        `The specified partition ${parameters.partition} for store ${storeName} does not exist: its task is not here.`,
      )
    throw new StateStoreMigratedException(
      `The state store, ${storeName}, may have migrated to another instance: none of its tasks is here.`,
    )
  }

  /**
   * Tasks that may answer. A key that lies in a task which is on its way would be told to be absent: so all must run, or the
   * one of the partition that was asked for.
   */
  #tasks({ storeName, partition, staleStoresEnabled }: StoreQueryParameters<unknown>): readonly LocalTask[] {
    const threads = this.#settings.threads().filter(({ state }) => state !== 'DEAD')
    const readable = threads
      .flatMap(({ tasks }) => tasks)
      .filter(
        (task) =>
          task.stores.has(storeName) &&
          (partition === null || task.partition === partition) &&
          (staleStoresEnabled || (task.isActive && task.isRunning)),
      )
    const [first] = readable
    if (partition !== null && first !== undefined)
      return [readable.find(({ isActive, isRunning }) => isActive && isRunning) ?? first]
    const notReady = threads.find(({ state, isAllRunning }) =>
      staleStoresEnabled ? !isThreadAlive(state) : state !== 'RUNNING' || !isAllRunning,
    )
    if (notReady !== undefined) {
      const states = staleStoresEnabled ? 'RUNNING or REBALANCING' : 'RUNNING'
      const state = notReady.state === 'RUNNING' ? 'PARTITIONS_ASSIGNED' : notReady.state
      throw new InvalidStateStoreException(
        `Cannot get state store ${storeName} because the stream thread is ${state}, not ${states}`,
      )
    }
    return readable
  }
}

function isAlive(state: KafkaStreamsState): boolean {
  return state === 'RUNNING' || state === 'REBALANCING'
}

/** Java's `StreamThread.State.isAlive`. */
function isThreadAlive(state: LocalThread['state']): boolean {
  return state !== 'CREATED' && state !== 'DEAD' && state !== 'PENDING_SHUTDOWN'
}

function accepted<S>(store: StateStore, type: QueryableStoreType<S>): S {
  const found = type.accept(store)
  if (found !== undefined) return found
  throw new InvalidStateStoreException(
    `Cannot get state store ${store.name} because the queryable store type ${type.name} does not accept the actual store type ` +
      `${store.constructor.name}.`,
  )
}
