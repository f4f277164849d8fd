import { Record } from '../core/record.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import type { NodeContext } from '../context/node-context.ts'
import { versionedLatest, versionedNotPut } from '../state/store.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import { tableStoreFactory } from '../stores/materialized-stores.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { tableStoreOf } from '../stores/table-store.ts'
import type { TableStore } from '../stores/table-store.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import { CachedTable } from './cached-table.ts'
import type { AnyRecord } from '../core/record.ts'
import { storeView } from './table-view.ts'
import type { TableSupplier, TableView } from './table-view.ts'

/** Writes rows and passes on what changed. Many table operators end in this. */
export class TableWriter {
  readonly #store: TableStore<unknown, unknown>
  readonly #context: NodeContext
  readonly #sendsOldValues: () => boolean
  readonly #cached: CachedTable | null

  constructor(context: NodeContext, storeName: string, sendsOldValues: () => boolean) {
    this.#context = context
    this.#store = tableStoreOf(context.getStateStore(storeName))
    this.#sendsOldValues = sendsOldValues
    const { rows } = this.#store
    const updates = rows === null ? null : context.cachedUpdates(storeName, sendsOldValues)
    const { task } = context
    // Of several writers of one store, as a cogroup has them, each must see what the others have waiting.
    this.#cached =
      rows === null || updates === null
        ? null
        : task.shared(updates, () => new CachedTable(rows, updates, task))
  }

  get(key: unknown): ValueAndTimestamp<unknown> | null {
    return this.#cached === null ? this.#store.get(key) : this.#cached.get(key)
  }

  /**
   * Old values are left out where no operator below asked for them; a row too old to be kept is not passed on.
   *
   * @param stored the row that is written over, where it has been read
   */
  write(
    record: AnyRecord,
    newValue: unknown,
    oldValue: unknown,
    timestamp: number,
    stored?: ValueAndTimestamp<unknown> | null,
  ): void {
    if (this.#cached !== null) {
      this.#cached.put(record.key, newValue ?? null, timestamp, stored)
      return
    }
    const validTo = this.#store.put(record.key, newValue ?? null, timestamp)
    if (validTo === versionedNotPut) return
    const change = new Change(
      newValue ?? null,
      this.#sendsOldValues() ? (oldValue ?? null) : null,
      validTo === versionedLatest,
    )
    this.#context.emit(new Record(record.key, change, timestamp, record.headers))
  }
}

class TableSourceProcessor implements NodeProcessor {
  readonly #supplier: TableSource
  #context!: NodeContext
  #writer: TableWriter | null = null

  constructor(supplier: TableSource) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#context = context
    const { queryableName } = this.#supplier
    if (queryableName !== null)
      this.#writer = new TableWriter(context, queryableName, () => this.#supplier.sendsOldValues)
  }

  process(record: AnyRecord): void {
    if (record.key === null || record.key === undefined) {
      this.#context.drop('null-key')
      return
    }
    if (this.#writer === null) {
      const change = new Change(record.value, null, true)
      this.#context.emit(new Record(record.key, change, record.timestamp, record.headers))
      return
    }
    const old = this.#supplier.sendsOldValues ? this.#writer.get(record.key) : undefined
    this.#writer.write(record, record.value, old?.value ?? null, record.timestamp, old)
  }
}

/** Turns records into rows of a table. It has a store only where something needs the rows. Corresponds to Java's `KTableSource`. */
export class TableSource implements TableSupplier {
  readonly #factory: StoreFactory
  queryableName: string | null
  sendsOldValues = false

  constructor(store: NamedStore) {
    this.#factory = tableStoreFactory(store)
    this.queryableName = store.queryableName
  }

  get isMaterialized(): boolean {
    return this.queryableName !== null
  }

  materialize(): void {
    this.queryableName = this.#factory.name
  }

  enableSendingOldValues(force: boolean): boolean {
    if (!force && !this.isMaterialized) return false
    this.sendsOldValues = true
    this.materialize()
    return true
  }

  view(): TableView {
    this.materialize()
    return storeView(this.#factory.name)
  }

  get(): NodeProcessor {
    return new TableSourceProcessor(this)
  }

  stores(): readonly StoreFactory[] {
    return this.isMaterialized ? [this.#factory] : []
  }
}
