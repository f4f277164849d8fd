import { InvalidStateStoreException } from '../../core/errors.ts'
import type { StateStore } from '../../stores/key-value-store.ts'
import type { InternalTopologyBuilder } from '../../topology/internal-topology-builder.ts'
import type { AssignedTask } from '../assigned-task.ts'
import type { KafkaStreamsState } from '../client-state.ts'
import { compositeStore, type QueryableStoreType } from './queryable-stores.ts'

export interface StoreQueriesSettings {
  readonly topology: InternalTopologyBuilder
  readonly state: () => KafkaStreamsState
  /** Global stores, once they are filled. */
  readonly global: () => ReadonlyMap<string, StateStore> | undefined
  readonly tasks: () => readonly AssignedTask[]
}

/** Finds the stores that queries of a client ask for. Corresponds to Java's `QueryableStoreProvider`. */
export class StoreQueries {
  readonly #settings: StoreQueriesSettings

  constructor(settings: StoreQueriesSettings) {
    this.#settings = settings
  }

  /** @throws InvalidStateStoreException see `KafkaStreams.store` */
  store<S extends object>(name: string, type: QueryableStoreType<S>): S {
    const { stores, globalStores } = this.#settings.topology
    if (!stores.has(name) && !globalStores.has(name)) {
      throw new InvalidStateStoreException(
        `Cannot get state store ${name} because no such store is registered in the topology.`,
      )
    }
    return compositeStore(name, () => this.#local(name, type))
  }

  #local<S>(name: string, type: QueryableStoreType<S>): readonly S[] {
    const { state, global, tasks } = this.#settings
    if (state() !== 'RUNNING' && state() !== 'REBALANCING') {
      throw new InvalidStateStoreException(
        `Cannot get state store ${name} because the client is ${state()}, not RUNNING`,
      )
    }
    const ofAll = global()?.get(name)
    const ofTasks = tasks()
      .filter((assigned) => assigned.state === 'RUNNING')
      .flatMap(({ task }) => task.context.stores.get(name) ?? [])
    const found = ofAll === undefined ? ofTasks : [ofAll]
    if (found.length === 0) {
      throw new InvalidStateStoreException(
        `The state store, ${name}, may have migrated to another instance: none of its tasks runs here.`,
      )
    }
    return found.map((store) => {
      const accepted = type.accept(store)
      if (accepted !== undefined) return accepted
      throw new InvalidStateStoreException(
        `Cannot get state store ${name} because the queryable store type ${type.name} does not accept the actual store type ` +
          `${store.constructor.name}.`,
      )
    })
  }
}
