import { settled } from '../core/synchronous.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { AnyRecord } from '../core/record.ts'
import { TableWriter } from './table-source.ts'
import { storeView } from './table-view.ts'
import type { TableSupplier, TableView } from './table-view.ts'

/** What an aggregation does with a record. */
export interface AggregateFunctions {
  /** The aggregate of the first value, given that value. */
  readonly first: (key: unknown, value: unknown) => unknown
  readonly next: (key: unknown, value: unknown, aggregate: unknown) => unknown
}

class StreamAggregateProcessor implements NodeProcessor {
  readonly #supplier: StreamAggregate
  #context!: NodeContext
  #table!: TableWriter

  constructor(supplier: StreamAggregate) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#table = new TableWriter(context, this.#supplier.storeName, () => this.#supplier.sendsOldValues)
  }

  process(record: AnyRecord): void {
    const { key, value } = record
    if (key === null || key === undefined) {
      this.#context.drop('null-key')
      return
    }
    if (value === null || value === undefined) {
      this.#context.drop('null-value')
      return
    }
    const { functions } = this.#supplier
    const old = this.#table.get(key)
    if (old === null) {
      const first = settled(functions.first(key, value), 'the aggregator')
      this.#table.write(record, first, this.#supplier.initialValue(), record.timestamp, null)
      return
    }
    const timestamp = Math.max(record.timestamp, old.timestamp)
    const next = settled(functions.next(key, value, old.value), 'the aggregator')
    this.#table.write(record, next, old.value, timestamp, old)
  }
}

/** Aggregates a stream by key, without windows. Corresponds to Java's `KStreamAggregate` and `KStreamReduce`. */
export class StreamAggregate implements TableSupplier {
  readonly functions: AggregateFunctions
  readonly #factory: StoreFactory
  readonly #initializer: (() => unknown) | null
  sendsOldValues = false

  /** @param initializer null for a reduction, whose first aggregate is the first value */
  constructor(factory: StoreFactory, functions: AggregateFunctions, initializer: (() => unknown) | null) {
    this.#factory = factory
    this.functions = functions
    this.#initializer = initializer
  }

  get storeName(): string {
    return this.#factory.name
  }

  /** Java sends the initializer's value as the old one of a new row: what is downstream then subtracts it. */
  initialValue(): unknown {
    return this.sendsOldValues && this.#initializer !== null
      ? settled(this.#initializer(), 'the initializer')
      : null
  }

  enableSendingOldValues(): boolean {
    this.sendsOldValues = true
    return true
  }

  view(): TableView {
    return storeView(this.storeName)
  }

  get(): NodeProcessor {
    return new StreamAggregateProcessor(this)
  }

  stores(): readonly StoreFactory[] {
    return [this.#factory]
  }
}
