import { Record } from '../core/record.ts'
import type { ValueAndTimestamp } from '../core/record.ts'
import { finished, settled } from '../core/synchronous.ts'
import type { NodeContext } from '../context/node-context.ts'
import { TransformerContext } from '../context/user-node-context.ts'
import type { NamedStore } from '../stores/materialized-stores.ts'
import { tableStoreFactory } from '../stores/materialized-stores.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import { TableWriter } from './table-source.ts'
import { mappedView, storeView } from './table-view.ts'
import type { TableSupplier, TableView, VersionedSemantics } from './table-view.ts'

/** The table an operator reads from. */
export interface ParentTable {
  view(): TableView
  enableSendingOldValues(force: boolean): boolean
}

/** An operator that computes each row from the parent's row alone, with or without a store of its own. */
abstract class RowWiseTable implements TableSupplier {
  protected readonly parent: ParentTable
  readonly queryableName: string | null
  readonly #factory: StoreFactory | null
  sendsOldValues = false

  constructor(parent: ParentTable, store: NamedStore | null) {
    this.parent = parent
    this.queryableName = store?.queryableName ?? null
    this.#factory = store === null || store.queryableName === null ? null : tableStoreFactory(store)
  }

  enableSendingOldValues(force: boolean): boolean {
    if (this.queryableName !== null || this.parent.enableSendingOldValues(force)) this.sendsOldValues = true
    return this.sendsOldValues
  }

  view(): TableView {
    if (this.queryableName !== null) return storeView(this.queryableName)
    return mappedView(this.parent.view(), (key, row) => this.computeRow(key, row))
  }

  stores(): readonly StoreFactory[] {
    return this.#factory === null ? [] : [this.#factory]
  }

  abstract get(): NodeProcessor
  /** The row a reader sees when there is no store. */
  protected abstract computeRow(
    key: unknown,
    row: ValueAndTimestamp<unknown> | null,
  ): ValueAndTimestamp<unknown> | null
}

class RowWiseProcessor implements NodeProcessor {
  readonly #supplier: RowWiseTable
  readonly #compute: (key: unknown, value: unknown) => unknown
  readonly #skipsNothings: () => boolean
  #context!: NodeContext
  #writer: TableWriter | null = null

  constructor(
    supplier: RowWiseTable,
    compute: (key: unknown, value: unknown) => unknown,
    skipsNothings: () => boolean,
  ) {
    this.#supplier = supplier
    this.#compute = compute
    this.#skipsNothings = skipsNothings
  }

  init(context: NodeContext): void {
    this.#context = context
    const { queryableName } = this.#supplier
    if (queryableName !== null)
      this.#writer = new TableWriter(context, queryableName, () => this.#supplier.sendsOldValues)
  }

