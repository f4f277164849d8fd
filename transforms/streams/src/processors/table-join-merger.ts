import { Record } from '../core/record.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import { Change } from '../core/change.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import type { TableJoinSide } from './table-join.ts'
import { TableWriter } from './table-source.ts'
import { storeView } from './table-view.ts'
import type { TableSupplier, TableView } from './table-view.ts'

class JoinMergerProcessor implements NodeProcessor {
  readonly #supplier: TableJoinMerger
  #context!: NodeContext
  #writer: TableWriter | null = null

  constructor(supplier: TableJoinMerger) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#context = context
    const { queryableName } = this.#supplier
    if (queryableName !== null)
      this.#writer = new TableWriter(context, queryableName, () => this.#supplier.sendsOldValues)
  }

  process(record: AnyRecord): void {
    const change = record.value as Change<unknown>
    if (this.#writer !== null) {
      this.#writer.write(record, change.newValue, change.oldValue, record.timestamp)
      return
    }
    if (this.#supplier.sendsOldValues) {
      this.#context.emit(record)
      return
    }
    const withoutOld = new Change(change.newValue, null, change.isLatest)
    this.#context.emit(new Record(record.key, withoutOld, record.timestamp, record.headers))
  }
}

/** Where both sides of a table join come together, and where its rows are kept if asked. Corresponds to `KTableKTableJoinMerger`. */
export class TableJoinMerger implements TableSupplier {
  readonly queryableName: string | null
  readonly #left: TableJoinSide
  readonly #right: TableJoinSide
  readonly #factory: StoreFactory | null
  sendsOldValues = false

  constructor(
    left: TableJoinSide,
    right: TableJoinSide,
    queryableName: string | null,
    factory: StoreFactory | null,
  ) {
    this.#left = left
    this.#right = right
    this.queryableName = queryableName
    this.#factory = factory
  }

  enableSendingOldValues(): boolean {
    this.#left.enableSendingOldValues()
    this.#right.enableSendingOldValues()
    this.sendsOldValues = true
    return true
  }

  view(): TableView {
    return this.queryableName === null ? this.#left.view() : storeView(this.queryableName)
  }

  get(): NodeProcessor {
    return new JoinMergerProcessor(this)
  }

  stores(): readonly StoreFactory[] {
    return this.#factory === null ? [] : [this.#factory]
  }
}
