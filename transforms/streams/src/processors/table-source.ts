import { Record } from '../core/record.ts'
import type { NodeContext } from '../context/node-context.ts'
import { versionedLatest, versionedNotPut } from '../state/store.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import { tableStoreFactory } from '../stores/materialized-stores.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { tableStoreOf } from '../stores/table-store.ts'
import type { TableStore } from '../stores/table-store.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import { storeView } from './table-view.ts'
import type { TableSupplier, TableView } from './table-view.ts'

/** Writes rows and passes on what changed. Many table operators end in this. */
export class TableWriter {
  readonly #store: TableStore<unknown, unknown>
  readonly #context: NodeContext
  readonly #sendsOldValues: () => boolean

  constructor(context: NodeContext, storeName: string, sendsOldValues: () => boolean) {
    this.#context = context
    this.#store = tableStoreOf(context.getStateStore(storeName))
    this.#sendsOldValues = sendsOldValues
  }

  get(key: unknown) {
    return this.#store.get(key)
  }

  /** Old values are left out where no operator below asked for them; a row too old to be kept is not passed on. */
  write(record: AnyRecord, newValue: unknown, oldValue: unknown, timestamp: number): void {
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
    const old = this.#supplier.sendsOldValues ? this.#writer.get(record.key) : null
    this.#writer.write(record, record.value, old?.value ?? null, record.timestamp)
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
