import type { QueryableStoreType } from './queryable-stores.ts'

/**
 * Which store to read, as what, and in which tasks. Corresponds to Java's `StoreQueryParameters`.
 *
 * @example
 * streams.store(StoreQueryParameters.fromNameAndType('counts', QueryableStoreTypes.keyValueStore()).withPartition(2))
 */
export class StoreQueryParameters<S> {
  readonly storeName: string
  readonly queryableStoreType: QueryableStoreType<S>
  /** Null: all that are here. */
  readonly partition: number | null
  /** Whether standby tasks and tasks that are being restored answer, too. */
  readonly staleStoresEnabled: boolean

  private constructor(
    storeName: string,
    queryableStoreType: QueryableStoreType<S>,
    partition: number | null,
    staleStoresEnabled: boolean,
  ) {
    this.storeName = storeName
    this.queryableStoreType = queryableStoreType
    this.partition = partition
    this.staleStoresEnabled = staleStoresEnabled
  }

  static fromNameAndType<S>(
    storeName: string,
    queryableStoreType: QueryableStoreType<S>,
  ): StoreQueryParameters<S> {
    return new StoreQueryParameters(storeName, queryableStoreType, null, false)
  }

  /** Only the task of that partition. */
  withPartition(partition: number): StoreQueryParameters<S> {
    return new StoreQueryParameters(
      this.storeName,
      this.queryableStoreType,
      partition,
      this.staleStoresEnabled,
    )
  }

  enableStaleStores(): StoreQueryParameters<S> {
    return new StoreQueryParameters(this.storeName, this.queryableStoreType, this.partition, true)
  }
}