  process(record: AnyRecord): void {
    const { key } = record
    const change = record.value as Change<unknown>
    const newValue = this.#compute(key, change.newValue) ?? null
    const oldValue = this.#oldValue(key, change)
    if (newValue === null && oldValue === null && this.#skipsNothings()) return
    if (this.#writer !== null) {
      this.#writer.write(record, newValue, oldValue, record.timestamp)
      return
    }
    const computed = new Change(newValue, oldValue, change.isLatest)
    this.#context.emit(new Record(key, computed, record.timestamp, record.headers))
  }

  #oldValue(key: unknown, change: Change<unknown>): unknown {
    if (!this.#supplier.sendsOldValues) return null
    if (this.#writer !== null) return this.#writer.get(key)?.value ?? null
    return this.#compute(key, change.oldValue) ?? null
  }
}

/** Rows that do not pass become tombstones. Corresponds to Java's `KTableFilter`. */
export class TableFilter extends RowWiseTable implements VersionedSemantics {
  readonly #predicate: (key: unknown, value: unknown) => boolean
  readonly #expected: boolean
  #isVersioned = false

  constructor(
    parent: ParentTable,
    predicate: (key: unknown, value: unknown) => boolean,
    expected: boolean,
    store: NamedStore | null,
  ) {
    super(parent, store)
    this.#predicate = predicate
    this.#expected = expected
    // Old values come for free when the parent has them; they tell that a row never passed.
    this.sendsOldValues = parent.enableSendingOldValues(false)
  }

  useVersionedSemantics(): void {
    this.#isVersioned = true
  }

  get(): NodeProcessor {
    return new RowWiseProcessor(
      this,
      (key, value) => this.#filtered(key, value),
      () => !this.#isVersioned && this.sendsOldValues,
    )
  }

  protected computeRow(
    key: unknown,
    row: ValueAndTimestamp<unknown> | null,
  ): ValueAndTimestamp<unknown> | null {
    return row !== null && this.#passes(key, row.value) ? row : null
  }

  #filtered(key: unknown, value: unknown): unknown {
    return value !== null && this.#passes(key, value) ? value : null
  }

  #passes(key: unknown, value: unknown): boolean {
    return Boolean(settled(this.#predicate(key, value), 'the predicate')) === this.#expected
  }
}

/** Corresponds to Java's `KTableMapValues`: a deleted row stays deleted, the mapper is not asked. */
export class TableMapValues extends RowWiseTable {
  readonly #mapper: (value: unknown, key: unknown) => unknown

  constructor(
    parent: ParentTable,
    mapper: (value: unknown, key: unknown) => unknown,
    store: NamedStore | null,
  ) {
    super(parent, store)
    this.#mapper = mapper
  }

  get(): NodeProcessor {
    return new RowWiseProcessor(
      this,
      (key, value) => this.#mapped(key, value),
      () => false,
    )
  }

  protected computeRow(
    key: unknown,
    row: ValueAndTimestamp<unknown> | null,
  ): ValueAndTimestamp<unknown> | null {
    if (row === null) return null
    const value = this.#mapped(key, row.value) ?? null
    return value === null ? null : { value, timestamp: row.timestamp }
  }

  #mapped(key: unknown, value: unknown): unknown {
    return value === null ? null : settled(this.#mapper(value, key), 'the mapper')
  }
}

/** User code that maps rows with stores and context at hand. Corresponds to Java's `ValueTransformerWithKey`. */
interface ValueTransformer {
  init?(context: NodeContext): void
  transform(key: unknown, value: unknown): unknown
  close?(): void
}

/** Corresponds to Java's `KTableTransformValues`: deleted rows reach the transformer too. */
export class TableTransformValues extends RowWiseTable {
  readonly #supplier: () => ValueTransformer

  constructor(parent: ParentTable, supplier: () => ValueTransformer, store: NamedStore | null) {
    super(parent, store)
    this.#supplier = supplier
  }

  get(): NodeProcessor {
    const transformer = new TransformerInTurn(this.#supplier())
    const rows = new RowWiseProcessor(
      this,
      (key, value) => transformer.transform(key, value),
      () => false,
    )
    return {
      init: (context) => {
        transformer.init(context)
        rows.init(context)
      },
      process: (record) => rows.process(record),
      close: () => transformer.close(),
    }
  }

  override view(): TableView {
    if (this.queryableName !== null) return storeView(this.queryableName)
    const parent = this.parent.view()
    return {
      storeNames: parent.storeNames,
      get: () => {
        const transformer = new TransformerInTurn(this.#supplier())
        const getter = mappedView(parent, (key, row) => transformed(transformer, key, row)).get()
        return {
          init: (context) => {
            getter.init(context)
            transformer.init(context)
          },
          get isVersioned() {
            return getter.isVersioned
          },
          get: (key) => getter.get(key),
          getAsOf: (key, timestamp) => getter.getAsOf(key, timestamp),
          close: () => transformer.close(),
        }
      },
    }
  }

  protected computeRow(): ValueAndTimestamp<unknown> | null {
    return null
  }
}

/** A transformer of the user whose context acts only while it works. */
class TransformerInTurn {
  readonly #transformer: ValueTransformer
  #context!: TransformerContext

  constructor(transformer: ValueTransformer) {
    this.#transformer = settled(transformer, 'the supplier of a transformer')
  }

  init(context: NodeContext): void {
    const own = new TransformerContext(context)
    this.#context = own
    own.during('init', () => finished(this.#transformer.init?.(own), 'init()'))
  }

  transform(key: unknown, value: unknown): unknown {
    const context = this.#context
    context.open('work')
    try {
      return settled(this.#transformer.transform(key, value), 'transform()')
    } finally {
      context.shut()
    }
  }

  close(): void {
    this.#context.during('work', () => finished(this.#transformer.close?.(), 'close()'))
  }
}

function transformed(
  transformer: TransformerInTurn,
  key: unknown,
  row: ValueAndTimestamp<unknown> | null,
): ValueAndTimestamp<unknown> | null {
  const value = transformer.transform(key, row?.value ?? null) ?? null
  return value === null ? null : { value, timestamp: row?.timestamp ?? -1 }
}
