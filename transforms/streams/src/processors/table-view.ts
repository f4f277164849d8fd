import type { ValueAndTimestamp } from '../core/record.ts'
import type { NodeContext } from '../context/node-context.ts'
import { tableStoreOf } from '../stores/table-store.ts'
import type { TableStore } from '../stores/table-store.ts'
import type { NodeSupplier } from '../context/node-processor.ts'

/** Reads the current rows of a table from inside another node. Corresponds to Java's `KTableValueGetter`. */
export interface TableGetter {
  init(context: NodeContext): void
  readonly isVersioned: boolean
  get(key: unknown): ValueAndTimestamp<unknown> | null
  getAsOf(key: unknown, timestamp: number): ValueAndTimestamp<unknown> | null
  close?(): void
}

/** Makes getters, and names the stores they need. Corresponds to Java's `KTableValueGetterSupplier`. */
export interface TableView {
  readonly storeNames: readonly string[]
  get(): TableGetter
}

/** The operator behind a table. Corresponds to Java's `KTableProcessorSupplier`. */
export interface TableSupplier extends NodeSupplier {
  view(): TableView
  /**
   * Asks for old values in the changes this operator emits; an operator without store passes that up.
   * False when that would need a store and `force` is not set.
   */
  enableSendingOldValues(force: boolean): boolean
}

/** An operator that ignores changes of the past when its input is versioned. */
export interface VersionedSemantics {
  useVersionedSemantics(parentNode: string): void
}

class StoreGetter implements TableGetter {
  readonly #storeName: string
  #store!: TableStore<unknown, unknown>

  constructor(storeName: string) {
    this.#storeName = storeName
  }

  init(context: NodeContext): void {
    this.#store = tableStoreOf(context.getStateStore(this.#storeName))
  }

  get isVersioned(): boolean {
    return this.#store.isVersioned
  }

  get(key: unknown): ValueAndTimestamp<unknown> | null {
    return this.#store.get(key)
  }

  getAsOf(key: unknown, timestamp: number): ValueAndTimestamp<unknown> | null {
    return this.#store.getAsOf(key, timestamp)
  }
}

/** The rows of a table that has a store of its own. */
export function storeView(storeName: string): TableView {
  return { storeNames: [storeName], get: () => new StoreGetter(storeName) }
}

class MappedGetter implements TableGetter {
  readonly #parent: TableGetter
  readonly #map: (key: unknown, row: ValueAndTimestamp<unknown> | null) => ValueAndTimestamp<unknown> | null

  constructor(
    parent: TableGetter,
    map: (key: unknown, row: ValueAndTimestamp<unknown> | null) => ValueAndTimestamp<unknown> | null,
  ) {
    this.#parent = parent
    this.#map = map
  }

  init(context: NodeContext): void {
    this.#parent.init(context)
  }

  get isVersioned(): boolean {
    return this.#parent.isVersioned
  }

  get(key: unknown): ValueAndTimestamp<unknown> | null {
    return this.#map(key, this.#parent.get(key))
  }

  getAsOf(key: unknown, timestamp: number): ValueAndTimestamp<unknown> | null {
    return this.#map(key, this.#parent.getAsOf(key, timestamp))
  }

  close(): void {
    this.#parent.close?.()
  }
}

/** The rows of a table that is computed from its parent's when it is read. */
export function mappedView(
  parent: TableView,
  map: (key: unknown, row: ValueAndTimestamp<unknown> | null) => ValueAndTimestamp<unknown> | null,
): TableView {
  return { storeNames: parent.storeNames, get: () => new MappedGetter(parent.get(), map) }
}
