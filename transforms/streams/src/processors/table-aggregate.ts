import { StreamsException } from '../core/errors.ts'
import { settled } from '../core/synchronous.ts'
import type { NodeContext } from '../context/node-context.ts'
import type { StoreFactory } from '../stores/store-factory.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import type { Change } from '../core/change.ts'
import type { AnyRecord } from '../core/record.ts'
import { TableWriter } from './table-source.ts'
import { storeView } from './table-view.ts'
import type { TableSupplier, TableView } from './table-view.ts'

/** How rows enter and leave the aggregate of their group. */
export interface TableAggregateFunctions {
  /** The aggregate of a group's first row. */
  readonly first: (key: unknown, value: unknown) => unknown
  readonly add: (key: unknown, value: unknown, aggregate: unknown) => unknown
  readonly subtract: (key: unknown, value: unknown, aggregate: unknown) => unknown
  /** Java's name of the operator, for messages. */
  readonly kind: 'aggregate' | 'reduce'
}

class TableAggregateProcessor implements NodeProcessor {
  readonly #supplier: TableAggregate
  #table!: TableWriter

  constructor(supplier: TableAggregate) {
    this.#supplier = supplier
  }

  init(context: NodeContext): void {
    this.#table = new TableWriter(context, this.#supplier.storeName, () => this.#supplier.sendsOldValues)
  }

  process(record: AnyRecord): void {
    const { key } = record
    const { functions, storeName } = this.#supplier
    if (key === null || key === undefined) {
      throw new StreamsException(
        `Record key for KTable ${functions.kind} operator with state ${storeName} should not be null.`,
      )
    }
    const { newValue, oldValue } = record.value as Change<unknown>
    const old = this.#table.get(key)
    let aggregate: unknown = old === null ? null : old.value
    let timestamp = record.timestamp
    if (oldValue !== null && old !== null) {
      aggregate = settled(functions.subtract(key, oldValue, aggregate), 'the subtractor') ?? null
      timestamp = Math.max(timestamp, old.timestamp)
    }
    if (newValue !== null) {
      // A reduction left without a row takes the new value as it is, and its time is not compared with the old row's again.
      if (old !== null && (functions.kind === 'aggregate' || aggregate !== null)) {
        timestamp = Math.max(timestamp, old.timestamp)
      }
      const added =
        aggregate === null ? functions.first(key, newValue) : functions.add(key, newValue, aggregate)
      aggregate = settled(added, 'the adder')
    }
    this.#table.write(record, aggregate, old === null ? null : old.value, timestamp, old)
  }
}

/** Aggregates the rows of a table by another key. Corresponds to Java's `KTableAggregate` and `KTableReduce`. */
export class TableAggregate implements TableSupplier {
  readonly functions: TableAggregateFunctions
  readonly #factory: StoreFactory
  sendsOldValues = false

  constructor(factory: StoreFactory, functions: TableAggregateFunctions) {
    this.#factory = factory
    this.functions = functions
  }

  get storeName(): string {
    return this.#factory.name
  }

  enableSendingOldValues(): boolean {
    this.sendsOldValues = true
    return true
  }

  view(): TableView {
    return storeView(this.storeName)
  }

  get(): NodeProcessor {
    return new TableAggregateProcessor(this)
  }

  stores(): readonly StoreFactory[] {
    return [this.#factory]
  }
}
