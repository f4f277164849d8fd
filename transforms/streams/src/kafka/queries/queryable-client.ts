import { IllegalStateException, StreamsNotStartedException } from '../../core/errors.ts'
import type { KafkaStreamsState } from '../client-state.ts'
import type { ThreadParts } from '../thread-settings.ts'
import type { TaskSet } from '../task-set.ts'
import type { KeyRouting } from './cluster-metadata.ts'
import type { StateQueryResult } from './query-result.ts'
import type { QueryableStoreType } from './queryable-stores.ts'
import type { StateQueryRequest } from './state-query.ts'
import { storeLags } from './store-lags.ts'
import type { StoreQueries } from './store-queries.ts'
import { StoreQueryParameters } from './store-query-parameters.ts'
import { KeyQueryMetadata, type LagInfo, type StreamsMetadata } from './streams-metadata.ts'

/** What queries need of a client. */
export interface QueriedClient {
  readonly state: () => KafkaStreamsState
  readonly stores: StoreQueries
  /** Undefined until the client has started. */
  readonly parts: () => Pick<ThreadParts, 'cluster' | 'plans' | 'admin'> | undefined
  readonly taskSets: () => readonly TaskSet[]
}

/** The calls of a client that read its state, and tell who has the rest. Corresponds to the interactive queries of `KafkaStreams`. */
export abstract class QueryableClient {
  protected abstract readonly queried: QueriedClient

  /**
   * The rows of a store in the active tasks that run here, to be read. It stays valid: each call looks at the tasks of the moment. It
   * reads what tasks have written, committed or not.
   *
   * Each call of the store throws InvalidStateStoreException for a store of another kind, while tasks are on their way (ask again),
   * and once the client stops; StateStoreMigratedException when none of the store's tasks is here, and
   * InvalidStateStorePartitionException when the one that was asked for is not.
   *
   * @throws StreamsNotStartedException before `start()`
   * @throws IllegalStateException once the client stops
   * @throws UnknownStateStoreException for a store that the topology does not have
   */
  store<S extends object>(parameters: StoreQueryParameters<S>): S
  /** As `store(StoreQueryParameters.fromNameAndType(name, type))`. */
  store<S extends object>(name: string, type: QueryableStoreType<S>): S
  store<S extends object>(first: StoreQueryParameters<S> | string, type?: QueryableStoreType<S>): S {
    this.#requireRunning()
    const parameters =
      typeof first === 'string'
        ? StoreQueryParameters.fromNameAndType(first, type as QueryableStoreType<S>)
        : first
    return this.queried.stores.store(parameters)
  }

  /**
   * Asks the tasks that are here, active or standby, one by one: each answers or says why not (KIP-796). Iterators in the answers are
   * to be read to their end or closed.
   *
   * @throws UnknownStateStoreException for a store that the topology does not have
   * @throws StreamsNotStartedException before `start()`
   * @throws StreamsStoppedException once the client stops
   */
  query<R>(request: StateQueryRequest<R>): StateQueryResult<R> {
    return this.queried.stores.query(request)
  }

  /**
   * All clients of the application that have an `application.server`, with their tasks, as the group told last.
   *
   * @throws StreamsNotStartedException before `start()`
   * @throws IllegalStateException once the client stops
   */
  metadataForAllStreamsClients(): readonly StreamsMetadata[] {
    this.#requireRunning()
    return this.queried.parts()?.cluster.all() ?? []
  }

  /**
   * Those that have tasks or copies of a store; all of them for a global store, none for one that is not known.
   *
   * @throws StreamsNotStartedException before `start()`
   * @throws IllegalStateException once the client stops
   */
  streamsMetadataForStore(storeName: string): readonly StreamsMetadata[] {
    this.#requireRunning()
    return this.queried.parts()?.cluster.forStore(storeName) ?? []
  }

  /**
   * Who has a key (KIP-535): its partition, the host of the active task and those of its copies. While a task is on its way the host
   * that gets it is named, which refuses until it has it.
   *
   * @param routing how keys of the store find their partition: the serializer of the key, or the partitioner that was used
   * @returns `KeyQueryMetadata.NOT_AVAILABLE` while nothing is known, null for a store that is not known
   * @throws StreamsNotStartedException before `start()`
   * @throws IllegalStateException once the client stops
   * @throws IllegalArgumentException for a partitioner that does not give one partition of those that there are
   */
  queryMetadataForKey<K>(storeName: string, key: K, routing: KeyRouting<K>): KeyQueryMetadata | null {
    this.#requireRunning()
    const cluster = this.queried.parts()?.cluster
    return cluster === undefined ? KeyQueryMetadata.NOT_AVAILABLE : cluster.forKey(storeName, key, routing)
  }

  /**
   * How far the stores of all tasks that are here are behind their changelogs, by store and partition. Tasks that run lack nothing;
   * those that are restored and standby tasks do. Kafka is asked for the ends.
   *
   * @throws StreamsException when Kafka does not tell
   */
  async allLocalStorePartitionLags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
    const parts = this.queried.parts()
    if (parts === undefined) return new Map()
    return await storeLags(this.queried.taskSets(), parts.plans, parts.admin)
  }

  #requireRunning(): void {
    const state = this.queried.state()
    if (state === 'CREATED')
      throw new StreamsNotStartedException(
        'KafkaStreams has not been started, you can retry after calling start()',
      )
    if (state !== 'RUNNING' && state !== 'REBALANCING')
      throw new IllegalStateException(`KafkaStreams is not running. State is ${state}.`)
  }
}
